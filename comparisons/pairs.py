"""Two scorecards side by side: which way the panel leans, where it splits, which facts differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from comparisons.scorecards import FactLine, Remark, Scorecard, Seat

NOT_STATED = "Not stated"
NEITHER_WEIGHED = "Nobody you gave weight to has reviewed either tool."


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
        return words_of(self.first) != words_of(self.second)


@dataclass(frozen=True)
class Pair:
    """The two tools of a comparison, in the order of their address."""

    first: Scorecard
    second: Scorecard
    seats: Sequence[Seat]

    @property
    def weights(self) -> Mapping[int, int]:
        return self.first.weights

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

    Equal shares are called even; a tool without reviews is said to wait, never counted as nil. With a reader's weights
    it is their panel that leans, and it splits only on reviewers who weigh something.
    """
    first, second = pair.first, pair.second
    whose = "Your panel" if pair.weights else "The panel"
    known = [card for card in (first, second) if card.shown.review_count]
    if not known:
        return Finding(NEITHER_WEIGHED if pair.weights else "The panel has reviewed neither tool yet.")
    if len(known) == 1:
        (card,), waiting = known, second if known[0] is first else first
        reviewed = f"{whose} has reviewed {card.tool.name}, {card.shown.count_text} ship"
        return Finding(f"{reviewed}{awaited([waiting])}.")
    order = first.shown.compare(second.shown)
    if order == 0:
        same = first.shown == second.shown
        counts = f"{first.shown.count_text} each" if same else f"{first.shown.count_text} and {second.shown.count_text}"
        return Finding(f"{whose} calls it even, {counts}{_splits(pair)}.")
    ahead, behind = (first, second) if order > 0 else (second, first)
    rest = f", {ahead.shown.count_text} against {behind.shown.count_text}{_splits(pair)}."
    return Finding(f"{whose} leans ", ahead.tool.name, rest)


def awaited(cards: Sequence[Scorecard]) -> str:
    """The end of a sentence about tools that nobody, or nobody who weighs anything, has reviewed; "" for none."""
    if not cards:
        return ""
    names = [card.tool.name for card in cards]
    if any(card.panel.review_count for card in cards):
        return f"; nobody you gave weight to has reviewed {in_words(names, 'or')}"
    one = len(names) == 1
    return f"; {in_words(names)} still {'waits' if one else 'wait'} for {'its' if one else 'their'} first review"


def in_words(names: Sequence[str], joint: str = "and") -> str:
    """Names as English puts them: a; a and b; a, b and c."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {joint} {names[-1]}"


def _splits(pair: Pair) -> str:
    names = [row.seat.name for row in pair.remarks if row.splits and pair.weights.get(row.seat.pk, 1)]
    return f"; they split on {in_words(names)}" if names else ""


def _own_fact(slug: str, label: str, first: str, second: str) -> FactPair:
    lines = FactLine(slug, label, first or NOT_STATED), FactLine(slug, label, second or NOT_STATED)
    return FactPair(lines[0], *lines)


def words_of(line: FactLine | None) -> str:
    """What the table says, also where nothing is on file."""
    return line.text if line else NOT_STATED
