"""What the sitemap costs as tools grow a hundredfold: its index, and the first and the last file of each kind.

Each is asked for inside this process, at 1,000 tools and again at 100,000, made as in bench/lists.py. A file of 100,000
tools is fuller than one of 1,000: where it is, times are compared by the entry; those of the index never are. The
memory is the most that Python held during one answer.
"""

from __future__ import annotations

import os
import re
import statistics
import time
import tracemalloc
from typing import NamedTuple

import django

from bench.lists import SIZES, grow

ROUNDS = 7
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
        found.append(_measure_all())
    _print(*found)
    from django.db import connections

    connections.close_all()
    connections["default"].close_pool()  # type: ignore[attr-defined]


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
    return Cost(document.count("<loc>"), statistics.median(times), len(queries), most)


def _print(small: dict[str, Cost], large: dict[str, Cost]) -> None:
    head = f"{'entries':>8} {'ms':>8} {'queries':>8} {'MiB':>6}"
    print(f"{'':<24} {f'{SIZES[0]:,} tools':>33} {f'{SIZES[1]:,} tools':>33}")
    print(f"{'file':<24} {head} {head} {'ratio':>6}")
    for name, one in small.items():
        other = large[name]
        sides = [f"{c.entries:>8,} {c.milliseconds:>8.1f} {c.queries:>8} {c.mebibytes:>6.1f}" for c in (one, other)]
        ratio = other.milliseconds / one.milliseconds
        if name != "index" and other.entries > one.entries:
            ratio *= one.entries / other.entries
        print(f"{name:<24} {' '.join(sides)} {ratio:>6.2f}")
    print("target: ratio at most 1.5")
