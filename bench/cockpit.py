"""What the first page of the desk costs as tools grow tenfold: 1,000 and 10,000, with four reviews and ten votes each.

The page is asked for inside this process by somebody who may see everything, which is the most there is to count.
Printed are the best, p50 and p95 in milliseconds (a busy machine only ever adds to them), queries, and milliseconds in
the database, beside the target; then the same of the lists that its links lead to.
"""

from __future__ import annotations

import os
from typing import Any

import django
import psycopg

from bench.asking import Cost, measure
from bench.lists import _STAND, grow

SIZES = (1_000, 10_000)
TARGET = 300
LISTS = (
    *("/admin/tools/tool/?evidence=overdue", "/admin/tools/tool/?evidence=soon", "/admin/tools/tool/?missing=any"),
    *("/admin/tools/tool/?panel=split", "/admin/tools/link/?state=dead", "/admin/votes/case/votes/?state=pending"),
    *("/admin/reviews/review/?status__exact=in_review", "/admin/reviews/review/?yours=drafts"),
)
ADDRESSES = ("/admin/", *LISTS)
# Of what lies about on a desk there is more with more tools, though never as much as of what is out.
_MORE = """
UPDATE tools_plan SET checked_on = current_date - 200 WHERE id %% 50 = 0;
UPDATE tools_plan SET checked_on = current_date - 170 WHERE id %% 50 = 1;
UPDATE tools_fact SET checked_on = current_date - 200 WHERE id %% 60 = 0;
UPDATE tools_plan SET source = 'https://tool-' || tool_id || '.example.com/prices';
UPDATE reviews_review SET status = 'in_review', published_at = NULL WHERE id %% 100 = 0;
UPDATE reviews_review SET status = 'draft', published_at = NULL, author_id = %(person)s WHERE id %% 100 = 1;
UPDATE reviews_review SET status = 'scheduled', published_at = now() + id %% 20 * interval '1 day' + interval '1 hour'
WHERE id %% 500 = 2;
INSERT INTO votes_voter (secret_hash) SELECT sha256(n::text::bytea) FROM generate_series(1, 1000) n
ON CONFLICT DO NOTHING;
INSERT INTO votes_vote (tool_id, voter_id, choice, crowd, state, revision, reason, cast_at, changed_at)
SELECT t.id, v.id, CASE WHEN (t.id + v.id) %% 3 = 0 THEN -1 ELSE 1 END, 'passing',
       CASE WHEN (t.id + v.id) %% 97 = 0 THEN 'pending' ELSE 'counted' END, 1, 'cast', m.at, m.at
FROM tools_tool t
CROSS JOIN LATERAL (SELECT id FROM votes_voter ORDER BY id OFFSET t.id %% 900 LIMIT 10) v
CROSS JOIN LATERAL (SELECT now() - (t.id * 31 + v.id * 17) %% 90 * interval '1 day' AS at) m
ON CONFLICT DO NOTHING;
"""
_DEAD = """
UPDATE tools_link SET failed_days = 3, failing_since = now(), problem = 'It answered 404.', checked_at = now()
WHERE id % 50 = 0;
"""


def run(environment: dict[str, str]) -> None:
    os.environ.update({**environment, "DJANGO_SETTINGS_MODULE": "config.settings"})
    django.setup()
    client, person = _somebody()
    found = []
    for before, size in zip((0, *SIZES), SIZES, strict=False):
        grow(environment["DATABASE_URL"], before, size)
        _stock(environment["DATABASE_URL"], person)
        found.append({address: measure(client, address) for address in ADDRESSES})
    _print(*found)
    from django.db import connections

    connections.close_all()
    connections["default"].close_pool()  # type: ignore[attr-defined]


def _somebody() -> tuple[Any, int]:
    from django.test import Client

    from accounts.models import User

    user = User.objects.create_superuser("editor@example.org", "harbour-light", name="Editor")
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(user)
    return client, user.pk


def _stock(database: str, person: int) -> None:
    from tools.links.rounds import collect

    with psycopg.connect(database, autocommit=True) as connection:
        cursor = psycopg.ClientCursor(connection)
        # Row by row triggers would count and receipt each of these; standings are counted once, after them.
        connection.execute("SET session_replication_role = replica")
        cursor.execute(_MORE, {"person": person})
        collect()
        cursor.execute(_DEAD)
        connection.execute("RESET session_replication_role")
        connection.execute(_STAND.encode())
        connection.execute("SELECT comparisons_catch_up(true)")
        connection.execute("VACUUM ANALYZE")
        counts = [
            connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone() or (0,)  # noqa: S608 (our own names)
            for table in ("tools_tool", "reviews_review", "votes_vote", "tools_link")
        ]
    print("{:,} tools, {:,} reviews, {:,} votes, {:,} links".format(*(number for (number,) in counts)))


def _print(small: dict[str, Cost], large: dict[str, Cost]) -> None:
    print(f"{'':<52} {'1,000 tools':>37} {'10,000 tools':>37}")
    head = f"{'best':>6} {'p50':>7} {'p95':>7} {'queries':>8} {'db':>5}"
    print(f"{'address':<52} {head} {head} {'ratio':>6}")
    for address in ADDRESSES:
        sides = [
            f"{c.best:>6.1f} {c.p50:>7.1f} {c.p95:>7.1f} {c.queries:>8} {c.database:>5.0f}"
            for c in (small[address], large[address])
        ]
        print(f"{address:<52} {sides[0]} {sides[1]} {large[address].best / small[address].best:>6.2f}")
    print(f"target: the first page under {TARGET} ms at {SIZES[-1]:,} tools, with the same number of queries")
