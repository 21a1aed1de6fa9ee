"""Whether the time of an answer tells if an address is known.

The form is sent for known and unknown addresses in turn, in an order drawn by a fixed seed, each from a network of its
own. Printed are the medians, the mean difference with its 95 % interval, and how often a known address took longer than
an unknown one (half the time when nothing can be told).
"""

from __future__ import annotations

import hashlib
import random
import statistics
import time
from urllib.parse import urlencode

import psycopg

from bench.pages import COMMAND
from testbed.database import manage
from testbed.server import connect, web_server

TRIALS, WARM, SEED = 1_000, 50, 20_261_126
_KNOWN = """
INSERT INTO newsletter_subscriber
    (address, address_key, address_hmac, state, key, confirmed_at, asked_at, only_followed)
VALUES (%(address)s, %(address)s, %(hash)s, 'active', 'sixteen letters!', now(), now(), false)
"""


def run(environment: dict[str, str]) -> None:
    manage(environment, "load_publication", "demo")
    known = [f"known{number}@example.org" for number in range(TRIALS)]
    unknown = [f"other{number}@example.org" for number in range(TRIALS)]
    with psycopg.connect(environment["DATABASE_URL"], autocommit=True) as connection:
        for address in known:
            connection.execute(_KNOWN, {"address": address, "hash": hashlib.sha256(address.encode()).digest()})
        connection.execute("ANALYZE newsletter_subscriber")
    with web_server({**environment, "TRUSTED_PROXY_HOPS": "1"}, COMMAND) as server:
        for number in range(WARM):
            _send(server.port, f"warm{number}@example.org", number)
        times: dict[bool, list[float]] = {True: [], False: []}
        chance = random.Random(SEED)
        for number, pair in enumerate(zip(known, unknown, strict=True)):
            for address in chance.sample(pair, 2):
                times[address.startswith("known")].append(_send(server.port, address, number))
    _print(times[True], times[False])


def _send(port: int, address: str, number: int) -> float:
    """Milliseconds until the answer is there."""
    connection = connect(port, seconds=30)
    connection.connect()
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Sec-Fetch-Site": "same-origin",
        "X-Forwarded-For": f"10.{number // 250}.{number % 250}.{random.randrange(250)}",
    }
    started = time.perf_counter()
    connection.request("POST", "/newsletter/subscribe/", urlencode({"email": address, "waited": "9"}), headers)
    answer = connection.getresponse()
    answer.read()
    taken = 1000 * (time.perf_counter() - started)
    connection.close()
    if answer.status != 302:
        raise SystemExit(f"{address} was answered with {answer.status}.")
    return taken


def _print(known: list[float], unknown: list[float]) -> None:
    differences = [one - other for one, other in zip(known, unknown, strict=True)]
    mean = statistics.fmean(differences)
    half = 1.96 * statistics.stdev(differences) / len(differences) ** 0.5
    slower = sum(difference > 0 for difference in differences) / len(differences)
    print(f"{len(known):,} trials each; median known {statistics.median(known):.2f} ms,", end=" ")
    print(f"unknown {statistics.median(unknown):.2f} ms")
    print(f"known minus unknown: {mean:+.2f} ms, 95 % between {mean - half:+.2f} and {mean + half:+.2f} (target ±20)")
    print(f"known took longer in {slower:.1%} of pairs")
