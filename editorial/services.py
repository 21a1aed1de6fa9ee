"""The steps of a piece's life. Every app publishes through these; none flips a status by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection, models, transaction
from django.db.models import Case, F, When
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from editorial.models import Page, Publishable
from editorial.permissions import STANDS_AT, Step, made_the_last_change, may_take
from editorial.reasons import because

_LEADS_TO = {
    Step.SUBMIT: Publishable.Status.IN_REVIEW,
    Step.SEND_BACK: Publishable.Status.DRAFT,
    Step.PUBLISH: Publishable.Status.PUBLISHED,
    Step.WITHDRAW: Publishable.Status.WITHDRAWN,
    Step.REOPEN: Publishable.Status.DRAFT,
}
_CANNOT = {
    Step.SUBMIT: gettext_lazy("%(piece)s is %(state)s, so it cannot be sent to review."),
    Step.SEND_BACK: gettext_lazy("%(piece)s is %(state)s, so it cannot be sent back."),
    Step.PUBLISH: gettext_lazy("%(piece)s is %(state)s, so it cannot be published."),
    Step.SCHEDULE: gettext_lazy("%(piece)s is %(state)s, so it cannot be scheduled."),
    Step.WITHDRAW: gettext_lazy("%(piece)s is %(state)s, so it cannot be withdrawn."),
    Step.REOPEN: gettext_lazy("%(piece)s is %(state)s, so it cannot be opened again."),
}


class CannotPublishError(Exception):
    """What is missing, as one sentence an editor can act on."""


class ReasonNeededError(CannotPublishError):
    """Readers are owed a reason for what happens to these pieces, and none was given."""

    def __init__(self, pieces: Sequence[Any]) -> None:
        named = ", ".join(str(piece) for piece in pieces)
        said = _("Readers have seen the verdict of %(pieces)s. Give the reason that they will read beside it.")
        super().__init__(said % {"pieces": named})
        self.pieces = pieces


@transaction.atomic
def submit(piece: Publishable, *, by: User | None = None) -> None:
    """A draft goes to review, once everything is written that a reader will look for."""
    _begin(piece, Step.SUBMIT, by)
    _refuse(piece.missing())
    _move(piece, Publishable.Status.IN_REVIEW)


@transaction.atomic
def send_back(piece: Publishable, *, by: User | None = None, note: str = "") -> None:
    """From review to its author again. Whoever sends it back says why: the desk keeps the note in the piece's log."""
    _begin(piece, Step.SEND_BACK, by)
    said = _("Say in a note what %(piece)s still needs, then send it back.")
    _refuse([] if note.strip() else [said % {"piece": piece}])
    _move(piece, Publishable.Status.DRAFT)


def publish(piece: Publishable, *, at: datetime | None = None, reason: str = "", by: User | None = None) -> None:
    """Make a piece public now, or at a moment to come; a piece that already was public keeps its first date.

    `reason` is for readers, here and wherever a service takes one: editorial/reasons.py. `by` is who does it, None for
    a command; with four eyes that is not who changed it last.
    """
    with because(reason):
        _begin(piece, Step.SCHEDULE if at else Step.PUBLISH, by)
        _refuse([*piece.missing(), *piece.waits_for()])
        now = timezone.now()
        was_public = piece.published_at is not None and piece.published_at <= now
        piece.published_at = at or (piece.published_at if was_public else None) or now
        is_to_come = piece.published_at > now
        _move(piece, Publishable.Status.SCHEDULED if is_to_come else Publishable.Status.PUBLISHED)


def withdraw(piece: Publishable, *, reason: str = "", by: User | None = None) -> None:
    """Take a public piece back. A draft has nothing to take back."""
    with because(reason):
        _begin(piece, Step.WITHDRAW, by)
        _move(piece, Publishable.Status.WITHDRAWN)


@transaction.atomic
def reopen(piece: Publishable, *, by: User | None = None) -> None:
    """A withdrawn piece becomes a draft again. Readers still find the notice at its address."""
    _begin(piece, Step.REOPEN, by)
    _move(piece, Publishable.Status.DRAFT)


class _NothingHappenedError(Exception):
    """Takes a transaction back that went well."""


@contextmanager
def as_if_published(pieces: Iterable[Publishable]) -> Iterator[None]:
    """Inside, these pieces are public, to this transaction alone. Then everything is rolled back, whatever happened.

    For previews (docs/decisions/0027): triggers fill standings and receipts as they would, nothing is sent, and what
    waits for the end of the transaction never runs. Nobody is asked, and nothing that is missing refuses it. Whoever
    holds one of the rows is waited for a moment only: OperationalError.
    """
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '1s'")
            for piece in pieces:
                shown_since = Case(When(published_at__lte=Now(), then=F("published_at")), default=Now())
                rows = type(piece)._base_manager.filter(pk=piece.pk)
                rows.update(status=Publishable.Status.PUBLISHED, published_at=shown_since)
            yield
            raise _NothingHappenedError
    except _NothingHappenedError:
        return


def _begin(piece: Publishable, step: Step, by: User | None) -> None:
    """Hold the row until the step is done: of two presses at once the second sees what the first has done."""
    rows = type(piece)._base_manager.select_for_update().filter(pk=piece.pk)
    for name, value in rows.values("status", "published_at", "author_id", "changed_by_id").get().items():
        setattr(piece, name, value)
    if by and not may_take(by, step, piece):
        raise PermissionDenied
    is_put_off = step == Step.SCHEDULE and piece.status == Publishable.Status.PUBLISHED
    is_repeated = by is None and piece.status == _LEADS_TO.get(step)  # a command that says it again is no error
    if piece.status not in STANDS_AT[step] and not (is_put_off or is_repeated):
        raise CannotPublishError(_standing(piece, step))
    if by and step in (Step.PUBLISH, Step.SCHEDULE) and made_the_last_change(by, piece):
        said = _("You made the last change to %(piece)s. Somebody else has to publish it.")
        raise CannotPublishError(said % {"piece": piece})


def _standing(piece: Publishable, step: Step) -> str:
    """Why a step makes no sense for a piece as it stands."""
    if step == Step.WITHDRAW and piece.published_at is None:
        return _("%(piece)s was never published, so it cannot be withdrawn.") % {"piece": piece}
    named = {"piece": piece, "state": piece.stands_as}
    if piece.status == _LEADS_TO.get(step):
        return _("%(piece)s is %(state)s already.") % named
    return str(_CANNOT[step]) % named


def _refuse(reasons: Sequence[str]) -> None:
    if reasons:
        raise CannotPublishError(" ".join(reasons))


def _move(piece: Publishable, status: Publishable.Status) -> None:
    piece.status = status
    piece.save(update_fields=["status", "published_at", "updated_at"])


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
