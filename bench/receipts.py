"""What pages and a publication cost as receipts grow to a million.

The demo is loaded, and each address is asked three times over: with the few hundred receipts that this leaves; when
every piece of the demo has changed ten times more, so that its pages have a long story to tell; and when there are
1,000,000 receipts, the others of 2,000 other tools. Then a reviewer's remark is rewritten, at each of the sizes; its
receipt is written in the same transaction.
"""

from __future__ import annotations

import statistics
import time

import psycopg

from bench.lists import REQUESTS, measure
from bench.pages import COMMAND, COMPARISON
from testbed.database import manage
from testbed.server import web_server

SIZE = 1_000_000
OWN = 10
TOOL = "/tools/code-llama-4/"
ADDRESSES = (
    *(TOOL, COMPARISON, f"{TOOL}?as_of=2026-11-20", f"{COMPARISON}?as_of=2026-11-20"),
    *("/receipts/", "/receipts/?kind=price", "/receipts/?tool=code-llama-4", "/receipts/1/", "/feeds/receipts.atom"),
)
# Every receipt that the demo has left is told again and again, of itself or of a tool that has no page any more.
_OWN = """
INSERT INTO comparisons_receipt (kind, piece, act, tool_id, other_tool_id, category_id, reviewer_id, about, before,
                                 after, recorded_at, effective_at, reason)
SELECT kind, piece, 'changed', tool_id, other_tool_id, category_id, reviewer_id, about, '{}', after, moment, moment, ''
FROM comparisons_receipt r CROSS JOIN generate_series(1, %(own)s) AS n
CROSS JOIN LATERAL (SELECT r.recorded_at - n * interval '11 days' AS moment) AS past
WHERE r.tool_id IS NOT NULL AND r.after IS NOT NULL
"""
_OTHERS = """
INSERT INTO comparisons_receipt (kind, piece, act, tool_id, other_tool_id, category_id, reviewer_id, about, before,
                                 after, recorded_at, effective_at, reason)
SELECT r.kind, 1000000 + n, 'published', 1000000 + n / 500, NULL, r.category_id, r.reviewer_id, r.about, NULL, r.after,
       past.moment, past.moment, ''
FROM (SELECT *, row_number() OVER (ORDER BY id) AS place, count(*) OVER () AS size FROM comparisons_receipt
      WHERE tool_id < 1000000 AND after IS NOT NULL AND other_tool_id IS NULL AND kind <> 'tool'
        AND act = 'published') r
JOIN generate_series(1, %(more)s) AS n ON r.place = 1 + n %% r.size
CROSS JOIN LATERAL (SELECT now() - n * interval '90 seconds' AS moment) AS past
"""
_REMARK = "UPDATE reviews_review SET headline = %s WHERE id = (SELECT min(id) FROM reviews_review)"


def run(environment: dict[str, str]) -> None:
    manage(environment, "load_publication", "demo")
    database = environment["DATABASE_URL"]
    with web_server({**environment, "DJANGO_SETTINGS_MODULE": "bench.settings"}, COMMAND) as server:
        found = []
        for own, size in ((0, 0), (OWN, 0), (0, SIZE)):
            count = _grow(database, own, size)
            costs = {address: measure(server.port, server.pid, database, address) for address in ADDRESSES}
            found.append((count, costs, _publish(database)))
    _print(*found)


def _grow(database: str, own: int, size: int) -> int:
    """How many receipts there are, `size` of them at least, after `own` more of each piece of the demo."""
    with psycopg.connect(database, autocommit=True) as connection:
        cursor = psycopg.ClientCursor(connection)
        if own:
            cursor.execute(_OWN, {"own": own})
        if size:
            cursor.execute(_OTHERS, {"more": size - _count(connection)})
        connection.execute("VACUUM ANALYZE comparisons_receipt")
        return _count(connection)


def _count(connection: psycopg.Connection[tuple[int]]) -> int:
    (count,) = connection.execute("SELECT count(*) FROM comparisons_receipt").fetchone() or (0,)
    return count


def _publish(database: str) -> float:
    """Milliseconds that a change of one published review takes, with its receipt: the median."""
    times = []
    with psycopg.connect(database, autocommit=True) as connection:
        for number in range(REQUESTS):
            started = time.perf_counter()
            connection.execute(_REMARK, [f"It floats, {number} times out of {REQUESTS}."])
            times.append(1000 * (time.perf_counter() - started))
    return statistics.median(times)


Found = tuple[int, dict[str, tuple[float, float, float]], float]


def _print(*found: Found) -> None:
    print(f"{'':<53}" + "".join(f"{f'{count:,} receipts':>23}" for count, _, _ in found))
    print(f"{'address':<53}" + 3 * f"{'p50    p95   CPU µs':>23}" + f"{'story':>7}{'million':>9}")
    for address in ADDRESSES:
        small, long, million = (costs[address] for _, costs, _ in found)
        sides = "".join(f"{p50:>8.1f}{p95:>7.1f}{cost:>8.0f}" for p50, p95, cost in (small, long, million))
        print(f"{address:<53}{sides}{long[2] / small[2]:>7.2f}{million[2] / long[2]:>9.2f}")
    one, two, three = (milliseconds for _, _, milliseconds in found)
    written = "".join(f"{f'{milliseconds:.1f} ms':>23}" for milliseconds in (one, two, three))
    print(f"{'a published review changed, with its receipt':<53}{written}{two / one:>7.2f}{three / two:>9.2f}")
    print("target: with a million, tool and comparison pages within 1.3 times their time")
