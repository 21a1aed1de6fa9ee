"""What the page of a send costs in the database as readers grow a thousandfold: 1,000 and 1,000,000 of them.

Rows are made by the database: nine of ten accepted, the rest waiting, deferred, in flight, in doubt, held, skipped and
rejected. The page and what its script asks for are asked for inside this process by somebody who may see everything.
Printed are the best and p50 in milliseconds, queries, and the milliseconds of the database, beside the target.
"""

from __future__ import annotations

import os

import django
import psycopg

from bench.asking import measure

SIZES = (1_000, 1_000_000)
TARGET = 100
# Triggers are off, so that what they count is written here.
_FILL = """
SET session_replication_role = replica;
INSERT INTO newsletter_issue (number, iso_week, due_at, zone, local_time, status, subject, preheader, introduction,
    html, text, content_sha256, frozen_at, is_held, note, candidates, excluded, expected, left_out, updated_at)
VALUES (%(number)s, '2026-W' || (10 + %(number)s), now(), 'UTC', '09:00', 'sending', 'A week', '', '', 'x', 'x',
    sha256('x'), now() - interval '10 minutes', false, '', %(size)s, 0, %(size)s, '{}', now());
INSERT INTO newsletter_delivery (issue_id, subscriber_id, address, address_key, state, reason, slot, token, claimed_at,
    marked_at, doubts, doubt_until, accepted_at, final_at, not_before)
SELECT i.id, n, a, a, state, CASE state WHEN 'held' THEN 'doubt' WHEN 'skipped' THEN 'unsubscribed' ELSE '' END,
       CASE state WHEN 'claimed' THEN 1 END, CASE state WHEN 'claimed' THEN gen_random_uuid() END, now(), now(),
       CASE WHEN state IN ('in_doubt', 'held') THEN 1 ELSE 0 END,
       CASE state WHEN 'in_doubt' THEN now() + interval '10 minutes' END,
       CASE state WHEN 'accepted' THEN now() END,
       CASE WHEN state IN ('accepted', 'rejected', 'skipped') THEN now() END,
       CASE WHEN state = 'queued' AND n %% 10 < 5 THEN now() + interval '1 hour' ELSE now() END
FROM newsletter_issue i, generate_series(1, %(size)s) AS n
CROSS JOIN LATERAL (SELECT 'mate' || n || '@example.org' AS a) AS named
CROSS JOIN LATERAL (SELECT CASE
    WHEN n %% 10 <> 0 AND n > 20 THEN 'accepted' WHEN n <= 20 THEN 'claimed' WHEN n %% 100 = 0 THEN 'rejected'
    WHEN n %% 1000 = 10 THEN 'skipped' WHEN n %% 10000 = 20 THEN 'held' WHEN n %% 10000 = 30 THEN 'in_doubt'
    ELSE 'queued' END AS state) AS stands
WHERE i.number = %(number)s;
INSERT INTO newsletter_tally (issue_id, shard, state, reason, count, since, until)
SELECT d.issue_id, d.id %% 32, d.state, d.reason, count(*), now() - interval '9 minutes', now()
FROM newsletter_delivery d JOIN newsletter_issue i ON i.id = d.issue_id
WHERE i.number = %(number)s AND d.final_at IS NOT NULL GROUP BY 1, 2, 3, 4;
RESET session_replication_role;
"""


def run(environment: dict[str, str]) -> None:
    os.environ.update({**environment, "DJANGO_SETTINGS_MODULE": "config.settings"})
    django.setup()
    from django.test import Client

    from accounts.models import User

    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(User.objects.create_superuser("editor@example.org", "harbour-light", name="Editor"))
    print(f"{'address':<12}{'readers':>12}{'best':>9}{'p50':>9}{'queries':>9}{'database':>10}")
    for number, size in enumerate(SIZES, 1):
        page = _page(environment["DATABASE_URL"], number, size)
        for name, address in (("the page", page), ("its numbers", f"{page}numbers/")):
            cost = measure(client, address)
            print(f"{name:<12}{size:>12,}{cost.best:>9.1f}{cost.p50:>9.1f}{cost.queries:>9}{cost.database:>10.1f}")
    print(f"target: under {TARGET} ms in the database, with the same number of queries")
    from django.db import connections

    connections.close_all()
    connections["default"].close_pool()  # type: ignore[attr-defined]


def _page(database: str, number: int, size: int) -> str:
    from newsletter.models import Issue

    with psycopg.connect(database, autocommit=True) as connection:
        psycopg.ClientCursor(connection).execute(_FILL, {"number": number, "size": size})
        connection.execute("VACUUM ANALYZE newsletter_delivery")
    return f"/admin/newsletter/issue/{Issue.objects.get(number=number).pk}/sending/"
