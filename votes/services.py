"""Every write to votes. Tallies and events follow by trigger, in the same transaction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import Q

from accounts.models import User
from tools.models import Tool
from votes.intervals import Community
from votes.models import Crowd, Tally, Vote, Voter

# One statement: fifty clicks at once make one row. A moderator's void is not undone by voting again.
_CAST = """
INSERT INTO votes_vote (tool_id, voter_id, choice, crowd, state, revision, reason)
VALUES (%(tool)s, %(voter)s, %(choice)s, %(crowd)s, %(state)s, 1, 'cast')
ON CONFLICT (tool_id, voter_id) DO UPDATE
SET choice = EXCLUDED.choice,
    state = CASE WHEN votes_vote.state = 'withdrawn' THEN EXCLUDED.state ELSE votes_vote.state END,
    crowd = CASE WHEN votes_vote.state = 'withdrawn' THEN EXCLUDED.crowd ELSE votes_vote.crowd END,
    reason = 'cast'
WHERE votes_vote.choice <> EXCLUDED.choice OR votes_vote.state = 'withdrawn'
"""

# A browser's votes become the account's where the account has none.
_ADOPT = """
INSERT INTO votes_vote (tool_id, voter_id, choice, crowd, state, revision, reason)
SELECT tool_id, %(account)s, choice, %(crowd)s, state, 1, 'adopted'
FROM votes_vote WHERE voter_id = %(passing)s AND state IN ('counted', 'pending') ORDER BY tool_id
ON CONFLICT (tool_id, voter_id) DO NOTHING
"""

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


def cast_vote(*, voter: Voter, tool: Tool, choice: Vote.Choice, crowd: Crowd, state: Vote.State) -> bool:
    """Set a reader's choice on a tool; True when that changed anything, False when it was this already."""
    values: dict[str, int | str] = {
        "tool": tool.pk,
        "voter": voter.pk,
        "choice": int(choice),
        "crowd": str(crowd),
        "state": str(state),
    }
    with connection.cursor() as cursor:
        cursor.execute(_CAST, values)
        return bool(cursor.rowcount)


def withdraw_vote(*, voter: Voter, tool: Tool) -> bool:
    """Take a reader's vote back; what moderators have set aside stays set aside. True when there was one to take."""
    mine = Vote.objects.filter(voter=voter, tool=tool, state__in=(Vote.State.COUNTED, Vote.State.PENDING))
    return mine.update(state=Vote.State.WITHDRAWN, reason="withdrawn") == 1


def set_aside(*, votes: Q, state: Vote.State, actor: User | None, reason: str) -> int:
    """Hold, void or quarantine votes, with a reason and who did it; a reader's withdrawal stays one."""
    return (
        Vote.objects.filter(votes).exclude(state=Vote.State.WITHDRAWN).update(state=state, actor=actor, reason=reason)
    )


def release(*, votes: Q, actor: User | None, reason: str) -> int:
    """Count again what was set aside."""
    return set_aside(votes=votes & ~Q(state=Vote.State.COUNTED), state=Vote.State.COUNTED, actor=actor, reason=reason)


@transaction.atomic
def adopt_votes(*, passing: Voter, account: Voter, crowd: Crowd) -> int:
    """On signing in, a browser's votes become the account's; where the account has voted already, its own vote stays.

    The browser's votes are void afterwards, so that nobody is counted twice. Returns how many were adopted.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ADOPT, {"passing": passing.pk, "account": account.pk, "crowd": str(crowd)})
        adopted = int(cursor.rowcount)
    Vote.objects.filter(voter=passing).exclude(state=Vote.State.VOID).update(state=Vote.State.VOID, reason="adopted")
    return adopted


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
    for row in Tally.objects.rows_of(list(tools)):
        found.setdefault(row.tool_id, {})[row.crowd] = Community(row.ship_count, row.skip_count)
    return found
