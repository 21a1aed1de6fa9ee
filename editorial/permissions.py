"""Who may do what with a piece: the one place that decides (docs/decisions/0025).

Rights come from roles (accounts/roles.py) or from a person's own list, and say what somebody may do with a kind of
piece at all. The rules here say with which pieces of it, by whose they are and where they stand.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import Model, Q, QuerySet

from accounts.models import User
from editorial.models import Publishable

Person = User | AnonymousUser
_S = Publishable.Status
OUT = (_S.SCHEDULED, _S.PUBLISHED)  # what readers see, or have been promised for a date


class Step(StrEnum):
    """A step of a piece's life; editorial/services.py takes it."""

    SUBMIT = "submit"
    SEND_BACK = "send_back"
    PUBLISH = "publish"
    SCHEDULE = "schedule"
    WITHDRAW = "withdraw"
    REOPEN = "reopen"


STANDS_AT = {
    Step.SUBMIT: (_S.DRAFT,),
    Step.SEND_BACK: (_S.IN_REVIEW,),
    Step.PUBLISH: (_S.DRAFT, _S.IN_REVIEW, _S.SCHEDULED, _S.WITHDRAWN),
    Step.SCHEDULE: (_S.DRAFT, _S.IN_REVIEW, _S.SCHEDULED, _S.WITHDRAWN),
    Step.WITHDRAW: OUT,
    Step.REOPEN: (_S.WITHDRAWN,),
}


def has_right(person: Person, verb: str, kind: type[Model] | Model) -> bool:
    """Whether somebody may do this with pieces of this kind at all."""
    opts = kind._meta
    return person.is_active and person.has_perm(f"{opts.app_label}.{verb}_{opts.model_name}")


def works_on_all(person: Person, kind: type[Publishable] | Publishable) -> bool:
    """Editors and publishers work on what anybody began."""
    return has_right(person, "edit", kind) or has_right(person, "publish", kind)


def own(person: Person, kind: type[Publishable]) -> Q:
    """The pieces that are somebody's own to write: those they began.

    Where a kind names its writers (a reviewer's), it is theirs whoever began it; and whoever has no right to write for
    any reviewer has no others.
    """
    begun = Q(author=person.pk)
    if not kind.writers:
        return begun
    named = Q(pk__in=kind._base_manager.filter(**{kind.writers: person.pk}).values("pk"))
    return begun | named if has_right(person, "write_any", kind) else named


def visible(person: Person, kind: type[Publishable]) -> Q:
    """What somebody finds at the desk. What is out is no secret; another's draft is one, and so is its name."""
    if works_on_all(person, kind):
        return Q()
    if not (has_right(person, "view", kind) or has_right(person, "change", kind)):
        return Q(pk__in=[])
    mine = own(person, kind)
    return mine if kind.writers and not has_right(person, "write_any", kind) else mine | Q(status__in=OUT)


def may_change(person: Person, piece: Publishable, *, mine: bool | None = None) -> bool:
    """Publishers change everything, editors what is not out, others their own drafts.

    With four eyes nobody changes what is out: it is withdrawn, opened again and goes by a second person. `mine` says
    whether it is their own, if that is known already; else it is asked, in one query.
    """
    if piece.is_closed or not has_right(person, "change", piece):
        return False
    if has_right(person, "publish", piece):
        return not (settings.FOUR_EYES and piece.status in OUT)
    if has_right(person, "edit", piece):
        return piece.status in (_S.DRAFT, _S.IN_REVIEW)
    return piece.status == _S.DRAFT and (is_own(person, piece) if mine is None else mine)


def is_held(person: Person, piece: Publishable) -> bool:
    """Whether it is four eyes alone that keep somebody from changing what is out."""
    is_theirs = has_right(person, "change", piece) and has_right(person, "publish", piece)
    return bool(settings.FOUR_EYES and piece.status in OUT and not piece.is_closed and is_theirs)


def may_delete(person: Person, piece: Publishable) -> bool:
    """What is out is withdrawn before it can be deleted; what readers may have seen is a publisher's to delete."""
    if piece.is_closed or not has_right(person, "delete", piece) or piece.status in OUT:
        return False
    return has_right(person, "publish", piece) or (piece.published_at is None and may_change(person, piece))


def may_check(person: Person, piece: Publishable) -> bool:
    """Whether somebody may say that the sources were read again today: it changes a day and no word.

    Editors and publishers say so of anything, also of what is out, with four eyes too (docs/decisions/0028).
    """
    return works_on_all(person, piece) or may_change(person, piece)


def may_take(person: Person, step: Step, piece: Publishable) -> bool:
    """Whether somebody may take this step with this piece, wherever it stands."""
    if piece.is_closed:
        return False
    match step:
        case Step.SUBMIT:
            return has_right(person, "change", piece) and (works_on_all(person, piece) or is_own(person, piece))
        case Step.SEND_BACK | Step.REOPEN:
            return works_on_all(person, piece)
    return has_right(person, "publish", piece)


def steps_for(person: Person, piece: Publishable) -> list[Step]:
    """The steps that make sense for a piece as it stands, and that somebody may take."""
    return [step for step, states in STANDS_AT.items() if piece.status in states and may_take(person, step, piece)]


def made_the_last_change(person: Person, piece: Publishable) -> bool:
    """With four eyes: whether somebody else has to publish this."""
    return bool(settings.FOUR_EYES and person.pk and piece.changed_by_id == person.pk)


def is_own(person: Person, piece: Publishable) -> bool:
    kind: Any = type(piece)
    pieces: QuerySet[Any] = kind._base_manager.filter(own(person, kind), pk=piece.pk)
    return pieces.exists()
