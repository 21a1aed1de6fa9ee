"""What each reader page shows, loaded in one named call with a fixed number of queries.

The numbers stand in the docstrings and are held by tests/comparisons/test_queries.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Q
from django.utils import timezone

from comparisons.addresses import pair_url, possible_readings, readings
from comparisons.alternatives import ALTERNATIVES, nearest, nearness
from comparisons.fleets import Fleet
from comparisons.models import Comparison, Shelf, ToolStanding
from comparisons.pairs import Pair
from comparisons.records import Record, load_panel
from comparisons.scorecards import (
    ListLine,
    Scorecard,
    Seat,
    ToolLine,
    ToolRecord,
    find_tools,
    load_lines,
    load_scorecards,
    tool_line,
)
from comparisons.standings import catch_up
from comparisons.tide import Tide, draw_tide
from comparisons.weighing import Weighing, read_weights
from comparisons.worth import Side, is_worth_indexing
from editorial.reads import CompiledRead
from reviews.models import Reviewer
from reviews.querysets import tool_lines, tools_with_panel
from votes.services import standings

RELATED = 4


@dataclass(frozen=True, slots=True)
class PairLine:
    """A comparison in a list."""

    first: ToolLine
    second: ToolLine

    @property
    def url(self) -> str:
        return pair_url(self.first.slug, self.second.slug)


@dataclass(frozen=True, slots=True)
class Nearby:
    """What an editor wrote about a pair, if anything, and where to go next from a tool or a comparison.

    `alternatives` are the nearest first, as `comparisons.alternatives` defines them.
    """

    editorial: Any | None
    related: list[PairLine]
    alternatives: list[ToolLine]


@dataclass(frozen=True, slots=True)
class PairPage:
    pair: Pair
    nearby: Nearby
    weighing: Weighing

    @property
    def is_worth_indexing(self) -> bool:
        sides = [Side(card.tool.category_id, card.panel.review_count) for card in (self.pair.first, self.pair.second)]
        return is_worth_indexing(sides, has_comparison=self.nearby.editorial is not None)

    @property
    def updated_at(self) -> datetime:
        advice = self.nearby.editorial
        return max(self.pair.updated_at, advice.updated_at) if advice else self.pair.updated_at


@dataclass(frozen=True, slots=True)
class FleetPage:
    fleet: Fleet
    nearby: Nearby
    weighing: Weighing


@dataclass(frozen=True, slots=True)
class ToolPage:
    """`tide` is None while there is too little to draw."""

    card: Scorecard
    seats: list[Seat]
    nearby: Nearby
    tide: Tide | None
    weighing: Weighing


@dataclass(frozen=True, slots=True)
class HomePage:
    latest: list[ListLine]
    ranked: list[ListLine]
    divided: ListLine | None
    is_divided_this_week: bool
    pairs: list[PairLine]
    panel: list[tuple[Reviewer, Record]]
    tool_count: int

    @property
    def ranks(self) -> list[int | None]:
        """Of the ranked tools: the same for the same panel share, none without a review."""
        ranks: list[int | None] = []
        for place, line in enumerate(self.ranked, start=1):
            panel = line.tool.panel
            if not panel.review_count:
                ranks.append(None)
            elif ranks and panel.compare(self.ranked[place - 2].tool.panel) == 0:
                ranks.append(ranks[-1])
            else:
                ranks.append(place)
        return ranks


def load_pair_page(first: ToolRecord, second: ToolRecord, query: Mapping[str, str]) -> PairPage:
    """Five queries beside the one that found the tools. `query` may hold a reader's weights, here as below."""
    seats, (one, two), weighing = _weighed_scorecards([first, second], query)
    return PairPage(Pair(one, two, seats), _load_nearby([first, second]), weighing)


def load_fleet_page(tools: Sequence[ToolRecord], query: Mapping[str, str]) -> FleetPage:
    """Three or four tools in the order of their address; five queries beside the one that found them."""
    seats, cards, weighing = _weighed_scorecards(tools, query)
    return FleetPage(Fleet(cards, seats), _load_nearby(tools), weighing)


def load_tool_page(tool: ToolRecord, query: Mapping[str, str]) -> ToolPage:
    """Six queries beside the one that found the tool. The chart ends with today's votes."""
    seats, (card,), weighing = _weighed_scorecards([tool], query)
    days = [*standings(tool.pk), (timezone.now().date(), tool.community.ship, tool.community.skip)]
    verdicts = [(remark.reviewed_at.date(), remark.verdict) for remark in card.remarks.values()]
    return ToolPage(card, seats, _load_nearby([tool]), draw_tide(days, verdicts), weighing)


def load_tool_card(slug: str) -> list[Scorecard]:
    """What a tool's share image says, or nothing for an unknown tool; four queries, or one."""
    tools = list(find_tools([slug]).values())
    return load_scorecards(tools)[1] if tools else []


def load_pair_cards(address: str) -> list[Scorecard]:
    """What a pair's share image says, or nothing unless this is the pair's one address; four queries, or one."""
    tools = find_tools({slug for reading in possible_readings(address) for slug in reading})
    best = next(iter(readings(address, tools)), ())
    is_the_pair = len(best) == 2 and best[0] < best[1]
    return load_scorecards([tools[slug] for slug in best])[1] if is_the_pair else []


def load_home() -> HomePage:
    """Twelve queries."""
    catch_up(records=True)
    latest, ranked, divided = ([tool_line(row) for row in read()] for read in (_latest, _ranked, _divided))
    lines = {
        line.tool.pk: line for line in load_lines({tool.pk: tool for tool in (*latest, *ranked, *divided)}.values())
    }
    split = lines[divided[0].pk] if divided else None
    week_ago = timezone.now() - timedelta(days=7)
    return HomePage(
        latest=[lines[tool.pk] for tool in latest],
        ranked=[lines[tool.pk] for tool in ranked],
        divided=split,
        is_divided_this_week=bool(split and split.tool.reviewed_at and split.tool.reviewed_at >= week_ago),
        pairs=load_pair_lines(5),
        panel=load_panel(),
        tool_count=Shelf.objects.tool_count(),
    )


def load_pair_lines(count: int) -> list[PairLine]:
    """Editors' comparisons, featured and newest first; two queries."""
    pairs = list(Comparison.objects.published().between_published_tools().prominent_first().rows()[:count])
    return _pair_lines(pairs, _known(_named(pairs)))


def _weighed_scorecards(
    tools: Sequence[ToolRecord], query: Mapping[str, str]
) -> tuple[list[Seat], list[Scorecard], Weighing]:
    """Three queries."""
    seats, cards = load_scorecards(tools)
    weighing = read_weights(query, seats)
    for card in cards:
        card.weights = weighing.by_seat
    return seats, cards, weighing


def _load_nearby(tools: Sequence[ToolRecord]) -> Nearby:
    """Two queries: comparisons with any of the tools, then a line for everything that is named."""
    keys, classes = {tool.pk for tool in tools}, {tool.category_id for tool in tools}
    pairs = _pairs(tools=keys)
    known = _known(_named(pairs), classes, keys)
    own = [row for row in pairs if {row.first_tool_id, row.second_tool_id} == keys]
    related = [row for row in pairs if row not in own][:RELATED]
    others = [line for line in known.values() if line.pk not in keys and line.category_id in classes]
    return Nearby(own[0] if own else None, _pair_lines(related, known), others[:ALTERNATIVES])


def _named(pairs: Iterable[Any]) -> set[int]:
    return {key for row in pairs for key in (row.first_tool_id, row.second_tool_id)}


def _known(named: Iterable[int], classes: Iterable[int] = (), besides: Iterable[int] = ()) -> dict[int, ToolLine]:
    """Lines of the named tools and of those nearest to `besides` in some categories, the nearest first; one query."""
    lines = map(tool_line, _lines(named=named, classes=classes, besides=besides))
    return {line.pk: line for line in lines}


def _pair_lines(pairs: Iterable[Any], known: dict[int, ToolLine]) -> list[PairLine]:
    """Pairs whose two tools are known: one may have been withdrawn since the pairs were read."""
    return [
        PairLine(known[row.first_tool_id], known[row.second_tool_id])
        for row in pairs
        if {row.first_tool_id, row.second_tool_id} <= known.keys()
    ]


def _nearest_or_named(named: Any, classes: Any, besides: Any) -> Any:
    near = ArraySubquery(nearest(classes, besides).values("pk")[:ALTERNATIVES])
    return tool_lines(nearness(tools_with_panel().filter(Q(pk__any_of=named) | Q(pk__any_of=near)), besides))


_lines = CompiledRead(_nearest_or_named)
_pairs = CompiledRead(
    lambda tools: Comparison.objects.published().between_published_tools().with_any_of(tools).rows()[: RELATED + 1]
)
_latest = CompiledRead(lambda: ToolStanding.objects.reviewed().in_order("newest").lines()[:6])
_ranked = CompiledRead(lambda: ToolStanding.objects.listed().in_order("panel").lines()[:7])
_divided = CompiledRead(lambda: ToolStanding.objects.most_divided().lines()[:1])
