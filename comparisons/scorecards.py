"""Everything a page knows about a few tools, read in a fixed number of queries.

`find_tools` takes one query, votes included: their tallies are summed inside it.

`load_scorecards` takes three queries, whatever the number of plans, facts and reviews (plans, facts, and the panel
with its reviews). The rows are plain: a page of seventy model objects costs several times as much.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from django.db.models import Exists, OuterRef

from comparisons.models import Receipt, ReviewerMonth
from comparisons.receipts.prices import PriceLog, read_steps
from comparisons.receipts.timeline import LOGGED, read_lines, read_stances
from comparisons.receipts.turns import Stance, Turn, last_turns, last_words
from comparisons.receipts.words import ReceiptLine
from editorial.addresses import path_of
from editorial.reads import CompiledRead
from reviews.ages import written_before
from reviews.models import Review, Reviewer
from reviews.verdicts import Panel
from tools.facts import value_text
from tools.freshness import is_any_due, price_limit, today
from tools.logos import Logo, packed_logo, read_logo
from tools.models import Fact, Plan, Tool
from tools.pricing import entry_price, price_text
from votes.intervals import Community
from votes.models import Crowd, Freeze
from votes.querysets import counted_votes
from votes.services import communities

RATED = 5  # published reviews before pages say how often a reviewer ships


@dataclass(frozen=True, slots=True)
class ToolRecord:
    """What a page says about a tool itself, and what readers say about it.

    `community` is what accounts say, `passing` what is shown apart; voting is closed while `is_paused`. What
    is packed is read by `log` and by the scorecard's `turns`.
    """

    pk: int
    slug: str
    name: str
    maker: str
    tagline: str
    website: str
    licence: str
    description: str
    launched_on: date | None
    published_at: datetime
    updated_at: datetime
    category_id: int
    category_name: str
    category_slug: str
    ship_count: int
    skip_count: int
    passing_ship_count: int
    passing_skip_count: int
    is_paused: bool
    packed_log: Sequence[str] = ()
    packed_stances: Sequence[str] = ()
    packed_prices: Sequence[str] = ()
    packed_logo: Sequence[str] | None = field(default=None, compare=False)  # on no receipt: tools/logos.py

    @property
    def logo(self) -> Logo | None:
        return read_logo(self.packed_logo)

    @property
    def log(self) -> list[ReceiptLine]:
        """The newest receipts of this tool, newest first."""
        return read_lines(self.packed_log)

    @property
    def community(self) -> Community:
        return Community(self.ship_count, self.skip_count)

    @property
    def passing(self) -> Community:
        return Community(self.passing_ship_count, self.passing_skip_count)

    @property
    def url(self) -> str:
        return path_of("tool", self.slug)

    @property
    def website_host(self) -> str:
        return (urlsplit(self.website).hostname or self.website).removeprefix("www.")


@dataclass(frozen=True, slots=True)
class PlanLine:
    name: str
    amount: Decimal | None
    currency: str
    period: str
    unit: str
    note: str
    source: str
    checked_on: date

    @property
    def good_for_days(self) -> int:
        """A price belongs to no criterion: the house says how long it holds."""
        return price_limit()

    @property
    def price(self) -> str:
        return price_text(self)


@dataclass(frozen=True, slots=True)
class FactLine:
    """One fact in words; `source` is empty for what the tool's own record says (licence, entry price)."""

    slug: str
    label: str
    text: str
    position: int = 0
    help: str = ""
    source: str = ""
    checked_on: date | None = None
    good_for_days: int | None = None


@dataclass(frozen=True, slots=True)
class Seat:
    """A reviewer as a page shows them; `written_by` is person or software.

    `signed` are their published SHIPs of all their published reviews; a page of a day gone by does not know.
    """

    pk: int
    slug: str
    name: str
    emblem: str
    written_by: str
    signed: Panel | None = field(default=None, compare=False)

    @property
    def short_name(self) -> str:
        return self.name.removeprefix("The ")

    @property
    def has_rate(self) -> bool:
        """Whether there are enough verdicts for a share of them to say something."""
        return self.signed is not None and self.signed.review_count >= RATED


@dataclass(frozen=True, slots=True)
class Remark:
    """One published review."""

    seat: Seat
    verdict: str
    headline: str
    body: str
    reviewed_at: datetime
    changed_at: datetime

    @property
    def ships(self) -> bool:
        return self.verdict == "ship"


@dataclass(frozen=True, slots=True)
class Mark:
    """One reviewer's verdict as a small shape in a list."""

    name: str
    verdict: str


@dataclass
class Scorecard:
    """One tool with its plans, facts and remarks; `remarks` is by reviewer, in panel order.

    `panel` is what is published and what machines are told. `shown` is what a reader's page prints: the same, unless
    the reader weighs the reviewers; `weights` by reviewer are then not empty. `day` is the one by which prices and
    facts are judged.
    """

    tool: ToolRecord
    plans: list[PlanLine] = field(default_factory=list)
    facts: dict[str, FactLine] = field(default_factory=dict)
    remarks: dict[int, Remark] = field(default_factory=dict)
    weights: Mapping[int, int] = field(default_factory=dict)
    day: date = field(default_factory=today)

    @property
    def panel(self) -> Panel:
        return Panel(sum(remark.ships for remark in self.remarks.values()), len(self.remarks))

    @property
    def shown(self) -> Panel:
        """The weights of those who ship of the weights of all who have reviewed; each weighs 1 unless it is said."""
        weighed = [(self.weights.get(seat, 1), remark.ships) for seat, remark in self.remarks.items()]
        return Panel(sum(weight for weight, ships in weighed if ships), sum(weight for weight, _ in weighed))

    @cached_property
    def turns(self) -> dict[int, Turn]:
        """By reviewer, the other verdict they had before the one that stands."""
        return last_turns(self.stances)

    @cached_property
    def stances(self) -> list[Stance]:
        return read_stances(self.tool.packed_stances)

    @cached_property
    def prices(self) -> PriceLog:
        """What each plan has cost, and what a reader had to pay to begin."""
        return PriceLog(read_steps(self.tool.packed_prices))

    @cached_property
    def drifts(self) -> dict[int, str]:
        """By reviewer, how the entry price has moved since they last wrote; nothing for those since whom it has not."""
        said = last_words(self.stances).items()
        return {reviewer: words for reviewer, since in said if (words := self.prices.drift_since(since))}

    @cached_property
    def ages(self) -> dict[int, str]:
        """By reviewer, that a price has changed since they last wrote, and when; nothing where none has."""
        said, changes = last_words(self.stances).items(), self.prices.changes
        return {reviewer: words for reviewer, since in said if (words := written_before(changes, since))}

    @property
    def marks(self) -> list[Mark]:
        return [Mark(remark.seat.short_name, remark.verdict) for remark in self.remarks.values()]

    @property
    def entry(self) -> str:
        return entry_price(self.plans)

    @property
    def is_due(self) -> bool:
        """Whether one of the prices or facts was checked too long ago."""
        return is_any_due((*self.plans, *self.facts.values()), self.day)

    @property
    def reviewed_at(self) -> datetime | None:
        """When the newest of the published reviews appeared."""
        return max((remark.reviewed_at for remark in self.remarks.values()), default=None)

    @property
    def updated_at(self) -> datetime:
        """The newest change of anything here: the tool with its plans and facts, or a remark."""
        return max(
            self.tool.updated_at, *(remark.changed_at for remark in self.remarks.values()), self.tool.published_at
        )

    @property
    def prices_checked_on(self) -> date | None:
        """The oldest check among the plans: the whole list is at least this fresh."""
        return min((plan.checked_on for plan in self.plans), default=None)


def find_tools(slugs: Iterable[str]) -> dict[str, ToolRecord]:
    """The published tools among these addresses; one query."""
    return {row.slug: ToolRecord(*row) for row in _tools(slugs=slugs)}


def load_scorecards(tools: Sequence[ToolRecord]) -> tuple[list[Seat], list[Scorecard]]:
    """The panel's seats (active reviewers and whoever reviewed one of the tools) and a scorecard for each tool."""
    keys = [tool.pk for tool in tools]
    cards = {tool.pk: Scorecard(tool) for tool in tools}
    for tool_id, *plan in _plans(tools=keys):
        cards[tool_id].plans.append(PlanLine(*plan))
    for row in _facts(tools=keys):
        text = value_text(row.kind, row.value, row.unit, row.note)
        cards[row.tool_id].facts[row.slug] = FactLine(
            *(row.slug, row.label, text, row.position, row.help, row.source),
            *(row.checked_on, row.good_for_days),
        )
    seats: dict[int, Seat] = {}
    for row in _panel(tools=keys):
        if row.pk not in seats:
            signed = Panel(*json.loads(row.signed)) if row.signed else Panel()
            seats[row.pk] = Seat(row.pk, row.slug, row.name, row.emblem, row.written_by, signed)
        seat = seats[row.pk]
        if row.tool_id is not None:
            cards[row.tool_id].remarks[row.pk] = Remark(
                seat, row.verdict, row.headline, row.body, row.reviewed_at, row.changed_at
            )
    return list(seats.values()), list(cards.values())


@dataclass(frozen=True, slots=True)
class ToolLine:
    """One tool in a list, with its panel."""

    pk: int
    slug: str
    name: str
    tagline: str
    category_id: int
    category_name: str
    panel: Panel
    reviewed_at: datetime | None
    packed_logo: Sequence[str] | None = None

    @property
    def url(self) -> str:
        return path_of("tool", self.slug)

    @property
    def logo(self) -> Logo | None:
        return read_logo(self.packed_logo)


@dataclass(frozen=True, slots=True)
class ListLine:
    """A line of a register: the tool, the marks behind its panel's share, its entry price, and its community."""

    tool: ToolLine
    marks: Sequence[Mark]
    entry: str
    community: Community


def tool_line(row: Any) -> ToolLine:
    """A row of `reviews.querysets.tool_lines` as a line."""
    panel = Panel(row.ship_count, row.review_count)
    named = (row.pk, row.slug, row.name, row.tagline, row.category_id, row.category_name)
    return ToolLine(*named, panel, row.reviewed_at, row.packed_logo)


def load_lines(tools: Iterable[ToolLine]) -> list[ListLine]:
    """Register lines for tools; three queries (verdicts, plans and votes) for any number of them."""
    listed = list(tools)
    keys = {tool.pk for tool in listed}
    marks: dict[int, list[Mark]] = defaultdict(list)
    plans: dict[int, list[PlanLine]] = defaultdict(list)
    for tool_id, name, verdict in _verdicts(tools=keys):
        marks[tool_id].append(Mark(name.removeprefix("The "), verdict))
    for tool_id, *plan in _plans(tools=keys):
        plans[tool_id].append(PlanLine(*plan))
    crowds = communities(keys)
    return [
        ListLine(
            *(tool, marks[tool.pk], entry_price(plans[tool.pk])),
            crowds.get(tool.pk, {}).get(Crowd.ACCOUNT, Community()),
        )
        for tool in listed
    ]


def _tools_with_votes(slugs: Any) -> Any:
    votes = {
        "ship_count": counted_votes("ship", crowd=Crowd.ACCOUNT),
        "skip_count": counted_votes("skip", crowd=Crowd.ACCOUNT),
        "passing_ship_count": counted_votes("ship", crowd=Crowd.PASSING),
        "passing_skip_count": counted_votes("skip", crowd=Crowd.PASSING),
    }
    paused = {"is_paused": Exists(Freeze.objects.filter(tool_id=OuterRef("pk"), lifted_at__isnull=True))}
    own = Receipt.objects.in_effect().filter(tool_id=OuterRef("pk"))
    log = own.filter(kind__in=("tool", "verdict", "price", "fact")).newest_first()[:LOGGED]
    packed = {"packed_log": log.packed(), "packed_stances": own.stances(), "packed_prices": own.prices()}
    packed["packed_logo"] = packed_logo()
    found = Tool.objects.published().addressed_by(slugs).annotate(**votes, **paused, **packed)
    return found.records(*votes, *paused, *packed)


_tools = CompiledRead(_tools_with_votes)
_plans = CompiledRead(Plan.objects.rows_of)
_facts = CompiledRead(Fact.objects.rows_of)
_panel = CompiledRead(
    lambda tools: Reviewer.objects.annotate(signed=ReviewerMonth.objects.signed()).rows_with_reviews_of(tools, "signed")
)
_verdicts = CompiledRead(lambda tools: Review.objects.published().verdicts_of(tools))
