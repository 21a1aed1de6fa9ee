"""Standings: brought up to now before a list is read, counted anew, and compared with what they count.

See docs/decisions/0014. The statements live in the database (migrations/0003), next to the triggers that use them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction


@dataclass(frozen=True, slots=True)
class Board:
    """What is known of the lists as a whole; `leaders` are the places that lead a group of shared ranks."""

    counted_at: datetime | None = None
    leaders: Sequence[int] = field(default_factory=list)
    ranked_count: int = 0
    voted_count: int = 0
    overruled_count: int = 0
    divided_count: int = 0

    def rank_at(self, place: int) -> tuple[int, bool] | None:
        """(rank, is it shared) at a place of the leaderboard, 1 for the first; None beyond those that are ranked."""
        if not 0 < place <= self.ranked_count:
            return None
        first, after = 1, self.ranked_count + 1
        for leader in self.leaders:
            if leader > place:
                after = leader
                break
            first = leader
        return first, after - first > 1


def catch_up(*, records: bool = False) -> Board:
    """Bring standings up to this moment, and reviewers' records when they will be read; one query, normally idle.

    Scheduled pieces whose time has come are counted, and ranks worked out anew where something moved them. The
    worker counts votes every minute; where none runs, the first reader after two minutes has it done.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT counted_at, leaders, ranked_count, voted_count, overruled_count, divided_count"
            " FROM comparisons_catch_up(%s)",
            [records],
        )
        row = cursor.fetchone()
    return Board(*row) if row else Board()


def count_votes() -> None:
    """Take the tallies of accounts into the standings, for the order of lists; whole tables, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT comparisons_count_votes()")
    catch_up()


_MISMATCHES = """
SELECT 'tool ' || tool_id || ': ' || t::text || ' is counted, ' || s::text || ' is stored'
FROM (SELECT t.tool_id, t.name, t.is_listed, t.stale_at, t.ship_count, t.review_count, t.reviewed_at, t.category_id,
             t.word, t.licence, t.is_free, t.has_free_plan, t.is_paid, t.has_usage, t.is_self_hostable
      FROM comparisons_truth t) t
FULL JOIN
     (SELECT s.tool_id, s.name, s.is_listed, s.stale_at, s.ship_count, s.review_count, s.reviewed_at, h.category_id,
             h.word, h.licence, h.is_free, h.has_free_plan, h.is_paid, h.has_usage, h.is_self_hostable
      FROM comparisons_toolstanding s LEFT JOIN comparisons_shelf h ON h.id = s.shelf_id) s USING (tool_id)
WHERE t IS DISTINCT FROM s
UNION ALL
SELECT 'shelf ' || h.id || ': ' || coalesce(n, 0) || ' tools are counted, ' || tool_count || ' stored'
FROM comparisons_shelf h
LEFT JOIN (SELECT shelf_id, count(*) AS n FROM comparisons_toolstanding WHERE is_listed GROUP BY 1) s
       ON s.shelf_id = h.id
WHERE coalesce(n, 0) <> tool_count
UNION ALL
SELECT 'reviewer ' || reviewer_id || ': ' || c::text || ' is counted, ' || m::text || ' is stored'
FROM (SELECT reviewer_id, coalesce(sum(reviews), 0) AS reviews, coalesce(sum(ships), 0) AS ships
      FROM comparisons_reviewermonth WHERE since <= statement_timestamp() GROUP BY 1) m
FULL JOIN
     (SELECT r.reviewer_id, count(*) AS reviews, count(*) FILTER (WHERE r.verdict = 'ship') AS ships
      FROM reviews_review r JOIN tools_tool t ON t.id = r.tool_id
      WHERE r.status IN ('published', 'scheduled') AND r.published_at <= statement_timestamp()
            AND t.status IN ('published', 'scheduled') AND t.published_at <= statement_timestamp()
      GROUP BY 1) c USING (reviewer_id)
WHERE (coalesce(m.reviews, 0), coalesce(m.ships, 0)) <> (coalesce(c.reviews, 0), coalesce(c.ships, 0))
"""


def find_mismatches() -> list[str]:
    """Every standing, shelf and ship rate that differs from a recount, as a sentence each; normally none.

    Votes are no part of it: their numbers may be a minute old, and the next count takes them whole.
    """
    catch_up()
    with connection.cursor() as cursor:
        cursor.execute(_MISMATCHES)
        return [sentence for (sentence,) in cursor.fetchall()]


@transaction.atomic
def rebuild_standings() -> None:
    """Count everything anew; nobody publishes meanwhile."""
    steps = (
        "LOCK TABLE tools_tool, comparisons_toolstanding IN SHARE ROW EXCLUSIVE MODE",
        "INSERT INTO comparisons_toolstanding (tool_id, name, is_listed, ship_count, review_count, community_ship,"
        " community_skip) SELECT id, '', false, 0, 0, 0, 0 FROM tools_tool ON CONFLICT DO NOTHING",
        "SELECT comparisons_stand(array_agg(tool_id)) FROM comparisons_toolstanding",
        "UPDATE comparisons_shelf h SET tool_count = (SELECT count(*) FROM comparisons_toolstanding"
        " WHERE is_listed AND shelf_id = h.id)",
        "SELECT comparisons_count_votes()",
        "SELECT comparisons_recount_verdicts()",
        "UPDATE comparisons_board SET ranks_are_stale = true, records_are_stale = true",
    )
    with connection.cursor() as cursor:
        for step in steps:
            cursor.execute(step)
    catch_up(records=True)


def rows(sql: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    """The rows of a statement."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())
