"""What a page shows of a tool's votes, and what it would show after a decision."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tools.models import Tool
from votes.intervals import Community
from votes.models import Case, Crowd, Vote, Voter
from votes.services import communities


@dataclass(frozen=True, slots=True)
class StateLine:
    """The votes of a case in one state, by choice."""

    state: str
    ship: int
    skip: int

    @property
    def total(self) -> int:
        return self.ship + self.skip


@dataclass(frozen=True, slots=True)
class NumberLine:
    """One crowd's number now, and as it would be with every vote of the case counted, and with none."""

    crowd: str
    now: str
    released: str
    set_aside: str


@dataclass(frozen=True, slots=True)
class CaseNumbers:
    """`taken_along` votes were adopted by accounts: no decision moves them."""

    states: Sequence[StateLine]
    crowds: Sequence[NumberLine]
    taken_along: int


def load_case_numbers(case: Case) -> CaseNumbers:
    """The votes of a case by state and choice, and the tool's numbers; two queries."""
    states: Counter[tuple[str, int]] = Counter()
    waiting: Counter[tuple[str, int]] = Counter()
    counted: Counter[tuple[str, int]] = Counter()
    taken_along = 0
    for crowd, state, choice, votes, adopted in _grouped(case):
        states[state, choice] += votes
        taken_along += adopted
        if state == Vote.State.COUNTED:
            counted[crowd, choice] += votes
        elif state != Vote.State.WITHDRAWN:
            waiting[crowd, choice] += votes - adopted
    now = communities([case.tool_id]).get(case.tool_id, {})
    return CaseNumbers(
        [
            StateLine(str(state.label), states[state, Vote.Choice.SHIP], states[state, Vote.Choice.SKIP])
            for state in Vote.State
        ],
        [
            NumberLine(
                crowd.label.capitalize(),
                number_text(crowd, now.get(crowd, Community())),
                number_text(crowd, _moved(now.get(crowd, Community()), crowd, waiting, 1)),
                number_text(crowd, _moved(now.get(crowd, Community()), crowd, counted, -1)),
            )
            for crowd in Crowd
            if crowd == case.crowd or any(of == crowd for of, _choice in (*waiting, *counted))
        ],
        taken_along,
    )


def number_text(crowd: str, community: Community) -> str:
    """A crowd's number as pages show it, and the votes behind it; passers-by have a count alone.

    >>> number_text("account", Community(27, 15))
    '64% of 42 votes (27 ship, 15 skip)'
    """
    sides = _("%(ship)s ship, %(skip)s skip") % {"ship": community.ship, "skip": community.skip}
    if crowd == Crowd.PASSING:
        return sides
    joint = " " if community.is_shown else ": "
    return f"{community.headline}{joint}{community.detail} ({sides})"


def moved_text(count: int) -> str:
    """How many votes a decision moved.

    >>> moved_text(1), moved_text(0)
    ('1 vote moved.', 'No vote moved.')
    """
    if not count:
        return _("No vote moved.")
    return ngettext("%(count)s vote moved.", "%(count)s votes moved.", count) % {"count": count}


def now_text(tool: Tool) -> str:
    """What a tool's numbers are by now; one query."""
    now = communities([tool.pk]).get(tool.pk, {})
    words = [f"{crowd.label} {number_text(crowd, now[crowd])}" for crowd in Crowd if crowd in now]
    if not words:
        return _("%(tool)s now: no vote counted.") % {"tool": tool}
    return _("%(tool)s now: %(numbers)s.") % {"tool": tool, "numbers": "; ".join(words)}


def _grouped(case: Case) -> list[tuple[str, str, int, int, int]]:
    votes = Vote.objects.filter(case=case).order_by().values("crowd", "state", "choice")
    adopted = Count("voter", filter=Q(voter__state=Voter.State.ADOPTED))
    return list(
        votes.annotate(votes=Count("voter"), adopted=adopted).values_list(
            "crowd", "state", "choice", "votes", "adopted"
        )
    )


def _moved(community: Community, crowd: str, votes: Counter[tuple[str, int]], step: int) -> Community:
    ship, skip = votes[crowd, Vote.Choice.SHIP], votes[crowd, Vote.Choice.SKIP]
    return Community(community.ship + step * ship, community.skip + step * skip)
