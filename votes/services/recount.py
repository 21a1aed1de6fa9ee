"""Tallies: read, compared with the votes they count, and written anew from them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection, transaction

from editorial.reads import CompiledRead
from votes.intervals import Community
from votes.models import Tally

# One statement, so that rows and tallies are seen at the same moment while others vote.
_MISMATCHES = """
SELECT tool_id, crowd, coalesce(r.ship, 0), coalesce(r.skip, 0), coalesce(t.ship, 0), coalesce(t.skip, 0)
FROM (SELECT tool_id, crowd, count(*) FILTER (WHERE choice = 1) AS ship, count(*) FILTER (WHERE choice = -1) AS skip
      FROM votes_vote WHERE state = 'counted' GROUP BY tool_id, crowd) r
FULL JOIN (SELECT tool_id, crowd, sum(ship) AS ship, sum(skip) AS skip
           FROM votes_tally GROUP BY tool_id, crowd) t USING (tool_id, crowd)
WHERE (coalesce(r.ship, 0), coalesce(r.skip, 0)) <> (coalesce(t.ship, 0), coalesce(t.skip, 0))
ORDER BY tool_id, crowd
"""
_REBUILD = """
INSERT INTO votes_tally (tool_id, crowd, slot, ship, skip)
SELECT tool_id, crowd, voter_id %% %(slots)s,
       count(*) FILTER (WHERE choice = 1), count(*) FILTER (WHERE choice = -1)
FROM votes_vote WHERE state = 'counted' GROUP BY 1, 2, 3
"""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A tally that does not agree with the votes it counts; each side is (ship, skip)."""

    tool_id: int
    crowd: str
    rows: tuple[int, int]
    tally: tuple[int, int]

    def __str__(self) -> str:
        return f"tool {self.tool_id}, {self.crowd}: the votes say {self.rows}, the tally says {self.tally}"


def find_mismatches() -> list[Mismatch]:
    """Every tally that differs from a recount of its votes; normally none."""
    with connection.cursor() as cursor:
        cursor.execute(_MISMATCHES)
        return [
            Mismatch(tool, crowd, (int(ship), int(skip)), (int(tally_ship), int(tally_skip)))
            for tool, crowd, ship, skip, tally_ship, tally_skip in cursor.fetchall()
        ]


@transaction.atomic
def rebuild_tallies() -> None:
    """Write all tallies anew from the votes; nobody votes meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE votes_vote IN SHARE ROW EXCLUSIVE MODE")
        Tally.objects.all().delete()
        cursor.execute(_REBUILD, {"slots": Tally.SLOTS})


def communities(tools: Iterable[int]) -> dict[int, dict[str, Community]]:
    """The counted votes of these tools by crowd; one query."""
    found: dict[int, dict[str, Community]] = {}
    for row in _tallies(tools=tools):
        found.setdefault(row.tool_id, {})[row.crowd] = Community(row.ship_count, row.skip_count)
    return found


_tallies = CompiledRead(Tally.objects.rows_of)
