"""The leaderboard as records: the order of the last count, and the counts it was made from."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q

from comparisons import models
from comparisons.models import ToolStanding
from comparisons.opendata.plain import moment_text
from comparisons.opendata.records import Record, community_record
from comparisons.standings import Board
from votes.intervals import Community

_COLUMNS = ("tool_id", "tool__slug", "name", "community_ship", "community_skip")


def stored_board() -> tuple[Board, bool]:
    """What is known of the lists as it stands, and whether something has moved since; nothing is counted. One query."""
    row = models.Board.objects.first()
    if row is None:
        return Board(), True
    parts = ("counted_at", "leaders", "ranked_count", "voted_count", "overruled_count", "divided_count")
    return Board(*(getattr(row, part) for part in parts)), row.ranks_are_stale or row.records_are_stale


def leader_records(after: int, most: int) -> list[Record] | None:
    """The next tools of the leaderboard behind the tool `after` (0 for the first); None if that is on it no more.

    Four queries at most. A page is found by what its order is made of and never by counting to it, so that a tool that
    moves meanwhile leaves no gap; the place of its first line is counted in the index.
    """
    line, place = ToolStanding.objects.with_votes(), 1
    if after:
        last = line.filter(pk=after).values_list("community_low", "vote_count", "name", "pk").first()
        if last is None:
            return None
        behind = _behind(*last)
        places = line.order_by().aggregate(all=Count("pk"), behind=Count("pk", filter=behind))
        line, place = line.filter(behind), places["all"] - places["behind"] + 1
    board, _ = stored_board()
    return [_record(board, *row) for row in enumerate(line.values_list(*_COLUMNS)[:most], start=place)]


def _behind(low: float | None, votes: int, name: str, key: int) -> Q:
    """What the order of `ToolStanding.with_votes` puts after a line."""
    later = Q(vote_count__lt=votes) | Q(vote_count=votes, name__gt=name) | Q(vote_count=votes, name=name, pk__gt=key)
    if low is None:
        return Q(community_low__isnull=True) & later
    return Q(community_low__lt=low) | Q(community_low__isnull=True) | (Q(community_low=low) & later)


def _record(board: Board, place: int, row: tuple[Any, ...]) -> Record:
    key, slug, name, ship, skip = row
    rank, is_shared = board.rank_at(place) or (None, False)
    return {
        "id": key,
        "tool": {"id": key, "slug": slug, "name": name},
        "place": place,
        "rank": rank,
        "is_shared": is_shared,
        "community": community_record(Community(ship, skip)),
        "counted_at": moment_text(board.counted_at),
    }
