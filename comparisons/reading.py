"""What each reader page shows, loaded in one named call with a fixed number of queries.

The numbers stand in the docstrings and are held by tests/comparisons/test_queries.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Q
from django.utils import timezone

from comparisons.addresses import pair_url
from comparisons.models import Comparison
from comparisons.pairs import Pair
from comparisons.scorecards import ListLine, Scorecard, Seat, load_lines, load_scorecards, panel_of
from reviews.models import Review, Reviewer
from reviews.querysets import most_divided, newest_verdicts, ranked_by_panel, tools_with_panel
from reviews.verdicts import Panel
from tools.models import Tool

RELATED = 4
ALTERNATIVES = 5
PER_PAGE = 24


@dataclass(frozen=True, slots=True)
class PairLine:
    """A comparison in a list: two names with their panels."""

    url: str
    first: Tool
    first_panel: Panel
    second: Tool
    second_panel: Panel


@dataclass(frozen=True, slots=True)
class Nearby:
    """Where to go next from a tool or a pair."""

    editorial: Comparison | None
    related: list[PairLine]
    alternatives: list[tuple[Tool, Panel]]


@dataclass(frozen=True, slots=True)
class PairPage:
    pair: Pair
    nearby: Nearby


@dataclass(frozen=True, slots=True)
class ToolPage:
    card: Scorecard
    seats: list[Seat]
    nearby: Nearby


@dataclass(frozen=True, slots=True)
class HomePage:
    latest: list[ListLine]
    ranked: list[ListLine]
    divided: ListLine | None
    is_divided_this_week: bool
    pairs: list[PairLine]
    panel: list[tuple[Reviewer, Panel]]
    tool_count: int


@dataclass(frozen=True, slots=True)
class ReviewerPage:
    reviewer: Reviewer
    record: Panel
    panel: list[tuple[Reviewer, Panel]]
    reviews: Page[Review]


def load_pair_page(first: Tool, second: Tool) -> PairPage:
    """Five queries beside the one that found the tools."""
    seats, (one, two) = load_scorecards([first, second])
    return PairPage(Pair(one, two, seats), _load_nearby([first, second]))


def load_tool_page(tool: Tool) -> ToolPage:
    """Five queries beside the one that found the tool."""
    seats, (card,) = load_scorecards([tool])
    return ToolPage(card, seats, _load_nearby([tool]))


def load_home() -> HomePage:
    """Nine queries."""
    tools = tools_with_panel()
    latest, ranked = list(newest_verdicts(tools)[:6]), list(ranked_by_panel(tools)[:7])
    divided = most_divided(tools).first()
    lines = {line.tool.pk: line for line in load_lines({*latest, *ranked, *([divided] if divided else [])})}
    week_ago = timezone.now() - timedelta(days=7)
    return HomePage(
        latest=[lines[tool.pk] for tool in latest],
        ranked=[lines[tool.pk] for tool in ranked],
        divided=lines[divided.pk] if divided else None,
        is_divided_this_week=bool(divided and divided.reviewed_at >= week_ago),
        pairs=load_pair_lines(5),
        panel=load_panel(),
        tool_count=Tool.objects.published().count(),
    )


def load_tools(page_number: str | None) -> tuple[Page[Tool], list[ListLine]]:
    """A page of tools, best panel share first; four queries. An absurd page number gives the nearest page."""
    page = Paginator(ranked_by_panel(tools_with_panel()), PER_PAGE).get_page(page_number)
    return page, load_lines(page.object_list)


def load_panel() -> list[tuple[Reviewer, Panel]]:
    """The active reviewers with their record: published SHIP reviews of published reviews; one query."""
    reviewers = Reviewer.objects.with_record().filter(is_active=True)
    return [(reviewer, _record_of(reviewer)) for reviewer in reviewers]


def load_reviewer_page(reviewer: Reviewer, page_number: str | None) -> ReviewerPage:
    """Three queries beside the one that found the reviewer with the record."""
    reviews = Paginator(Review.objects.published().latest_by(reviewer), PER_PAGE).get_page(page_number)
    return ReviewerPage(reviewer, _record_of(reviewer), load_panel(), reviews)


def load_pair_lines(count: int) -> list[PairLine]:
    """Editors' comparisons, featured and newest first; two queries."""
    comparisons = list(Comparison.objects.published().between_published_tools().prominent_first()[:count])
    keys = {key for item in comparisons for key in (item.first_tool_id, item.second_tool_id)}
    panels = {tool.pk: panel_of(tool) for tool in tools_with_panel().filter(pk__in=keys)}
    return _pair_lines(comparisons, panels)


def _load_nearby(tools: list[Tool]) -> Nearby:
    """Two queries: comparisons with any of the tools, then the panels of everything that is named."""
    keys, classes = [tool.pk for tool in tools], {tool.category_id for tool in tools}
    comparisons = list(Comparison.objects.published().between_published_tools().with_any_of(keys)[: RELATED + 1])
    named = {key for item in comparisons for key in (item.first_tool_id, item.second_tool_id)}
    newest = Tool.objects.published().newest_in(classes, without=keys)
    known = list(tools_with_panel().filter(Q(pk__in=named) | Q(pk__in=newest.values("pk")[:ALTERNATIVES])))
    panels = {tool.pk: panel_of(tool) for tool in known}
    own = [item for item in comparisons if len(tools) == 2 and {item.first_tool_id, item.second_tool_id} == set(keys)]
    related = [item for item in comparisons if item not in own][:RELATED]
    alternatives = [(tool, panels[tool.pk]) for tool in known if tool.pk not in keys and tool.category_id in classes]
    return Nearby(own[0] if own else None, _pair_lines(related, panels), alternatives[:ALTERNATIVES])


def _pair_lines(comparisons: Iterable[Comparison], panels: dict[int, Panel]) -> list[PairLine]:
    return [
        PairLine(
            pair_url(item.first_tool.slug, item.second_tool.slug),
            item.first_tool,
            panels[item.first_tool_id],
            item.second_tool,
            panels[item.second_tool_id],
        )
        for item in comparisons
    ]


def _record_of(reviewer: Any) -> Panel:
    return Panel(reviewer.ship_count, reviewer.review_count)
