"""What an attack found, figure beside bar, and the checks that several attacks share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from tools.models import Tool
from votes.models import Case, Crowd, Tally, Vote, VoteEvent
from votes.services import find_mismatches


@dataclass(frozen=True, slots=True)
class Finding:
    """One figure beside its bar. `holds` is None for what is said and not judged."""

    what: str
    figure: str
    bar: str = ""
    holds: bool | None = None

    def __str__(self) -> str:
        word = {True: "holds", False: "BROKEN", None: "-"}[self.holds]
        return f"    {self.what:<62} {self.figure:>24}   {self.bar:<26} {word}"


def exactly(what: str, figure: Any, bar: Any) -> Finding:
    return Finding(what, _short(figure), f"= {_short(bar)}", figure == bar)


def at_most(what: str, figure: float, bar: float, unit: str = "") -> Finding:
    return Finding(what, f"{_short(figure)}{unit}", f"<= {_short(bar)}{unit}", figure <= bar)


def said(what: str, figure: Any, words: str = "") -> Finding:
    """Printed, and not judged."""
    return Finding(what, _short(figure), words)


def tally_agrees(tool: Tool) -> Finding:
    """The tool's tally against a recount of its votes."""
    differing = [str(mismatch) for mismatch in find_mismatches() if mismatch.tool_id == tool.pk]
    return Finding("tally against a recount", "; ".join(differing) or "equal", "equal", not differing)


def no_error(statuses: Counter[int]) -> Finding:
    """No answer of the kind 5xx, and none missing."""
    failed = sum(count for status, count in statuses.items() if status >= 500 or status == 0)
    return exactly("answers 5xx or missing", failed, 0)


def counts(tool: Tool, crowd: Crowd) -> tuple[int, int]:
    """Counted (ship, skip) of a crowd, from the tally."""
    rows = Tally.objects.filter(tool=tool, crowd=crowd).values_list("ship", "skip")
    return sum(ship for ship, _ in rows), sum(skip for _, skip in rows)


def ever_counted(tool: Tool, crowd: Crowd) -> int:
    """How many readers' votes were counted at any time, even if they were set aside later."""
    events = VoteEvent.objects.filter(tool_id=tool.pk, crowd=crowd, new_state=Vote.State.COUNTED)
    return events.values("voter_id").distinct().count()


def burst_cases(tool: Tool, crowd: Crowd) -> list[Case]:
    return list(Case.objects.filter(tool=tool, crowd=crowd, is_burst=True))


def minutes_until(cases: Iterable[Case], since: datetime) -> float:
    """Minutes from a moment to the first of the cases."""
    return min((case.opened_at - since).total_seconds() / 60 for case in cases)


def snapshot() -> tuple[Any, ...]:
    """Everything a request could have changed in votes, as one value to compare."""
    return tuple(_rows())


def _rows() -> Iterator[Any]:
    tables = {
        "votes_vote": "tool_id, voter_id, choice, crowd, state, revision",
        "votes_voter": "id, state",
        "votes_voteevent": "id",
        "votes_tally": "tool_id, crowd, slot, ship, skip",
    }
    with connection.cursor() as cursor:
        for table, columns in tables.items():
            cursor.execute(f"SELECT md5(string_agg(({columns})::text, ',' ORDER BY ({columns}))) FROM {table}")  # noqa: S608
            yield table, cursor.fetchone()[0]


def _short(figure: Any) -> str:
    if isinstance(figure, float):
        return f"{figure:,.1f}"
    if isinstance(figure, int) and not isinstance(figure, bool):
        return f"{figure:,}"
    return str(figure)
