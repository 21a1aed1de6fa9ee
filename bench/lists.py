"""What lists cost as tools grow a hundredfold: browse by every order and filter, ranked lists, home.

Each address is asked in turn at 1,000 tools and again at 100,000, made in SQL with four reviews, a plan or two, facts
and votes. Printed are p50 and p95 as a lone client sees them, CPU a request (web and database), and its ratio.
"""

from __future__ import annotations

import http.client
import statistics
import time

import psycopg

from bench.cost import cpu_seconds
from bench.pages import COMMAND
from testbed.server import web_server

SIZES = (1_000, 100_000)
REQUESTS, WARM = 50, 8
ADDRESSES = (
    *("/tools/", "/tools/?page=100", "/tools/?sort=community", "/tools/?sort=newest", "/tools/?sort=name"),
    *("/tools/?verdict=skip", "/tools/?verdict=ship&pricing=free&sort=community", "/tools/?hosting=self&sort=name"),
    *("/tools/?category=class-3&verdict=split&licence=copyleft&pricing=usage&hosting=self", "/categories/class-3/"),
    *("/categories/class-3/?page=30", "/leaderboard/", "/leaderboard/?page=30", "/leaderboard/?page=100"),
    *("/leaderboard/divisive/", "/leaderboard/overruled/", "/reviewers/", "/reviewers/reviewer-2/", "/"),
)
_SETTLED = "SELECT comparisons_count_votes(); SELECT comparisons_catch_up(true); ANALYZE"
_BASE = """
INSERT INTO tools_category (slug, name, description)
SELECT 'class-' || n, 'Class ' || n, '' FROM generate_series(1, 12) n;
INSERT INTO tools_criterion (slug, name, kind, unit, help, position)
VALUES ('self-hosting', 'Self-hosting', 'yes_no', '', '', 0);
INSERT INTO reviews_reviewer
    (slug, name, lens, motto, excites, tires, emblem, written_by, disclosure, is_active, position)
SELECT 'reviewer-' || n, 'The Reviewer ' || n, 'Whether it floats', 'Show me.', '', '', 'kilo', 'person', 'A person.',
       true, n FROM generate_series(1, 4) n;
"""
# The numbers are spread by hashing, so that every run and machine has the same ones and none follows another.
_TOOLS = """
CREATE TEMP TABLE made AS SELECT n, ('x' || substr(md5('tool ' || n), 1, 7))::bit(28)::integer AS dice
FROM generate_series(%(start)s, %(stop)s) n;
INSERT INTO tools_tool (slug, name, maker, tagline, website, licence, description, category_id, status, published_at,
                        updated_at)
SELECT 'tool-' || n, 'Tool ' || n, 'Makers', 'Does one thing.', 'https://tool.example.com/',
       (ARRAY['Apache 2.0', 'Proprietary', 'GPL 3.0', 'MIT', 'Llama community', 'Proprietary', ''])[1 + dice %% 7],
       'A plain tool.', (SELECT min(id) FROM tools_category) + dice / 7 %% 12, 'published',
       now() - dice %% 900 * interval '1 day', now() FROM made;
ANALYZE made;
CREATE TEMP TABLE made_tools AS SELECT t.id, m.n, m.dice FROM made m JOIN tools_tool t ON t.slug = 'tool-' || m.n;
ANALYZE made_tools;
INSERT INTO reviews_review (reviewer_id, tool_id, verdict, headline, body, status, published_at, updated_at)
SELECT r.id, t.id, CASE WHEN (t.dice / 11 + r.position * 7919) %% 10 < 5 THEN 'ship' ELSE 'skip' END, 'It floats.', '',
       'published', now() - (t.dice / 3 + r.position) %% 800 * interval '1 day', now()
FROM made_tools t CROSS JOIN reviews_reviewer r WHERE t.dice %% 10 > 0;
INSERT INTO tools_plan (tool_id, name, amount, currency, period, unit, note, source, checked_on, position)
SELECT id, 'Plan', CASE WHEN dice %% 3 > 0 THEN 5 + dice %% 90 END, CASE WHEN dice %% 3 > 0 THEN 'USD' ELSE '' END,
       (ARRAY['free', 'month', 'usage'])[1 + dice %% 3], '', '', 'https://tool.example.com/', '2026-11-02', 0
FROM made_tools;
INSERT INTO tools_fact (tool_id, criterion_id, value, note, source, checked_on)
SELECT id, (SELECT min(id) FROM tools_criterion), CASE WHEN dice %% 5 < 2 THEN 'yes' ELSE 'no' END, '',
       'https://tool.example.com/', '2026-11-02' FROM made_tools;
INSERT INTO votes_tally (tool_id, crowd, slot, ship, skip)
SELECT id, 'account', slot, dice / (slot + 13) %% 9, dice / (slot + 29) %% 7
FROM made_tools CROSS JOIN generate_series(0, 3) slot WHERE dice %% 4 > 0;
DROP TABLE made, made_tools;
"""
# Standings are counted once at the end: statement by statement the triggers would do it four times over.
_TABLES = ("tools_tool", "tools_plan", "tools_fact", "reviews_review")
_STAND = """
INSERT INTO comparisons_toolstanding (tool_id, name, is_listed, ship_count, review_count, community_ship,
                                      community_skip)
SELECT id, '', false, 0, 0, 0, 0 FROM tools_tool ON CONFLICT DO NOTHING;
ANALYZE;
SELECT comparisons_stand(array_agg(tool_id)) FROM comparisons_toolstanding;
"""


def run(environment: dict[str, str]) -> None:
    database = environment["DATABASE_URL"]
    with web_server({**environment, "DJANGO_SETTINGS_MODULE": "bench.settings"}, COMMAND) as server:
        found = []
        for before, size in zip((0, *SIZES), SIZES, strict=False):
            grow(database, before, size)
            found.append({address: measure(server.port, server.pid, database, address) for address in ADDRESSES})
        _print(*found)


def grow(database: str, before: int, size: int) -> None:
    """Make the tools that are missing, and say what the standing work costs at this size."""
    with psycopg.connect(database, autocommit=True) as connection:
        if not before:
            connection.execute(_BASE)
        started = time.perf_counter()
        cursor = psycopg.ClientCursor(connection)
        for state in ("DISABLE", "ENABLE"):
            for table in _TABLES:
                connection.execute(f"ALTER TABLE {table} {state} TRIGGER USER".encode())
            if state == "DISABLE":
                cursor.execute(_TOOLS, {"start": before + 1, "stop": size})
        connection.execute(_STAND.encode())
        made = time.perf_counter() - started
        connection.execute(_SETTLED.encode())
        costs = []
        for step in ("count_votes()", "rank()", "keep_records()"):
            connection.execute("UPDATE comparisons_board SET ranks_are_stale = true, records_are_stale = true")
            started = time.perf_counter()
            connection.execute(f"SELECT comparisons_{step}".encode())
            costs.append(f"{step} {1000 * (time.perf_counter() - started):.0f} ms")
        connection.execute(b"SELECT comparisons_catch_up(true)")
        (shelves,) = connection.execute("SELECT count(*) FROM comparisons_shelf").fetchone() or (0,)
    print(f"{size:,} tools on {shelves:,} shelves, made in {made:.0f} s; a worker's minute: {', '.join(costs)}")


def measure(port: int, server: int, database: str, address: str) -> tuple[float, float, float]:
    """p50 and p95 in milliseconds, and microseconds of CPU a request."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    times, before = [], 0.0
    for number in range(WARM + REQUESTS):
        if number == WARM:
            before = cpu_seconds(server, database)
        started = time.perf_counter()
        connection.request("GET", address)
        response = connection.getresponse()
        response.read()
        if response.status != 200:
            raise SystemExit(f"{address} answered {response.status}")
        if number >= WARM:
            times.append(1000 * (time.perf_counter() - started))
    cost = (cpu_seconds(server, database) - before) / REQUESTS * 1e6
    connection.close()
    return statistics.median(times), statistics.quantiles(times, n=20)[-1], cost


def _print(small: dict[str, tuple[float, float, float]], large: dict[str, tuple[float, float, float]]) -> None:
    print(f"{'':<84} {'1,000 tools':>22} {'100,000 tools':>22}")
    print(f"{'address':<84} {'p50':>6} {'p95':>6} {'CPU µs':>8} {'p50':>6} {'p95':>6} {'CPU µs':>8} {'ratio':>6}")
    for address in ADDRESSES:
        sides = [f"{p50:>6.1f} {p95:>6.1f} {cost:>8.0f}" for p50, p95, cost in (small[address], large[address])]
        print(f"{address:<84} {sides[0]} {sides[1]} {large[address][2] / small[address][2]:>6.2f}")
    print("target: ratio at most 1.3 (pages that 1,000 tools fill as well)")
