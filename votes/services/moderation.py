"""Setting votes aside and counting them again: always a state, never a deletion; always with a reason; always undone.

Every step writes the public log in the same transaction; the vote events carry the reason and who acted.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from tools.models import Tool
from votes import locks
from votes.models import Campaign, Case, Crowd, Freeze, Moderation, Vote, Voter

_STATES = {
    Moderation.Action.HELD: Vote.State.QUARANTINED,
    Moderation.Action.RELEASED: Vote.State.COUNTED,
    Moderation.Action.VOIDED: Vote.State.VOID,
}


# Only what `_decide` is asked for.
_DECIDED_ALREADY = {
    Case.Decision.RELEASED: gettext_lazy("The case %(case)s is released already."),
    Case.Decision.VOIDED: gettext_lazy("The case %(case)s is voided already."),
}


class CannotModerateError(Exception):
    """What is in the way, as one sentence a moderator can act on."""


@transaction.atomic
def set_aside(*, votes: Q, state: Vote.State, actor: User | None, reason: str) -> int:
    """Hold, void or quarantine votes, with a reason and who did it; returns how many moved.

    A reader's withdrawal stays one, and what a browser's reader took along to an account stays void.
    """
    one_at_a_time()
    return Vote.objects.filter(votes & _movable(state)).update(state=state, actor=actor, reason=reason[:120])


def release(*, votes: Q, actor: User | None, reason: str) -> int:
    """Count again what was set aside, but for what a browser's reader took along to an account."""
    return set_aside(votes=votes, state=Vote.State.COUNTED, actor=actor, reason=reason)


@transaction.atomic
def judge_votes(
    *, tool: Tool, voters: Collection[int], action: Moderation.Action, actor: User | None, reason: str
) -> int:
    """Hold, void or count again (HELD, VOIDED, RELEASED) the votes of these voters on one tool; returns how many moved.

    What is voided or counted leaves its case, so that a later decision on the case does not overrule this one; what is
    held waits in the open case of its crowd. When no vote moves, nothing is logged.
    """
    one_at_a_time()
    state = _STATES[action]
    moving = Q(tool=tool, voter__in=voters) & _movable(state)
    found: dict[str, list[int]] = {}
    for crowd, voter in Vote.objects.filter(moving).values_list("crowd", "voter_id"):
        found.setdefault(crowd, []).append(voter)
    moved = 0
    for crowd, keys in sorted(found.items()):
        case = _case_for(tool, crowd, reason) if action == Moderation.Action.HELD else None
        votes = Vote.objects.filter(Q(tool=tool, crowd=crowd, voter__in=keys) & _movable(state))
        count = votes.update(state=state, actor=actor, reason=f"{action.value}: {reason}"[:120], case=case)
        _log(action, tool.pk, reason, actor=actor, case=case, vote_count=count)
        moved += count
    return moved


@transaction.atomic
def release_case(case: Case, *, actor: User | None, reason: str) -> int:
    """Count every vote of a case; readers who were held with it are trusted from now on. Returns how many moved."""
    one_at_a_time()
    _decide(case, Case.Decision.RELEASED)
    count = release(votes=Q(case=case), actor=actor, reason=f"released: {reason}")
    # After their votes, as when an account is deleted: in the other order the two would wait for each other.
    Voter.objects.filter(state=Voter.State.HELD, votes__case=case).update(state=Voter.State.OPEN)
    _log(Moderation.Action.RELEASED, case.tool_id, reason, actor=actor, case=case, vote_count=count)
    return count


@transaction.atomic
def void_case(case: Case, *, actor: User | None, reason: str) -> int:
    """Count no vote of a case. The votes stay, and releasing the case counts them again."""
    one_at_a_time()
    _decide(case, Case.Decision.VOIDED)
    count = set_aside(votes=Q(case=case), state=Vote.State.VOID, actor=actor, reason=f"voided: {reason}")
    _log(Moderation.Action.VOIDED, case.tool_id, reason, actor=actor, case=case, vote_count=count)
    return count


@transaction.atomic
def reopen_case(case: Case, *, actor: User | None, reason: str) -> int:
    """Take a decision back: the case is open and its votes wait. CannotModerateError when another one is open."""
    one_at_a_time()
    locked = Case.objects.select_for_update().get(pk=case.pk)
    if locked.tool.merged_into:
        said = _("%(tool)s was merged into %(other)s: its votes stand there.")
        raise CannotModerateError(said % {"tool": locked.tool, "other": locked.tool.merged_into})
    if locked.closed_at is None:
        raise CannotModerateError(_("The case %(case)s is open already.") % {"case": case})
    if Case.objects.filter(tool=case.tool_id, crowd=case.crowd, closed_at__isnull=True).exists():
        raise CannotModerateError(_another_is_open(case))
    case.decision, case.closed_at = Case.Decision.OPEN, None
    try:
        with transaction.atomic():
            case.save(update_fields=["decision", "closed_at"])
    except IntegrityError as problem:  # a limit opened one a moment ago
        raise CannotModerateError(_another_is_open(case)) from problem
    count = set_aside(votes=Q(case=case), state=Vote.State.QUARANTINED, actor=actor, reason=f"held: {reason}")
    _log(Moderation.Action.HELD, case.tool_id, reason, actor=actor, case=case, vote_count=count)
    return count


@transaction.atomic
def hold_votes(
    *,
    tool: Tool,
    crowd: Crowd,
    since: datetime,
    actor: User | None,
    reason: str,
    evidence: dict[str, Any] | None = None,
) -> Case:
    """Set aside the votes of one crowd that changed since a moment, and let new ones wait, until somebody decides.

    What was measured stays with an open case that is held again by hand; holding what is held already logs nothing.
    """
    one_at_a_time()
    case, _is_new = Case.objects.get_or_create(tool=tool, crowd=crowd, closed_at=None)
    waited_already = case.is_burst
    case.is_burst = True
    case.evidence = evidence or case.evidence or {"reasons": [reason]}
    case.save(update_fields=["is_burst", "evidence"])
    chosen = Vote.objects.filter(tool=tool, crowd=crowd, changed_at__gte=since)
    count = chosen.filter(state=Vote.State.COUNTED).update(
        state=Vote.State.QUARANTINED, actor=actor, reason=f"held: {reason}"[:120], case=case
    )
    others = chosen.exclude(state__in=(Vote.State.COUNTED, Vote.State.VOID))
    others.filter(Q(case__isnull=True) | ~Q(case=case)).update(case=case)
    if count or not waited_already:
        _log(Moderation.Action.HELD, tool.pk, reason, actor=actor, case=case, vote_count=count)
    return case


@transaction.atomic
def freeze_votes(*, tool: Tool, actor: User | None, reason: str) -> Freeze:
    """Pause voting on a tool; CannotModerateError when it is paused already."""
    freeze, is_new = Freeze.objects.get_or_create(tool=tool, lifted_at=None, defaults={"reason": reason})
    if not is_new:
        raise CannotModerateError(_("Voting on %(tool)s is paused already.") % {"tool": tool})
    _log(Moderation.Action.FROZEN, tool.pk, reason, actor=actor)
    return freeze


@transaction.atomic
def lift_freeze(freeze: Freeze, *, actor: User | None, reason: str) -> None:
    """Let readers vote again; nothing happens when that is so already."""
    if Freeze.objects.filter(pk=freeze.pk, lifted_at__isnull=True).update(lifted_at=timezone.now()):
        freeze.refresh_from_db()
        _log(Moderation.Action.UNFROZEN, freeze.tool_id, reason, actor=actor)


def _movable(state: Vote.State) -> Q:
    """Votes a moderator can move to this state: those of a merged tool are votes on another one now."""
    here = ~Q(voter__state=Voter.State.ADOPTED) & Q(tool__merged_into=None)
    return ~Q(state__in=(Vote.State.WITHDRAWN, state)) & here


def _case_for(tool: Tool, crowd: str, reason: str) -> Case:
    """The open case of a crowd, or a new one in which only chosen votes wait."""
    case, _is_new = Case.objects.get_or_create(
        tool=tool, crowd=crowd, closed_at=None, defaults={"evidence": {"reasons": [reason]}}
    )
    return case


@transaction.atomic
def announce_wave(campaign: Campaign, *, actor: User | None) -> None:
    """Save an announced wave, new or changed; while it lasts, less opens a case, so the public log says so."""
    campaign.save()
    span = f"{campaign.starts_at:%Y-%m-%d %H:%M} to {campaign.ends_at:%Y-%m-%d %H:%M} UTC"
    _log(Moderation.Action.WAVE, campaign.tool_id, f"{campaign.mark}, {span}", actor=actor)


@transaction.atomic
def call_off_wave(campaign: Campaign, *, actor: User | None) -> None:
    """Forget an announced wave, and say so in the public log."""
    _log(Moderation.Action.CALM, campaign.tool_id, campaign.mark, actor=actor)
    campaign.delete()


def _another_is_open(case: Case) -> str:
    return _("Another case on %(case)s is open: decide that one first.") % {"case": case}


def _decide(case: Case, decision: Case.Decision) -> None:
    locked = Case.objects.select_for_update().get(pk=case.pk)
    if locked.decision == decision:
        raise CannotModerateError(_DECIDED_ALREADY[decision] % {"case": case})
    case.decision, case.closed_at = decision, timezone.now()
    case.save(update_fields=["decision", "closed_at"])


def _log(
    action: Moderation.Action,
    tool: int,
    reason: str,
    *,
    actor: User | None,
    case: Case | None = None,
    vote_count: int = 0,
) -> None:
    Moderation.objects.create(
        tool_id=tool, action=action, actor=actor, case=case, reason=reason[:200], vote_count=vote_count
    )


def one_at_a_time() -> None:
    """Changes of many votes lock many rows and tallies: two at once could wait for each other for ever.

    Whoever needs it takes it first: a case that is read before could be decided while its reader waits. Until the
    transaction ends, the database counts and records its changes by statement and not by vote (migrations/0005).
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, 0), set_config('votes.many', 'on', true)", [locks.MANY])


def hold_still(user: User) -> None:
    """Before an account is deleted: let its running click finish, and let no later one be written.

    A click that comes meanwhile waits and then finds no reader to write for: it is refused, and nothing was changed.
    """
    one_at_a_time()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, (id %% 2147483647)::integer) FROM votes_voter WHERE user_id = %s",
            [locks.READER, user.pk],
        )
    User.objects.select_for_update().filter(pk=user.pk).first()
    Voter.objects.select_for_update().filter(user=user).first()
