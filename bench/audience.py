"""A send to 1,000,000 subscribers (SIZE=100000 for fewer): how long the freezing takes, how long the claim, the numbers
of the issue's page and the count of every row take while it goes out, and how much memory a worker needs, beside one
whose issue goes to 1,000.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from bench import audiences
from bench.crew import Meter, send_together
from bench.mail import make_issue
from bench.postfix import find_tools, smtp_sink
from bench.sending import SIGNED, hang_up, send_to, set_up
from bench.smtp import sink_of_the_tests
from testbed.database import manage

FEW, SENT, TIMES = 1_000, 3_000, 20
SECONDS = 300


def run(environment: dict[str, str]) -> None:
    size = int(os.environ.get("SIZE", "1000000"))
    tools = find_tools()
    manage(environment, "load_publication", "demo")
    with ExitStack() as stack:
        port = stack.enter_context(smtp_sink(tools)) if tools else sink_of_the_tests(stack)
        environment |= {"NEWSLETTER_MAIL_URL": f"smtp://127.0.0.1:{port}", "NEWSLETTER_POSTAL_ADDRESS": SIGNED}
        set_up(environment)
        memory = {}
        for number, readers in enumerate((FEW, size), 1):
            memory[readers] = _send(environment, number, readers)
    print(f"memory from {FEW:,} to {size:,}: {memory[size] / memory[FEW]:.2f} times")
    hang_up()


def _send(environment: dict[str, str], number: int, readers: int) -> float:
    """Freeze an issue for so many, send some of it; returns the memory of the worker, in MB."""
    begun = time.perf_counter()
    audiences.fill(environment["DATABASE_URL"], readers, every=10)
    print(f"{readers:,} subscribers, made in {time.perf_counter() - begun:.0f} s, load {os.getloadavg()[0]:.1f}")
    issue = make_issue(number)
    took = send_to(issue)
    print(f"  frozen in {took:.2f} s ({readers / took:,.0f} a second)")
    _catch_up()  # what the freezing left to the database is no cost of a mail
    work = send_together(1, environment, Meter(environment["DATABASE_URL"], []), seconds=SECONDS, most=SENT)
    rate, cpu, database = work.accepted / work.seconds, *(1000 * cost / work.accepted for cost in work[2:4])
    print(
        f"  {work.accepted:,} sent by one worker: {rate:.0f} a second, {cpu:.3f} ms CPU each, database {database:.3f}; "
        f"its memory {work.memory:.0f} MB"
    )
    if readers > SENT:
        _measure_statements(issue)
    return work.memory


def _catch_up() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")


def _measure_statements(issue: Any) -> None:
    from django.db import connection

    from newsletter.sending import queue
    from newsletter.sending.accounting import account_for, count_rows
    from newsletter.sending.worker import BATCH

    def claim() -> None:
        queue.release_all(connection, queue.claim(connection, issue_id=issue.pk, slot=1, most=BATCH))

    _timed("the numbers of the issue's page", lambda: account_for(issue), TIMES)
    _timed(f"claim {BATCH} and give them back", claim, TIMES)
    _timed("count every row", lambda: count_rows(issue), 3)


def _timed(name: str, step: Callable[[], object], times: int) -> None:
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        step()
        taken.append(1000 * (time.perf_counter() - begun))
    print(f"  {name}: {statistics.median(taken):.1f} ms (most {max(taken):.1f})")
