"""Two scorecards side by side: which way the panel leans, where it splits, which facts differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from comparisons.scorecards import FactLine, Remark, Scorecard, Seat

NOT_STATED = gettext_lazy("Not stated")
_NAME = "\0"  # where the name goes, which no text of ours or an editor's can hold


@dataclass(frozen=True, slots=True)
class Finding:
    """One computed sentence; `name` is the tool the panel leans to, printed strong, and empty when it leans to none."""

    lead: str
    name: str = ""
    rest: str = ""

    @property
    def text(self) -> str:
        return f"{self.lead}{self.name}{self.rest}"

    @classmethod
    def naming(cls, name: str, sentence: str, **values: str) -> Finding:
        """From a sentence with places for `values`; `name` is what stands at the one called name."""
        lead, _mark, rest = (sentence % {**values, "name": _NAME}).partition(_NAME)
        return cls(lead, name, rest)


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
            _own_fact("licence", _("Licence"), self.first.tool.licence, self.second.tool.licence),
            *(FactPair(line, self.first.facts.get(line.slug), self.second.facts.get(line.slug)) for line in known),
            _own_fact("entry-price", _("Entry price"), self.first.entry, self.second.entry),
        ]

    @property
    def complete_count(self) -> int:
        """How many reviewers have reviewed both tools."""
        return sum(row.stance != "partial" for row in self.remarks)

    @property
    def reviewed_at(self) -> datetime | None:
        return max((moment for moment in (self.first.reviewed_at, self.second.reviewed_at) if moment), default=None)

    @cached_property
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
    known = [card for card in (first, second) if card.shown.review_count]
    if not known:
        return Finding(_neither(pair))
    if len(known) == 1:
        return Finding(only_one(known[0], [second if known[0] is first else first]))
    order = first.shown.compare(second.shown)
    if order == 0:
        same = first.shown == second.shown
        counts = first.shown.count_text, second.shown.count_text
        even = (_("%(count)s each") % {"count": counts[0]}) if same else in_words(counts)
        return Finding(called_even(pair.weights, even, _splits(pair)))
    ahead, behind = (first, second) if order > 0 else (second, first)
    sentence = (
        _("Your panel leans %(name)s, %(ahead)s against %(behind)s%(more)s.")
        if pair.weights
        else _("The panel leans %(name)s, %(ahead)s against %(behind)s%(more)s.")
    )
    values = {"ahead": ahead.shown.count_text, "behind": behind.shown.count_text, "more": _splits(pair)}
    return Finding.naming(ahead.tool.name, sentence, **values)


def only_one(card: Scorecard, waiting: Sequence[Scorecard]) -> str:
    """The sentence on the only tool that has been reviewed, and on those that have not."""
    sentence = (
        _("Your panel has reviewed %(name)s, %(count)s ship%(more)s.")
        if card.weights
        else _("The panel has reviewed %(name)s, %(count)s ship%(more)s.")
    )
    return sentence % {"name": card.tool.name, "count": card.shown.count_text, "more": awaited(waiting)}


def called_even(weights: Mapping[int, int], counts: str, more: str) -> str:
    sentence = (
        _("Your panel calls it even, %(counts)s%(more)s.")
        if weights
        else _("The panel calls it even, %(counts)s%(more)s.")
    )
    return sentence % {"counts": counts, "more": more}


def _neither(pair: Pair) -> str:
    if pair.weights:
        return _("Nobody you gave weight to has reviewed either tool.")
    return _("The panel has reviewed neither tool yet.")


def awaited(cards: Sequence[Scorecard]) -> str:
    """The end of a sentence about tools that nobody, or nobody who weighs anything, has reviewed; "" for none."""
    if not cards:
        return ""
    names = [card.tool.name for card in cards]
    if any(card.panel.review_count for card in cards):
        return _("; nobody you gave weight to has reviewed %(names)s") % {"names": in_words(names, _("or"))}
    said = ngettext(
        "; %(names)s still waits for its first review", "; %(names)s still wait for their first review", len(names)
    )
    return said % {"names": in_words(names)}


def in_words(names: Sequence[str], joint: str = "") -> str:
    """Names as a sentence lists them: a; a and b; a, b and c."""
    if len(names) < 2:
        return "".join(names)
    return f"{_(', ').join(names[:-1])} {joint or _('and')} {names[-1]}"


def _splits(pair: Pair) -> str:
    names = [row.seat.name for row in pair.remarks if row.splits and pair.weights.get(row.seat.pk, 1)]
    return _("; they split on %(names)s") % {"names": in_words(names)} if names else ""


def _own_fact(slug: str, label: str, first: str, second: str) -> FactPair:
    lines = FactLine(slug, label, first or str(NOT_STATED)), FactLine(slug, label, second or str(NOT_STATED))
    return FactPair(lines[0], *lines)


def words_of(line: FactLine | None) -> str:
    """What the table says, also where nothing is on file."""
    return line.text if line else str(NOT_STATED)
