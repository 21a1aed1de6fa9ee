"""The steps of a piece's life. Every app publishes through these; none flips a status by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from editorial.models import Page, Publishable
from editorial.reasons import because


class CannotPublishError(Exception):
    """What is missing, as one sentence an editor can act on."""


class ReasonNeededError(CannotPublishError):
    """Readers are owed a reason for what happens to these pieces, and none was given."""

    def __init__(self, pieces: Sequence[Any]) -> None:
        named = ", ".join(str(piece) for piece in pieces)
        super().__init__(f"Readers have seen the verdict of {named}. Give the reason that they will read beside it.")
        self.pieces = pieces


def publish(piece: Publishable, *, at: datetime | None = None, reason: str = "") -> None:
    """Make a piece public now, or at a moment to come; a piece that already was public keeps its first date.

    `reason` is for readers, here and wherever a service takes one: editorial/reasons.py.
    """
    now = timezone.now()
    was_public = piece.published_at is not None and piece.published_at <= now
    moment = at or (piece.published_at if was_public else None) or now
    piece.published_at = moment
    piece.status = Publishable.Status.SCHEDULED if moment > now else Publishable.Status.PUBLISHED
    with because(reason):
        piece.save(update_fields=["status", "published_at", "updated_at"])


def withdraw(piece: Publishable, *, reason: str = "") -> None:
    """Take a public piece back. A draft has nothing to take back."""
    if piece.published_at is None:
        raise CannotPublishError(f"{piece} was never published, so it cannot be withdrawn.")
    piece.status = Publishable.Status.WITHDRAWN
    with because(reason):
        piece.save(update_fields=["status", "updated_at"])


@dataclass(slots=True)
class Changes[M: models.Model]:
    """What a `put` did: the rows it made, those it changed, and how many it left alone."""

    created: list[M] = field(default_factory=list)
    updated: list[M] = field(default_factory=list)
    unchanged: int = 0

    @property
    def counts(self) -> dict[str, int]:
        return {"created": len(self.created), "updated": len(self.updated), "unchanged": self.unchanged}


@transaction.atomic
def put[M: models.Model](
    pieces: Sequence[M],
    *,
    fields: Iterable[str],
    find: Callable[[M], Any],
    existing: Iterable[M],
) -> Changes[M]:
    """Create or update rows in bulk and touch only what differs.

    `find` gives what makes a row the same row (a slug, or a pair of keys); `existing` are the rows already stored, of
    which the last one found counts. A piece that exists keeps its row, and its publication date unless a new one is
    given. Each piece leaves with its primary key set.
    """
    stored = {find(row): row for row in existing}
    changes: Changes[M] = Changes()
    names = list(fields)
    for piece in pieces:
        old = stored.get(find(piece))
        if isinstance(piece, Publishable):
            _settle(piece, old)
        if old is None:
            changes.created.append(piece)
            continue
        piece.pk = old.pk
        piece._state.adding = False
        if any(getattr(piece, name) != getattr(old, name) for name in names):
            changes.updated.append(piece)
        else:
            changes.unchanged += 1
    if changes.created:
        type(pieces[0])._default_manager.bulk_create(changes.created)
    if changes.updated:
        dated = ["updated_at"] if isinstance(pieces[0], Publishable) else []
        type(pieces[0])._default_manager.bulk_update(changes.updated, [*names, *dated])
    return changes


def put_pages(pages: Sequence[Page]) -> dict[str, int]:
    return put(
        pages,
        fields=("title", "body", "status", "published_at"),
        find=lambda page: page.slug,
        existing=Page.objects.filter(slug__in=[page.slug for page in pages]),
    ).counts


def _settle(piece: Publishable, old: models.Model | None) -> None:
    """Complete status and date: what exists keeps its date, what is published has one, one to come is scheduled."""
    statuses, now = Publishable.Status, timezone.now()
    if piece.published_at is None and isinstance(old, Publishable):
        piece.published_at = old.published_at
    if piece.published_at is None and piece.status in (statuses.PUBLISHED, statuses.WITHDRAWN):
        piece.published_at = now
    if piece.status == statuses.PUBLISHED and piece.published_at and piece.published_at > now:
        piece.status = statuses.SCHEDULED
    if (
        isinstance(old, Publishable)
        and (piece.status, old.status) == (statuses.PUBLISHED, statuses.SCHEDULED)
        and piece.published_at == old.published_at
    ):
        piece.status = old.status  # its time has come; that is not a change
    piece.updated_at = now
