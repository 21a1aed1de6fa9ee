"""Two scorecards side by side: which way the panel leans, where it splits, which facts differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from comparisons.scorecards import FactLine, Remark, Scorecard, Seat

NOT_STATED = "Not stated"


@dataclass(frozen=True, slots=True)
class Finding:
    """One computed sentence; `name` is the tool the panel leans to, printed strong, and empty when it leans to none."""

    lead: str
    name: str = ""
    rest: str = ""

    @property
    def text(self) -> str:
        return f"{self.lead}{self.name}{self.rest}"


@dataclass(frozen=True, slots=True)
class RemarkPair:
    """One reviewer's row of the scorecard."""

    seat: Seat
    first: Remark | None
    second: Remark | None

    @property
    def splits(self) -> bool:
        return self.first is not None and self.second is not None and self.first.verdict != self.second.verdict

    @property
    def stance(self) -> str:
        """Both, first, second or neither when both are reviewed; partial otherwise."""
        match (self.first, self.second):
            case (Remark(verdict="ship"), Remark(verdict="ship")):
                return "both"
            case (Remark(verdict="ship"), Remark()):
                return "first"
            case (Remark(), Remark(verdict="ship")):
                return "second"
            case (Remark(), Remark()):
                return "neither"
        return "partial"


@dataclass(frozen=True, slots=True)
class FactPair:
    """One row of the comparison table; `line` is whichever side knows the criterion."""

    line: FactLine
    first: FactLine | None
    second: FactLine | None

    @property
    def differs(self) -> bool:
        return _text(self.first) != _text(self.second)


@dataclass(frozen=True)
class Pair:
    """The two tools of a comparison, in the order of their address."""

    first: Scorecard
    second: Scorecard
    seats: Sequence[Seat]

    @cached_property
    def remarks(self) -> list[RemarkPair]:
        return [
            RemarkPair(seat, self.first.remarks.get(seat.pk), self.second.remarks.get(seat.pk)) for seat in self.seats
        ]

    def seats_that(self, stance: str) -> list[Seat]:
        return [row.seat for row in self.remarks if row.stance == stance]

    @cached_property
    def facts(self) -> list[FactPair]:
        """Every criterion that one of the two knows, with the licence before and the entry price after."""
        known = sorted({**self.first.facts, **self.second.facts}.values(), key=lambda line: (line.position, line.label))
        return [
            _own_fact("licence", "Licence", self.first.tool.licence, self.second.tool.licence),
            *(FactPair(line, self.first.facts.get(line.slug), self.second.facts.get(line.slug)) for line in known),
            _own_fact("entry-price", "Entry price", self.first.entry, self.second.entry),
        ]

    @property
    def complete_count(self) -> int:
        """How many reviewers have reviewed both tools."""
        return sum(row.stance != "partial" for row in self.remarks)

    @property
    def reviewed_at(self) -> datetime | None:
        return max((moment for moment in (self.first.reviewed_at, self.second.reviewed_at) if moment), default=None)

    @property
    def difference_count(self) -> int:
        return sum(row.differs for row in self.facts)

    @property
    def updated_at(self) -> datetime:
        return max(self.first.updated_at, self.second.updated_at)

    @cached_property
    def finding(self) -> Finding:
        return leaning(self)


def leaning(pair: Pair) -> Finding:
    """Which way the panel leans and on whom it splits, computed from the published reviews.

    Equal shares are called even; a tool without reviews is said to wait, never counted as nil.
    """
    first, second = pair.first, pair.second
    if not (first.panel.review_count or second.panel.review_count):
        return Finding("The panel has reviewed neither tool yet.")
    if not (first.panel.review_count and second.panel.review_count):
        known, waiting = (first, second) if first.panel.review_count else (second, first)
        return Finding(
            f"The panel has reviewed {known.tool.name}, {known.panel.count_text} ship; "
            f"{waiting.tool.name} still waits for its first review."
        )
    order = first.panel.compare(second.panel)
    if order == 0:
        same = first.panel == second.panel
        counts = f"{first.panel.count_text} each" if same else f"{first.panel.count_text} and {second.panel.count_text}"
        return Finding(f"The panel calls it even, {counts}{_splits(pair)}.")
    ahead, behind = (first, second) if order > 0 else (second, first)
    rest = f", {ahead.panel.count_text} against {behind.panel.count_text}{_splits(pair)}."
    return Finding("The panel leans ", ahead.tool.name, rest)


def in_words(names: Sequence[str]) -> str:
    """Names as English puts them: a; a and b; a, b and c."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _splits(pair: Pair) -> str:
    names = [row.seat.name for row in pair.remarks if row.splits]
    return f"; they split on {in_words(names)}" if names else ""


def _own_fact(slug: str, label: str, first: str, second: str) -> FactPair:
    lines = FactLine(slug, label, first or NOT_STATED), FactLine(slug, label, second or NOT_STATED)
    return FactPair(lines[0], *lines)


def _text(line: FactLine | None) -> str:
    return line.text if line else NOT_STATED
