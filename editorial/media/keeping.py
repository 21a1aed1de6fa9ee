"""Taking pictures into the library and out of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.apps import apps
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, models, transaction
from django.db.models import Q

from accounts.models import User
from editorial import permissions
from editorial.characters import Written
from editorial.media.accepting import Picture
from editorial.media.library import Image
from editorial.media.names import address_of


@dataclass(frozen=True, slots=True)
class Use:
    """Where a picture is used: the piece, and whether as a picture of its own or inside a text."""

    piece: Any
    is_text: bool = False


@transaction.atomic
def keep(picture: Picture, *, alt: str, by: User | None) -> Image:
    """The picture in the library. One that is there already stays as it is, alt text and all."""
    _alone_with(picture.name)
    known = Image.objects.filter(file=picture.name).first()
    if known:
        return known
    for name, content in {picture.name: picture.whole, picture.small_name: picture.small}.items():
        default_storage.save(name, ContentFile(content))
    return Image.objects.create(
        file=picture.name,
        small=picture.small_name,
        width=picture.width,
        height=picture.height,
        weight=len(picture.whole),
        alt=alt,
        uploaded_by=by,
    )


@transaction.atomic
def discard(image: Image) -> None:
    """Out of the library, and its files with it once that is done. Whoever calls has seen that nothing uses it."""
    image.delete()
    for name in {str(image.file), image.small}:
        transaction.on_commit(partial(_remove, name))


def uses_of(image: Image) -> list[Use]:
    """Everything that shows the picture: what chose it, and the texts that name its address."""
    chosen = [
        Use(piece)
        for relation in image._meta.related_objects
        for piece in relation.related_model._base_manager.filter(**{relation.field.name: image})
    ]
    return [*chosen, *(Use(piece, is_text=True) for piece in _texts_with(address_of(str(image.file))))]


def may_change(person: User, uses: list[Use]) -> bool:
    """Whether somebody may change what pages say of a picture that they chose: each piece has to be theirs to change.

    A text brings words of its own for the picture, so that it is not touched.
    """
    return all(permissions.may_change(person, use.piece) for use in uses if not use.is_text)


def _texts_with(address: str) -> Iterator[Any]:
    """Rows of a publication in whose Markdown the address stands."""
    for model in apps.get_models():
        bodies = [field.name for field in model._meta.concrete_fields if isinstance(field, models.TextField)]
        if issubclass(model, Written) and bodies:
            named = Q(*((f"{name}__contains", address) for name in bodies), _connector=Q.OR)
            yield from model._base_manager.filter(named)


def _alone_with(name: str) -> None:
    """Until the transaction ends nobody else takes in or removes files of this name."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"media {name}"])


def _remove(name: str) -> None:
    with transaction.atomic():
        _alone_with(name)
        if not Image.objects.filter(Q(file=name) | Q(small=name)).exists():
            default_storage.delete(name)
