"""What a vote costs, and how many there can be: through the web server, through the service, in the database alone.

CPU time per vote stands beside R, as in pages.py. Votes a second are compared within one run: spread over 1,000 tools
and all on one, with 8 and with 32 clients. Every commit is durable, and at the end every tally is recounted.
"""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable, Iterator
from functools import partial

import django
import psycopg

from bench.cost import cpu_seconds
from bench.pages import COMMAND
from testbed.database import manage
from testbed.server import WebServer, web_server
from testbed.traffic import flood

ROUNDS, REQUESTS, CONNECTIONS = 5, 400, 8
SPEED_ROUNDS = 3
CLIENTS = (8, 32)
Load = Callable[[str, int], float]


def run(environment: dict[str, str]) -> None:
    manage(environment, "load_publication", "demo")
    environment = {**environment, "DJANGO_SETTINGS_MODULE": "bench.settings", "TRUSTED_PROXY_HOPS": "1"}
    os.environ.update(environment)
    django.setup()
    from bench.ballots import Readers
    from bench.loads import Loads

    _print_durability(environment["DATABASE_URL"])
    readers = Readers.prepare()
    with web_server(environment, COMMAND) as server:
        _print_costs(_measure_costs(server, environment["DATABASE_URL"], readers.costs()))
        loads = Loads(server, environment["DATABASE_URL"], readers)
        _print_speeds(
            _measure_speeds(
                {
                    "web server, signed in": partial(loads.over_http, "signed in"),
                    "web server, passing by, first vote": partial(loads.over_http, "passing by"),
                    "service cast_vote, one process": loads.by_service,
                    "pgbench: its statement, every check": loads.by_cast_function,
                    "pgbench: plain upsert, tallies and events": partial(loads.by_upsert, "votes_vote"),
                    "pgbench: plain upsert, bare table": partial(loads.by_upsert, "bare"),
                }
            )
        )
    print(f"CPU of a vote through the service: {statistics.median(loads.service_cpu):.0f} µs, database included")
    manage(environment, "recount_votes", "--check")  # exits with 1, and so do we, when a tally differs


def _print_durability(database: str) -> None:
    with psycopg.connect(database) as connection:
        for name in ("fsync", "synchronous_commit"):
            (value,) = connection.execute(f"SHOW {name}").fetchone() or ("unknown",)
            print(f"{name}: {value}", end="  ")
    print()


def _measure_costs(server: WebServer, database: str, kinds: dict[str, Iterator[bytes]]) -> dict[str, list[float]]:
    """Microseconds of CPU per request by kind, one figure a round."""
    costs: dict[str, list[float]] = {kind: [] for kind in kinds}
    for number in range(ROUNDS + 1):
        for kind, requests in kinds.items():
            sent = [next(requests) for _ in range(REQUESTS)]
            before = cpu_seconds(server.pid, database)
            statuses = flood(server.port, sent, CONNECTIONS)
            if set(statuses) - {200, 303}:
                raise SystemExit(f"{kind} answered {dict(statuses)}")
            if number:  # the first round only warms up
                costs[kind].append((cpu_seconds(server.pid, database) - before) / REQUESTS * 1e6)
    return costs


def _print_costs(costs: dict[str, list[float]]) -> None:
    reference = statistics.median(costs["reference R"])
    print(f"\n{'one request':<58} {'CPU µs':>8} {'least':>7} {'most':>7} {'in R':>6}")
    for kind, figures in costs.items():
        median = statistics.median(figures)
        print(f"{kind:<58} {median:>8.0f} {min(figures):>7.0f} {max(figures):>7.0f} {median / reference:>6.1f}")
    print("target: a vote with every check at most 6 R")


def _measure_speeds(loads: dict[str, Load]) -> dict[str, dict[tuple[str, int], float]]:
    """Votes a second by load, and where they go to with how many clients: medians of interleaved rounds."""
    cells = [(where, clients) for clients in CLIENTS for where in ("spread", "hot")]
    found: dict[str, dict[tuple[str, int], list[float]]] = {name: {cell: [] for cell in cells} for name in loads}
    for _ in range(SPEED_ROUNDS):
        for where, clients in cells:
            for name, load in loads.items():
                found[name][where, clients].append(load(where, clients))
    return {name: {cell: statistics.median(some) for cell, some in row.items()} for name, row in found.items()}


def _print_speeds(speeds: dict[str, dict[tuple[str, int], float]]) -> None:
    heads = [f"{where} {clients}" for clients in CLIENTS for where in ("spread", "hot", "ratio")]
    print(f"\n{'votes a second, with 8 and 32 clients':<50}" + "".join(f"{head:>11}" for head in heads))
    for name, row in speeds.items():
        line = f"{name:<50}"
        for clients in CLIENTS:
            spread, hot = row["spread", clients], row["hot", clients]
            line += f"{spread:>11.0f}{hot:>11.0f}{hot / spread:>11.2f}"
        print(line)
    print("target: one hot tool with 32 clients at least 0.6 of the spread rate; tallies equal a recount:")
