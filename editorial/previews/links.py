"""Links for somebody outside: made, counted, revoked. Who holds one needs no account and may read one piece."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db.models import F, QuerySet
from django.utils import timezone

from accounts.models import User
from editorial import permissions
from editorial.models import PreviewLink, Publishable

DAYS = (1, 7, 30)


class NoSuchLinkError(Exception):
    """There is no such link, or what it led to is gone."""


class DeadLinkError(Exception):
    """The link was good once: it has expired, was revoked, or its maker may no longer see the piece."""


def may_share(person: permissions.Person, piece: Publishable) -> bool:
    """Whoever may change a piece, or publish it, may show it to somebody outside."""
    return permissions.may_change(person, piece) or permissions.has_right(person, "publish", piece)


def make_link(piece: Publishable, *, by: User, days: int) -> str:
    """A new link's token. It is told this once: only its hash is kept."""
    if not may_share(by, piece):
        raise PermissionDenied
    if days not in DAYS:
        raise ValueError(f"A link lives for {DAYS} days, not for {days}.")
    token = secrets.token_urlsafe(32)
    until = timezone.now() + timedelta(days=days)
    PreviewLink.objects.create(token_hash=_hash_of(token), piece=piece, made_by=by, expires_at=until)
    return token


def live_links(piece: Publishable) -> QuerySet[PreviewLink]:
    """Those that open now, the newest first, with their makers."""
    alive = PreviewLink.objects.filter(revoked_at__isnull=True, expires_at__gt=timezone.now())
    return alive.filter(content_type=_kind_of(piece), object_id=piece.pk).select_related("made_by")


def revoke_link(piece: Publishable, *, pk: int, by: User) -> bool:
    """Whether there was such a live link, which opens nothing from now on. Its maker may always take it back."""
    link = live_links(piece).filter(pk=pk).first()
    if link is None:
        return False
    if link.made_by_id != by.pk and not may_share(by, piece):
        raise PermissionDenied
    return live_links(piece).filter(pk=pk).update(revoked_at=timezone.now()) > 0


def open_link(token: str) -> tuple[Publishable, User]:
    """The piece that a link leads to and who made it, counted as opened; NoSuchLinkError, DeadLinkError."""
    link = PreviewLink.objects.filter(token_hash=_hash_of(token)).select_related("made_by").first()
    if link is None:
        raise NoSuchLinkError
    now = timezone.now()
    if link.revoked_at or link.expires_at <= now:
        raise DeadLinkError
    piece = _piece_for(link)
    PreviewLink.objects.filter(pk=link.pk).update(opened_count=F("opened_count") + 1, opened_at=now)
    return piece, link.made_by


def records_of_links(user: User) -> list[dict[str, Any]]:
    """The links that somebody made, for the export of their data."""
    links = PreviewLink.objects.filter(made_by=user)
    return [dict(row) for row in links.values("made_at", "expires_at", "revoked_at", "opened_count")]


def _piece_for(link: PreviewLink) -> Publishable:
    """A link is worth what its maker may see: somebody who has left the desk shows nobody round."""
    kind: Any = link.content_type.model_class()
    piece: Publishable | None = kind._base_manager.filter(pk=link.object_id).first() if kind else None
    if piece is None:
        raise NoSuchLinkError
    if not may_see(link.made_by, piece):
        raise DeadLinkError
    return piece


def may_see(person: User, piece: Publishable) -> bool:
    """Whether somebody who works at the desk finds this piece there; one query."""
    kind: Any = type(piece)
    visible = kind._base_manager.filter(permissions.visible(person, kind), pk=piece.pk)
    return person.is_active and person.is_staff and visible.exists()


def _kind_of(piece: Publishable) -> ContentType:
    return ContentType.objects.get_for_model(piece)


def _hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
