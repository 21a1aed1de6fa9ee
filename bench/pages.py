"""CPU time a page costs, server and database together, beside R: a bare view that answers with the same bytes.

Requests per second swing with the machine; CPU time per request, and its ratio within one run, repeat. Every round
asks each address in turn; the medians of the rounds are printed.
"""

from __future__ import annotations

import http.client
import socket
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import psycopg

from bench.database import manage
from config.env import BASE_DIR

COMPARISON = "/compare/code-llama-4-vs-mistral-3-1/"
REFERENCE = "/__reference__/"
ADDRESSES = (REFERENCE, COMPARISON, "/tools/code-llama-4/", "/tools/", "/reviewers/the-skeptic/", "/")
OURSELVES = "bench"
ROUNDS, REQUESTS, CONNECTIONS = 7, 160, 8


def run(environment: dict[str, str]) -> None:
    manage(environment, "load_publication", "demo")
    port = _free_port()
    server = subprocess.Popen(
        [
            *(str(Path(sys.executable).with_name("granian")), "--interface", "wsgi", "config.wsgi:application"),
            *("--host", "127.0.0.1", "--port", str(port), "--workers", "2", "--blocking-threads", "2"),
            *("--backpressure", "32", "--log-level", "error"),
        ],
        cwd=BASE_DIR,
        env={**environment, "DJANGO_SETTINGS_MODULE": "bench.settings"},
    )
    try:
        _wait_for(port)
        _print(_measure(port, server.pid, environment["DATABASE_URL"]))
    finally:
        server.terminate()
        server.wait(20)


def _measure(port: int, server: int, database: str) -> dict[str, list[float]]:
    """Microseconds of CPU per request by address, one figure a round."""
    costs: dict[str, list[float]] = {address: [] for address in ADDRESSES}
    for number in range(ROUNDS + 1):
        for address in ADDRESSES:
            before = _cpu_seconds(server, database)
            _ask(port, address)
            if number:  # the first round only warms up
                costs[address].append((_cpu_seconds(server, database) - before) / REQUESTS * 1e6)
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


def _cpu_seconds(server: int, database: str) -> float:
    """User and system time of the web processes and of the database's processes."""
    with psycopg.connect(database, application_name=OURSELVES) as connection:
        found = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
            " AND backend_type = 'client backend' AND application_name <> %s",
            [OURSELVES],
        ).fetchall()
        web = psutil.Process(server)
        times = [process.cpu_times() for process in (web, *web.children(recursive=True))]
        times += [psutil.Process(pid).cpu_times() for (pid,) in found]
    return float(sum(used.user + used.system for used in times))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
            connection.request("GET", "/livez")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("The server did not start; its message stands above.")
