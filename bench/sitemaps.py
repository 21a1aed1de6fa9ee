"""What the sitemap costs as tools grow a hundredfold: its index, and the first and the last file of each kind.

Each is asked for inside this process, at 1,000 tools, at 10,000 and at 100,000, made as in bench/lists.py. The ratio is
that of the last to the first. A file of 100,000 tools is fuller than one of 1,000: where it is, times are compared by
the entry; those of the index never are. Times are the best of several, for whatever else a machine does only adds to
them. The memory is the most that Python held during one answer.
"""

from __future__ import annotations

import os
import re
import time
import tracemalloc
from typing import NamedTuple

import django
import psycopg

from bench.lists import grow

SIZES = (1_000, 10_000, 100_000)
ROUNDS = 15
INDEX = "/sitemap.xml"
KINDS = ("tools", "pairs", "categories", "reviewers", "pages")


class Cost(NamedTuple):
    """One answer: what it holds, and what it took."""

    entries: int
    milliseconds: float
    queries: int
    mebibytes: float


def run(environment: dict[str, str]) -> None:
    os.environ.update({**environment, "DJANGO_SETTINGS_MODULE": "config.settings"})
    django.setup()
    found = []
    for before, size in zip((0, *SIZES), SIZES, strict=False):
        grow(environment["DATABASE_URL"], before, size)
        _tidy(environment["DATABASE_URL"])
        found.append(_measure_all())
    _print(*found)
    from django.db import connections

    connections.close_all()
    connections["default"].close_pool()  # type: ignore[attr-defined]


def _tidy(database: str) -> None:
    """As autovacuum leaves tables a while after they were filled: what an index alone can tell is told by it alone."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def _measure_all() -> dict[str, Cost]:
    """The index, and of each kind the first and the last file it names."""
    files = re.findall(r"<loc>[^<]*?(/sitemaps/([a-z]+)-\d+\.xml)</loc>", _ask(INDEX))
    costs = {"index": _measure(INDEX)}
    for kind in KINDS:
        mine = [address for address, name in files if name == kind]
        costs[f"{kind}, first file"] = _measure(mine[0])
        costs[f"{kind}, last file"] = _measure(mine[-1])
    return costs


def _ask(address: str) -> str:
    from django.test import Client

    response = Client(headers={"host": "127.0.0.1"}).get(address)
    if response.status_code != 200:
        raise SystemExit(f"{address} answered {response.status_code}")
    return response.content.decode()


def _measure(address: str) -> Cost:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        document = _ask(address)
        times.append(1000 * (time.perf_counter() - started))
    with CaptureQueriesContext(connection) as queries:
        tracemalloc.start()
        _ask(address)
        most = tracemalloc.get_traced_memory()[1] / 2**20
        tracemalloc.stop()
    return Cost(document.count("<loc>"), min(times), len(queries), most)


def _print(small: dict[str, Cost], *larger: dict[str, Cost]) -> None:
    head = f"{'entries':>8} {'ms':>8} {'queries':>8} {'MiB':>6}"
    print(f"{'':<24} " + " ".join(f"{f'{size:,} tools':>33}" for size in SIZES))
    print(f"{'file':<24} {' '.join([head] * len(SIZES))} {'ratio':>6}")
    for name, one in small.items():
        costs = [one, *(other[name] for other in larger)]
        sides = [f"{c.entries:>8,} {c.milliseconds:>8.1f} {c.queries:>8} {c.mebibytes:>6.1f}" for c in costs]
        ratio = costs[-1].milliseconds / one.milliseconds
        if name != "index" and costs[-1].entries > one.entries:
            ratio *= one.entries / costs[-1].entries
        print(f"{name:<24} {' '.join(sides)} {ratio:>6.2f}")
    print("target: ratio at most 1.5, of the index 1.3")
