"""CPU time a page costs, server and database together, beside R: a bare view that answers with the same bytes.

Requests per second swing with the machine; CPU time per request, and its ratio within one run, repeat. Every round
asks each address in turn; the medians of the rounds are printed.
"""

from __future__ import annotations

import http.client
import statistics
from concurrent.futures import ThreadPoolExecutor

import psycopg

from bench.cost import cpu_seconds
from testbed.database import manage
from testbed.server import WebServer, web_server

COMPARISON = "/compare/code-llama-4-vs-mistral-3-1/"
REFERENCE = "/__reference__/"
ADDRESSES = (REFERENCE, COMPARISON, "/tools/code-llama-4/", "/tools/", "/reviewers/the-skeptic/", "/")
# Few threads, so that a round measures work and not the queue before it.
COMMAND = [
    *("granian", "--interface", "wsgi", "config.wsgi:application", "--workers", "2", "--blocking-threads", "2"),
    *("--backpressure", "32", "--log-level", "error"),
]
ROUNDS, REQUESTS, CONNECTIONS = 7, 160, 8


def run(environment: dict[str, str]) -> None:
    manage(environment, "load_publication", "demo")
    with psycopg.connect(environment["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    with web_server({**environment, "DJANGO_SETTINGS_MODULE": "bench.settings"}, COMMAND) as server:
        _print(_measure(server, environment["DATABASE_URL"]))


def _measure(server: WebServer, database: str) -> dict[str, list[float]]:
    """Microseconds of CPU per request by address, one figure a round."""
    costs: dict[str, list[float]] = {address: [] for address in ADDRESSES}
    for number in range(ROUNDS + 1):
        for address in ADDRESSES:
            before = cpu_seconds(server.pid, database)
            _ask(server.port, address)
            if number:  # the first round only warms up
                costs[address].append((cpu_seconds(server.pid, database) - before) / REQUESTS * 1e6)
    return costs


def _print(costs: dict[str, list[float]]) -> None:
    reference = statistics.median(costs[REFERENCE])
    print(f"{'address':<42} {'CPU µs':>8} {'least':>7} {'most':>7} {'in R':>6}")
    for address, figures in costs.items():
        median = statistics.median(figures)
        print(f"{address:<42} {median:>8.0f} {min(figures):>7.0f} {max(figures):>7.0f} {median / reference:>6.1f}")
    print("target: comparison page at most 15 R and 6 queries (tests/comparisons/test_queries.py holds the queries)")


def _ask(port: int, address: str) -> None:
    def share(_: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        for _ in range(REQUESTS // CONNECTIONS):
            connection.request("GET", address)
            response = connection.getresponse()
            response.read()
            if response.status != 200:
                raise SystemExit(f"{address} answered {response.status}")
        connection.close()

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(share, range(CONNECTIONS)))
