"""The record of a UTC day, written shortly after its end: where each community stood, and an export to recompute."""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from tools.models import Tool
from votes import locks
from votes.exports import CountLine, display_lines, write_export
from votes.intervals import VOTES_NEEDED, Community
from votes.models import Crowd, Export, Standing, Vote

DAYS_SHOWN = 30
DAYS_KEPT = 90
_WORDS = {1: "ship", -1: "skip"}

# One statement, so that rows and tallies are seen at the same moment: the export proves the displayed numbers.
_DAY = """
SELECT tool_id, (cast_at AT TIME ZONE 'UTC')::date AS day, crowd, state, choice, count(*) AS votes
FROM votes_vote GROUP BY 1, 2, 3, 4, 5
UNION ALL
SELECT tool_id, NULL, crowd, '', side.choice, sum(CASE side.choice WHEN 1 THEN ship ELSE skip END)
FROM votes_tally, (VALUES (1), (-1)) AS side (choice) WHERE crowd = 'account' GROUP BY 1, 3, 5
ORDER BY 1, 2, 3, 4, 5
"""

# Only tools whose numbers moved since their last standing.
_STAND = """
INSERT INTO votes_standing (tool_id, day, ship, skip)
SELECT t.tool_id, %(day)s, t.ship, t.skip
FROM (SELECT tool_id, sum(ship) AS ship, sum(skip) AS skip FROM votes_tally WHERE crowd = 'account' GROUP BY tool_id) t
LEFT JOIN LATERAL (SELECT s.ship, s.skip FROM votes_standing s WHERE s.tool_id = t.tool_id
                   ORDER BY s.day DESC LIMIT 1) last ON true
WHERE (t.ship, t.skip) IS DISTINCT FROM (coalesce(last.ship, 0), coalesce(last.skip, 0))
ON CONFLICT (tool_id, day) DO NOTHING
"""


@transaction.atomic
def close_day(at: datetime | None = None) -> Export | None:
    """Write the record of the UTC day before `at`, once; None when it is written already or nobody had voted by then.

    Called every minute, it does its work shortly after midnight; `made_at` says when. Old exports are forgotten.
    """
    today = (at or timezone.now()).astimezone(UTC).date()
    day, midnight = today - timedelta(days=1), datetime.combine(today, time(), UTC)
    if not Vote.objects.filter(cast_at__lt=midnight).exists() or Export.objects.filter(day=day).exists():
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, 0)", [locks.DAY])
        cursor.execute(_STAND, {"day": day})
    made_at, (counts, communities) = timezone.now(), _read_votes()
    content = write_export(day, made_at, counts, display_lines(communities), VOTES_NEEDED)
    written = {"content": content, "sha256": hashlib.sha256(content).hexdigest(), "made_at": made_at}
    export, _ = Export.objects.get_or_create(day=day, defaults={**written, "daily": _daily(counts, day)})
    Export.objects.filter(day__lt=day - timedelta(days=DAYS_KEPT)).delete()
    return export


def standings(tool: int, most: int = 60) -> list[tuple[date, int, int]]:
    """(day, ship, skip) of the last `most` days on which a tool's account votes moved, oldest first; one query."""
    newest = Standing.objects.filter(tool=tool).order_by("-day").values_list("day", "ship", "skip")[:most]
    return list(reversed(newest))


def _read_votes() -> tuple[list[CountLine], dict[str, Community]]:
    """The grouped votes on public tools, and each community's numbers from its tallies."""
    slugs = dict(Tool.objects.published().values_list("pk", "slug"))
    counts: list[CountLine] = []
    sides: dict[str, dict[str, int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_DAY)
        for tool, day, crowd, state, choice, votes in cursor.fetchall():
            if tool not in slugs:
                continue
            if day is None:
                sides.setdefault(slugs[tool], {})[_WORDS[choice]] = int(votes)
            else:
                counts.append(CountLine(slugs[tool], day, crowd, state, _WORDS[choice], int(votes)))
    communities = {slug: Community(**votes) for slug, votes in sides.items()}
    counts.sort(key=lambda line: (line.tool, line.day, line.crowd, line.state, line.choice))
    return counts, {slug: community for slug, community in communities.items() if community.total}


def _daily(counts: list[CountLine], day: date) -> list[dict[str, Any]]:
    """Site-wide counts of the last days by crowd and state, newest first: what the integrity page draws."""
    first = day - timedelta(days=DAYS_SHOWN - 1)
    found: dict[date, Counter[str]] = {}
    for line in counts:
        if line.day >= first:
            crowd = line.crowd if line.state == Vote.State.COUNTED else line.state
            found.setdefault(line.day, Counter())[crowd] += line.votes
    names = [*Crowd.values, *(state.value for state in Vote.State if state != Vote.State.COUNTED)]
    return [
        {"day": one.isoformat(), **{name: found[one][name] for name in names}} for one in sorted(found, reverse=True)
    ]
