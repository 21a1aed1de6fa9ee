"""The steps of a piece's life. Every app publishes through these; none flips a status by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from editorial.models import Page, Publishable


class CannotPublishError(Exception):
    """What is missing, as one sentence an editor can act on."""


def publish(piece: Publishable, *, at: datetime | None = None) -> None:
    """Make a piece public now, or at a moment to come; a piece that already was public keeps its first date."""
    now = timezone.now()
    moment = at or piece.published_at or now
    piece.published_at = moment
    piece.status = Publishable.Status.SCHEDULED if moment > now else Publishable.Status.PUBLISHED
    piece.save(update_fields=["status", "published_at", "updated_at"])


def withdraw(piece: Publishable) -> None:
    """Take a public piece back. A draft has nothing to take back."""
    if piece.published_at is None:
        raise CannotPublishError(f"{piece} was never published, so it cannot be withdrawn.")
    piece.status = Publishable.Status.WITHDRAWN
    piece.save(update_fields=["status", "updated_at"])


@transaction.atomic
def put[M: models.Model](
    pieces: Sequence[M],
    *,
    fields: Iterable[str],
    find: Callable[[M], Any],
    existing: Iterable[M],
) -> dict[str, int]:
    """Create or update rows in bulk and touch only what differs.

    `find` gives what makes a row the same row (a slug, or a pair of keys); `existing` are the rows already stored.
    A piece that exists keeps its row, and its publication date unless a new one is given. Returns counts by
    created, updated and unchanged. Each piece leaves with its primary key set.
    """
    stored = {find(row): row for row in existing}
    created, changed, unchanged = [], [], 0
    names = list(fields)
    for piece in pieces:
        old = stored.get(find(piece))
        if old is None:
            created.append(piece)
            continue
        piece.pk = old.pk
        piece._state.adding = False
        if isinstance(piece, Publishable) and isinstance(old, Publishable):
            _keep_date(piece, old)
        if any(getattr(piece, name) != getattr(old, name) for name in names):
            changed.append(piece)
        else:
            unchanged += 1
    _date_new_pieces([*created, *changed])
    if created:
        type(pieces[0])._default_manager.bulk_create(created)
    if changed:
        if isinstance(changed[0], Publishable):
            names.append("updated_at")
        type(pieces[0])._default_manager.bulk_update(changed, names)
    return {"created": len(created), "updated": len(changed), "unchanged": unchanged}


def put_pages(pages: Sequence[Page]) -> dict[str, int]:
    return put(
        pages,
        fields=("title", "body", "status", "published_at"),
        find=lambda page: page.slug,
        existing=Page.objects.filter(slug__in=[page.slug for page in pages]),
    )


def _keep_date(piece: Publishable, old: Publishable) -> None:
    if piece.published_at is None:
        piece.published_at = old.published_at
        if piece.status == Publishable.Status.PUBLISHED and old.status == Publishable.Status.SCHEDULED:
            piece.status = old.status


def _date_new_pieces(pieces: Iterable[models.Model]) -> None:
    """What is published without a date is published now; what has a date to come is scheduled."""
    now = timezone.now()
    for piece in pieces:
        if not isinstance(piece, Publishable):
            continue
        piece.updated_at = now
        if piece.status in (Publishable.Status.PUBLISHED, Publishable.Status.WITHDRAWN) and piece.published_at is None:
            piece.published_at = now
        if piece.status == Publishable.Status.PUBLISHED and piece.published_at and piece.published_at > now:
            piece.status = Publishable.Status.SCHEDULED
