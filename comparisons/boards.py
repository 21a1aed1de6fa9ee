"""Ranked lists: the leaderboard, the tools that divide the panel, and those on which the community overruled it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator

from comparisons.models import ToolStanding
from comparisons.querysets import Places
from comparisons.scorecards import ListLine, ToolLine, load_lines, tool_line
from comparisons.standings import Board, catch_up
from reviews.verdicts import Panel
from tools.shares import whole_percent
from votes.intervals import Community
from votes.models import Crowd
from votes.services import communities

PER_PAGE = 24


@dataclass(frozen=True, slots=True)
class BoardLine:
    """A tool's place on the leaderboard; `rank` is None while it has too few votes for one."""

    tool: ToolLine
    community: Community
    rank: int | None
    is_shared: bool


def points_apart(panel: Panel, community: Community) -> int | None:
    """The difference of panel ship and community ship in whole points, halves up; None until both are shown.

    >>> points_apart(Panel(3, 4), Community(4, 6)), points_apart(Panel(3, 4), Community(4, 5))
    (35, None)
    """
    if not (panel.review_count and community.is_shown):
        return None
    whole = panel.review_count * community.total
    return whole_percent(abs(panel.ship_count * community.total - community.ship * panel.review_count), whole)


def load_leaderboard(page_number: str | None) -> tuple[Page[Any], list[BoardLine]]:
    """A page of the tools that readers have voted on, by lower bound, those too early to rank last; three queries.

    The order and the ranks are those of the last count; the votes shown are those of this moment.
    """
    board = catch_up()
    page = _page(ToolStanding.objects.with_votes(), board.voted_count, page_number)
    tools = [tool_line(row) for row in page.object_list]
    crowds = communities([tool.pk for tool in tools])
    return page, [
        BoardLine(
            tool,
            crowds.get(tool.pk, {}).get(Crowd.ACCOUNT, Community()),
            *(board.rank_at(place) or (None, False)),
        )
        for place, tool in enumerate(tools, start=page.start_index())
    ]


def load_divisive(page_number: str | None) -> tuple[Page[Any], list[ListLine]]:
    """A page of the tools on which the panel disagrees, the most evenly split first; five queries."""
    board = catch_up()
    return _lines(_page(ToolStanding.objects.most_divided(), board.divided_count, page_number))


def load_overruled(page_number: str | None) -> tuple[Page[Any], list[ListLine]]:
    """A page of the tools on which the community says the opposite of the panel, furthest apart first; five queries.

    A split panel and a tied community say nothing that could be overruled.
    """
    board: Board = catch_up()
    return _lines(_page(ToolStanding.objects.overruled(), board.overruled_count, page_number))


def _page(standings: Any, count: int, number: str | None) -> Page[Any]:
    paginator = Paginator(Places(standings), PER_PAGE)
    paginator.count = count
    return paginator.get_page(number)


def _lines(page: Page[Any]) -> tuple[Page[Any], list[ListLine]]:
    return page, load_lines(tool_line(row) for row in page.object_list)
