"""The whole send engine: how many messages a second leave, and what one costs.

One run, one sink, messages of one size, all in turns: a bare loop over smtplib, Postfix's smtp-source (S: one
connection), and one, two, four and eight workers of ours that claim, personalise, send, mark and record on a database
whose commits are durable. Beside them, once, a sample of templates and an EmailMultiAlternatives for each reader.
Printed are medians of the rounds, ratios to S, and CPU time a message: of the workers, the database and the sink.
"""

from __future__ import annotations

import os
import statistics
import time
from contextlib import ExitStack
from typing import Any, NamedTuple

import psutil

from bench import audiences
from bench.crew import Meter, Work, send_together
from bench.mail import make_issue, usual_way
from bench.postfix import find_tools, smtp_sink
from bench.smtp import COUNT, SIZE, Taken, in_process, sink_of_the_tests, smtp_source
from testbed.database import manage

READERS, ROUNDS, SECONDS, SAMPLE = 200_000, 3, 6.0, 60
WARM = 1_150  # the slow start of an issue is over after 1,111
CREWS = (1, 2, 4, 8)
PARAGRAPH = "A week of strong opinions about *who holds the card*, and who does not. [How we judge](/methodology/)\n\n"
SIGNED = "12 Example Quay"


class Yardsticks(NamedTuple):
    smtplib: list[Taken]
    source: list[Taken]
    two_sessions: list[Taken]


def run(environment: dict[str, str]) -> None:
    tools = find_tools()
    manage(environment, "load_publication", "demo")
    with ExitStack() as stack:
        before = psutil.Process().children()
        port = stack.enter_context(smtp_sink(tools)) if tools else sink_of_the_tests(stack)
        sinks = [child for child in psutil.Process().children() if child not in before]
        environment |= {"NEWSLETTER_MAIL_URL": f"smtp://127.0.0.1:{port}", "NEWSLETTER_POSTAL_ADDRESS": SIGNED}
        set_up(environment)
        issue = padded(make_issue(), SIZE)
        audiences.fill(environment["DATABASE_URL"], READERS)
        usual = _usual_way(issue)
        send_to(issue)
        meter = Meter(environment["DATABASE_URL"], sinks)
        send_together(1, environment, meter, seconds=60, most=WARM)
        yardsticks, crews = Yardsticks([], [], []), {workers: list[Work]() for workers in CREWS}
        for _ in range(ROUNDS):
            yardsticks.smtplib.append(in_process("smtplib", port, environment))
            if tools:
                yardsticks.source.append(smtp_source(tools, port, "-d"))
                yardsticks.two_sessions.append(smtp_source(tools, port, "-d", sessions=2))
            for workers, works in crews.items():
                works.append(send_together(workers, environment, meter, seconds=SECONDS))
    _print(yardsticks, crews, usual)
    hang_up()


def set_up(environment: dict[str, str]) -> None:
    """Django in this process, on the run's own database."""
    import django

    os.environ.update({**environment, "DJANGO_SETTINGS_MODULE": "config.settings"})
    django.setup()


def hang_up() -> None:
    from django.db import connections

    connections.close_all()
    connections["default"].close_pool()  # type: ignore[attr-defined]


def padded(issue: Any, size: int) -> Any:
    """The issue, with so long an introduction that its messages have about this size."""
    sizes = {count: _size(issue, count) for count in (1, 21)}
    print(f"a message of the demo's issue has {sizes[1] / 1024:.0f} KB", end="; ")
    reached = _size(issue, max(1, round(1 + 20 * (size - sizes[1]) / (sizes[21] - sizes[1]))))
    print(f"with a longer introduction {reached / 1024:.1f} KB")
    issue.save(update_fields=["introduction"])
    return issue


def _size(issue: Any, paragraphs: int) -> int:
    from newsletter.rendering import render, sample_reader, skeleton

    issue.introduction = PARAGRAPH * paragraphs
    return len(skeleton(render(issue)).message(sample_reader(), "<1.bench@drydock.example>"))


def send_to(issue: Any) -> float:
    """Approve, freeze and start an issue; returns how many seconds the freezing took."""
    from newsletter.sending.freezing import freeze_issue, start_issue
    from newsletter.services.issues import approve_issue

    approve_issue(issue, None)
    begun = time.perf_counter()
    freeze_issue(issue)
    took = time.perf_counter() - begun
    start_issue(issue)
    return took


def _usual_way(issue: Any) -> Taken:
    """Messages by the framework, over its own way out, which keeps one connection."""
    from django.core.mail import mailers

    from newsletter.models import Subscriber
    from newsletter.rendering import readers_of

    message = usual_way(issue, inlined=False)
    readers = list(readers_of(Subscriber.objects.mailable().order_by("pk")[: SAMPLE + 1]))
    road = mailers["newsletter"]
    road.open()
    road.send_messages([message(readers[0])])
    begun, used = time.perf_counter(), time.process_time()
    for reader in readers[1:]:
        road.send_messages([message(reader)])
    taken = Taken(time.perf_counter() - begun, time.process_time() - used)
    road.close()
    return taken


def _print(yardsticks: Yardsticks, crews: dict[int, list[Work]], usual: Taken) -> None:
    one, five, fifteen = os.getloadavg()
    print(f"load {one:.1f} ({five:.1f}, {fifteen:.1f}) on {os.cpu_count()} cores; medians of {ROUNDS} rounds")
    rates = {name: statistics.median(COUNT / each.seconds for each in rounds) for name, rounds in _named(yardsticks)}
    best = rates.get("smtp-source, one connection (S)")
    for name, rounds in _named(yardsticks):
        cpu = statistics.median(1000 * each.cpu / COUNT for each in rounds)
        _line(name, rates[name], best, f"{cpu:.3f} ms CPU")
    usual_rate = SAMPLE / usual.seconds
    _line("EmailMultiAlternatives", usual_rate, best, f"{1000 * usual.cpu / SAMPLE:.3f} ms CPU, {SAMPLE} messages")
    reached = {}
    for workers, works in crews.items():
        reached[workers] = statistics.median(work.accepted / work.seconds for work in works)
        name = f"the engine, {workers} worker{'s' if workers > 1 else ''}"
        _line(name, reached[workers], best, _costs(works))
    most = max(reached.values())
    print(f"four workers in one: {reached[4] / reached[1]:.2f} (target 1.6, until the cores are the limit)")
    print(f"the engine in EmailMultiAlternatives: {most / usual_rate:.0f} (target 12)")
    if best:
        print(f"the engine in S: {most / best:.2f} (target 0.5)")
    print(f"most memory of a worker: {max(work.memory for works in crews.values() for work in works):.0f} MB")


def _named(yardsticks: Yardsticks) -> list[tuple[str, list[Taken]]]:
    names = ("smtplib, ready bytes", "smtp-source, one connection (S)", "smtp-source, two connections")
    return [(name, rounds) for name, rounds in zip(names, yardsticks, strict=True) if rounds]


def _costs(works: list[Work]) -> str:
    """Of one message, and how much of the machine's cores all of it took."""
    sender, database, sink = (
        statistics.median(1000 * cost / work.accepted for work, cost in zip(works, costs, strict=True))
        for costs in ([w.cpu for w in works], [w.database for w in works], [w.sink for w in works])
    )
    busy = statistics.median((work.cpu + work.database + work.sink) / work.seconds for work in works)
    return f"{sender:.3f} ms CPU; database {database:.3f}, sink {sink:.3f}; {busy:.2f} cores"


def _line(name: str, rate: float, best: float | None, costs: str) -> None:
    ratio = f"{rate / best:5.2f} S" if best else ""
    print(f"{name:32} {rate:7,.0f} messages/s {ratio}  {costs}")
