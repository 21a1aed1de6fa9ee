"""What a page costs that is asked for inside this process, by a client that is signed in."""

from __future__ import annotations

import os
import statistics
import time
from typing import Any, NamedTuple

ROUNDS = 15


class Cost(NamedTuple):
    """Milliseconds of an answer (a busy machine only adds to them), its queries, and milliseconds in the database."""

    best: float
    p50: float
    p95: float
    queries: int
    database: float


def measure(client: Any, address: str) -> Cost:
    """Ask several times; `SLOWEST=5` prints so many of the slowest queries."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    times = []
    for _ in range(3 + ROUNDS):
        started = time.perf_counter()
        response = client.get(address)
        times.append(1000 * (time.perf_counter() - started))
        if response.status_code != 200:
            raise SystemExit(f"{address} answered {response.status_code}")
    with CaptureQueriesContext(connection) as queries:
        client.get(address)
    slowest = sorted(queries.captured_queries, key=lambda query: -float(query["time"]))
    for query in slowest[: int(os.environ.get("SLOWEST", "0"))]:
        print(f"   {query['time']} s  {query['sql'][:2000]}")
    spent = 1000 * sum(float(query["time"]) for query in queries.captured_queries)
    p95 = statistics.quantiles(times[3:], n=20)[-1]
    return Cost(min(times), statistics.median(times[3:]), p95, len(queries), spent)
