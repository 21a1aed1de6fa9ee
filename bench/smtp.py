"""How fast one sender hands 40 KB messages to one server over one connection: our transport, a bare loop over smtplib,
and Postfix's smtp-source, all in one run and into the same sink.

The rounds are interleaved; printed are the medians, and ratios to smtp-source. The sink is Postfix's smtp-sink, or
where that is not to be had the one of the tests, which also writes down what it accepts.
"""

from __future__ import annotations

import json
import os
import smtplib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from bench.postfix import Tools, find_tools, smtp_sink

COUNT, ROUNDS = 2_000, 5
SIZE = 40 * 1024
SENDER, RECIPIENT = "captain@example.org", "mate@example.org"
_HEADS = (
    b"Message-ID: <1@drydock.example>\r\nFrom: captain@example.org\r\nTo: mate@example.org\r\nSubject: Ahoy\r\n\r\n"
)
_LINE = b"All hands on deck. " * 4 + b"\r\n"
MESSAGE = (_HEADS + _LINE * (SIZE // len(_LINE) + 1))[: SIZE - 2] + b"\r\n"


class Taken(NamedTuple):
    seconds: float
    cpu: float


def run(environment: dict[str, str]) -> None:
    tools = find_tools()
    with ExitStack() as stack:
        port = stack.enter_context(smtp_sink(tools)) if tools else sink_of_the_tests(stack)
        senders: dict[str, Callable[[], Taken]] = {
            "our transport, prepared bytes": lambda: in_process("prepared", port, environment),
            "our transport, any bytes": lambda: in_process("any", port, environment),
            "smtplib, ready bytes": lambda: in_process("smtplib", port, environment),
        }
        if tools:
            senders["smtp-source, one connection"] = lambda: smtp_source(tools, port, "-d")
            senders["smtp-source, a connection each"] = lambda: smtp_source(tools, port)
        taken: dict[str, list[Taken]] = {name: [] for name in senders}
        for _ in range(ROUNDS):
            for name, send in senders.items():
                taken[name].append(send())
    _print(taken, "smtp-sink" if tools else "tests.sink")
    if not tools:
        print("Postfix's smtp-source is not here and could not be fetched: nothing to compare with.")


def _print(taken: dict[str, list[Taken]], sink: str) -> None:
    print(f"{COUNT:,} messages of {SIZE // 1024} KB, {ROUNDS} rounds, into {sink}")
    rates = {name: statistics.median(COUNT / each.seconds for each in rounds) for name, rounds in taken.items()}
    yardstick = rates.get("smtp-source, one connection")
    for name, rounds in taken.items():
        cpu = statistics.median(1000 * each.cpu / COUNT for each in rounds)
        ratio = f"  {rates[name] / yardstick:4.2f} S" if yardstick else ""
        print(f"{name:32} {rates[name]:7,.0f} messages/s  {cpu:6.3f} ms CPU each{ratio}")


def in_process(how: str, port: int, environment: dict[str, str]) -> Taken:
    """In a process of its own, which measures itself once it has begun."""
    words = [sys.executable, "-m", "bench.smtp", how, str(port)]
    printed = subprocess.run(words, env=environment, check=True, capture_output=True, text=True).stdout
    return Taken(*json.loads(printed))


def smtp_source(tools: Tools, port: int, *options: str, sessions: int = 1) -> Taken:
    """Postfix's sender, from its start to its end."""
    words = ["-s", str(sessions), "-m", str(COUNT), "-l", str(SIZE), "-f", SENDER, "-t", RECIPIENT, f"127.0.0.1:{port}"]
    begun = time.perf_counter()
    process = subprocess.Popen([tools.source, *options, *words], env=tools.environment)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit("smtp-source failed.")
    return Taken(time.perf_counter() - begun, used.ru_utime + used.ru_stime)


def sink_of_the_tests(stack: ExitStack) -> int:
    from tests.sink import SinkProcess

    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    return stack.enter_context(SinkProcess(folder / "mail.log")).port


def _sender(how: str, port: int) -> Callable[[], object]:
    from newsletter.sending.connecting import Security, Server
    from newsletter.sending.envelopes import on_the_line
    from newsletter.sending.smtp import SmtpTransport

    if how == "smtplib":
        client = smtplib.SMTP("127.0.0.1", port)
        return lambda: client.sendmail(SENDER, [RECIPIENT], MESSAGE)
    road = SmtpTransport(Server("127.0.0.1", port, Security.PLAIN, name="bench.example"))
    message = on_the_line(MESSAGE) if how == "prepared" else MESSAGE

    def send() -> None:
        outcome = road.deliver(message, SENDER, RECIPIENT, lambda: True)
        if outcome.code != 250:
            raise SystemExit(str(outcome))

    return send


def measure(how: str, port: int) -> None:
    send = _sender(how, port)
    for _ in range(50):
        send()
    begun, used = time.perf_counter(), time.process_time()
    for _ in range(COUNT):
        send()
    print(json.dumps([time.perf_counter() - begun, time.process_time() - used]))


if __name__ == "__main__":
    measure(sys.argv[1], int(sys.argv[2]))
