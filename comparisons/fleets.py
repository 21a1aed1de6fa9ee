"""Three or four scorecards side by side: how the panel ranks them, and which facts differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, cmp_to_key
from itertools import groupby

from django.utils.translation import gettext as _

from comparisons.addresses import MOST_TOOLS, pair_url
from comparisons.pairs import NOT_STATED, Finding, awaited, called_even, in_words, only_one, words_of
from comparisons.scorecards import FactLine, Remark, Scorecard, Seat, ToolRecord


@dataclass(frozen=True, slots=True)
class FactRow:
    """One criterion with every tool's value; `line` is whichever tool knows it."""

    line: FactLine
    values: Sequence[FactLine | None]

    @property
    def differs(self) -> bool:
        return len({words_of(value) for value in self.values}) > 1


@dataclass(frozen=True, slots=True)
class RemarkRow:
    """One reviewer's remarks on every tool, in the order of the tools."""

    seat: Seat
    remarks: Sequence[Remark | None]

    @property
    def splits(self) -> bool:
        return len({remark.verdict for remark in self.remarks if remark}) > 1


@dataclass(frozen=True)
class Fleet:
    """The tools of a comparison of three or four, in the order of their address."""

    cards: Sequence[Scorecard]
    seats: Sequence[Seat]

    @property
    def tools(self) -> list[ToolRecord]:
        return [card.tool for card in self.cards]

    @property
    def has_room(self) -> bool:
        return len(self.cards) < MOST_TOOLS

    @property
    def url(self) -> str:
        return pair_url(*(tool.slug for tool in self.tools))

    def without(self, tool: ToolRecord) -> str:
        """The address of the comparison that is left when one tool is taken out."""
        return pair_url(*(other.slug for other in self.tools if other is not tool))

    def besides(self, tool: ToolRecord) -> list[tuple[ToolRecord, str]]:
        """Every other tool, and where it stands beside this one alone."""
        return [(other, pair_url(tool.slug, other.slug)) for other in self.tools if other is not tool]

    @cached_property
    def facts(self) -> list[FactRow]:
        """Every criterion that one of them knows, with the licence before and the entry price after."""
        lines = {slug: line for card in self.cards for slug, line in card.facts.items()}
        known = sorted(lines.values(), key=lambda line: (line.position, line.label))
        return [
            _own_fact("licence", _("Licence"), [card.tool.licence for card in self.cards]),
            *(FactRow(line, [card.facts.get(line.slug) for card in self.cards]) for line in known),
            _own_fact("entry-price", _("Entry price"), [card.entry for card in self.cards]),
        ]

    @cached_property
    def difference_count(self) -> int:
        return sum(row.differs for row in self.facts)

    @cached_property
    def remarks(self) -> list[RemarkRow]:
        return [RemarkRow(seat, [card.remarks.get(seat.pk) for card in self.cards]) for seat in self.seats]

    @property
    def complete_count(self) -> int:
        """How many reviewers have reviewed all of them."""
        return sum(all(row.remarks) for row in self.remarks)

    @property
    def reviewed_at(self) -> datetime | None:
        return max((card.reviewed_at for card in self.cards if card.reviewed_at), default=None)

    @property
    def updated_at(self) -> datetime:
        return max(card.updated_at for card in self.cards)

    @cached_property
    def finding(self) -> Finding:
        return ranking(self)


def ranking(fleet: Fleet) -> Finding:
    """How the panel ranks three or four tools, computed from the published reviews.

    The largest share comes first; tools of equal share stand together and are said to be even, with one count when
    their counts are the same too. When all reviewed ones have one share the panel calls it even. Tools without
    reviews are said to wait, never ranked last. With a reader's weights it is their panel that ranks.

    "The panel ranks A first, 4 of 4; then B and C, even on 3 of 4; D still waits for its first review."
    """
    known = [card for card in fleet.cards if card.shown.review_count]
    waiting = [card for card in fleet.cards if not card.shown.review_count]
    if not known:
        return Finding(_nobody(fleet))
    if len(known) == 1:
        return Finding(only_one(known[0], waiting))
    first, *others = _by_share(known)
    if not others:
        return Finding(_all_even(known, waiting))
    then = "".join(
        _("; then %(names)s, %(count)s") % {"names": _names(group), "count": _even(group)} for group in others
    )
    sentence = (
        _("Your panel ranks %(name)s first, %(count)s%(more)s.")
        if known[0].weights
        else _("The panel ranks %(name)s first, %(count)s%(more)s.")
    )
    return Finding.naming(_names(first), sentence, count=_even(first), more=f"{then}{awaited(waiting)}")


def _all_even(known: Sequence[Scorecard], waiting: Sequence[Scorecard]) -> str:
    counts, weights = _counts(known, is_each=True), known[0].weights
    if not waiting:
        return called_even(weights, counts, "")
    sentence = (
        _("Your panel calls it even between %(names)s, %(counts)s%(more)s.")
        if weights
        else _("The panel calls it even between %(names)s, %(counts)s%(more)s.")
    )
    return sentence % {"names": _names(known), "counts": counts, "more": awaited(waiting)}


def _by_share(cards: Sequence[Scorecard]) -> list[list[Scorecard]]:
    """Groups of equal share, the largest first; inside a group the order of the page."""

    def against(one: Scorecard, other: Scorecard) -> int:
        return one.shown.compare(other.shown)

    share = cmp_to_key(against)
    return [list(group) for _, group in groupby(sorted(cards, key=share, reverse=True), key=share)]


def _names(cards: Sequence[Scorecard]) -> str:
    return in_words([card.tool.name for card in cards])


def _even(cards: Sequence[Scorecard]) -> str:
    counts = _counts(cards)
    return _("even on %(counts)s") % {"counts": counts} if len(cards) > 1 else counts


def _counts(cards: Sequence[Scorecard], *, is_each: bool = False) -> str:
    counts = [card.shown.count_text for card in cards]
    if len(set(counts)) > 1:
        return in_words(counts)
    return _("%(count)s each") % {"count": counts[0]} if is_each else counts[0]


def _nobody(fleet: Fleet) -> str:
    is_three = len(fleet.cards) == 3
    if any(card.panel.review_count for card in fleet.cards):
        if is_three:
            return _("Nobody you gave weight to has reviewed any of these three tools.")
        return _("Nobody you gave weight to has reviewed any of these four tools.")
    if is_three:
        return _("The panel has reviewed none of these three tools yet.")
    return _("The panel has reviewed none of these four tools yet.")


def _own_fact(slug: str, label: str, words: Sequence[str]) -> FactRow:
    lines = [FactLine(slug, label, text or str(NOT_STATED)) for text in words]
    return FactRow(lines[0], lines)
