"""V1-V4 and V7: many requests, from one browser, one address, one network, and many hands at once."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from itertools import batched

from django.db import connection
from django.utils import timezone

from attacks.bystander import p95, watching
from attacks.findings import (
    Finding,
    at_most,
    burst_cases,
    counts,
    ever_counted,
    exactly,
    minutes_until,
    no_error,
    said,
    tally_agrees,
)
from attacks.stage import Stage
from testbed.traffic import Reader, addresses_of, ballot, flood, volleys
from tools.models import Tool
from votes.models import Crowd, Vote
from votes.rules import PASSING_PER_ADDRESS_AND_TOOL, PASSING_PER_GROUP_AND_TOOL
from votes.services import sweep

BROWSER_CONNECTIONS = 6  # what a browser opens to one host


def one_browser(stage: Stage) -> list[Finding]:
    """V1: one browser votes as fast as it can, while others read and vote."""
    tool, reader = stage.tool(), stage.new_browser()
    choices = [stage.chance.choice(("ship", "skip")) for _ in range(stage.size(10_000, 300))]
    requests = [ballot(tool.slug, choice, reader) for choice in choices]
    statuses, idle, busy = Counter[int](), list[float](), list[float]()
    with watching(stage, stage.tool()) as others:
        others.measure(stage.size(100, 10))  # warms up
        # In turns, because other programs on this machine come and go.
        for part in batched(requests, stage.size(1_000, 100)):
            idle += others.measure(stage.size(60, 10))
            others.begin()
            statuses += flood(stage.port, part, BROWSER_CONNECTIONS)
            busy += others.end()
    share = 100 * (statuses[200] + statuses[429]) / statuses.total()
    return [
        exactly("rows", Vote.objects.filter(tool=tool).count(), 1),
        exactly("counted votes", sum(counts(tool, Crowd.PASSING)), 1),
        Finding(f"answered 200 or 429 of {statuses.total():,}", f"{share:.1f} %", ">= 99 %", share >= 99),
        no_error(statuses),
        tally_agrees(tool),
        _slowdown(stage, p95(idle), p95(busy)),
    ]


def _slowdown(stage: Stage, idle: float, busy: float) -> Finding:
    what = f"others' p95, {idle * 1000:.1f} ms idle, {busy * 1000:.1f} ms during the attack"
    return Finding(what, f"{busy / idle:.1f} x", "< 2 x", None if stage.fast else busy < 2 * idle)


def new_cookies(stage: Stage, port: int | None = None) -> list[Finding]:
    """V2: every request a new browser, all from one address."""
    address = stage.address()
    readers = (Reader(address) for _ in range(stage.size(10_000, 200)))
    return _many_browsers(stage, readers, most=PASSING_PER_ADDRESS_AND_TOOL, port=port)


def one_network(stage: Stage, port: int | None = None) -> list[Finding]:
    """V3: new browsers from 254 addresses of one /24."""
    readers = (Reader(address) for address in addresses_of(stage.network(), stage.size(10_000, 300)))
    return _many_browsers(stage, readers, most=PASSING_PER_GROUP_AND_TOOL, port=port, needs_case=True)


def one_prefix(stage: Stage) -> list[Finding]:
    """V4: new browsers from 65,536 addresses of one IPv6 /48, a /64 each."""
    network = f"fd00:1:{next(stage.numbers):x}"
    readers = (Reader(address) for address in addresses_of(network, stage.size(65_536, 300)))
    return _many_browsers(stage, readers, most=PASSING_PER_GROUP_AND_TOOL, needs_case=True)


def _many_browsers(
    stage: Stage, readers: Iterator[Reader], *, most: int, port: int | None = None, needs_case: bool = False
) -> list[Finding]:
    stage.stay_within_a_day()
    tool, begun = stage.tool(), timezone.now()
    for reader in (stage.signed_in(user) for user in stage.accounts(3)):
        flood(port or stage.port, [ballot(tool.slug, "skip", reader)])
    before = counts(tool, Crowd.ACCOUNT)
    statuses = flood(port or stage.port, (ballot(tool.slug, "ship", reader) for reader in readers), 8)
    found = [
        at_most("ever counted among readers passing by", ever_counted(tool, Crowd.PASSING), most),
        exactly("account tally (moves the rank), before and after", counts(tool, Crowd.ACCOUNT), before),
        exactly("neither counted, pending nor refused", statuses.total() - sum(_taken(statuses)), 0),
        no_error(statuses),
        tally_agrees(tool),
    ]
    if needs_case:
        _wait_for_case(stage, tool, port)
        cases = burst_cases(tool, Crowd.PASSING)
        found.append(exactly("burst cases", len(cases), 1))
        if cases:
            found.append(at_most("minutes until it opened, without a worker", minutes_until(cases, begun), 10))
            found.append(said("its reasons", ", ".join(cases[0].evidence["reasons"])))
    found.append(said("counted now; requests", f"{sum(counts(tool, Crowd.PASSING))}; {statuses.total():,}"))
    return found


def _taken(statuses: Counter[int]) -> tuple[int, int, int]:
    return statuses[200], statuses[202], statuses[429]


def _wait_for_case(stage: Stage, tool: Tool, port: int | None) -> None:
    """The first vote of a new minute sweeps, whatever tool it is for. The small version does not wait for a minute."""
    if stage.fast:
        sweep()
        return
    deadline = time.monotonic() + 600
    elsewhere = stage.tool()
    while not burst_cases(tool, Crowd.PASSING) and time.monotonic() < deadline:
        time.sleep(5)
        flood(port or stage.port, [ballot(elsewhere.slug, "ship", Reader(stage.address()))])


def double_clicks(stage: Stage, port: int | None = None) -> list[Finding]:
    """V7: 200 readers, half of them accounts, click 50 times at once, SHIP and SKIP in turn."""
    tool, people = stage.tool(), stage.size(200, 8)
    readers = [stage.signed_in(user) for user in stage.accounts(people // 2)]
    readers += [stage.new_browser() for _ in range(people - people // 2)]
    deadlocks = _deadlocks()
    clicks = [[ballot(tool.slug, ("ship", "skip")[click % 2], reader) for click in range(50)] for reader in readers]
    statuses = Counter(answer.status for answer in volleys(port or stage.port, clicks))
    accounts, passing = counts(tool, Crowd.ACCOUNT), counts(tool, Crowd.PASSING)
    return [
        exactly("rows", Vote.objects.filter(tool=tool).count(), people),
        exactly("counted votes", sum(accounts) + sum(passing), people),
        exactly(f"answered 200 or 429 of {statuses.total():,}", statuses[200] + statuses[429], statuses.total()),
        no_error(statuses),
        exactly("deadlocks in the database", _deadlocks() - deadlocks, 0),
        tally_agrees(tool),
    ]


def _deadlocks() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])
