"""Workers of the weekly email for measuring: processes that have everything imported, begin together and count their
own CPU time and memory. What they run is what the queue's task runs.

    python -m bench.crew       waits for a line of JSON: {"seconds": 5, "most": 2000}
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import psutil
import psycopg

from config.env import BASE_DIR

_MEGABYTE = 1024


class Work(NamedTuple):
    """Of all the workers of a round: `seconds` from the first's beginning to the last's end, CPU seconds of the
    workers, of the database's processes and of the sink; `memory` is the most of one worker, in MB.
    """

    accepted: int
    seconds: float
    cpu: float
    database: float
    sink: float
    memory: float


class Meter:
    """CPU seconds of the database server, ended processes included, and of the sink."""

    def __init__(self, database: str, sinks: list[psutil.Process]) -> None:
        with psycopg.connect(database) as session:
            found = session.execute("SHOW data_directory").fetchone()
        folder = Path(str(found[0] if found else ""))
        self._server = psutil.Process(int((folder / "postmaster.pid").read_text().split()[0]))
        self._sinks = sinks

    def database(self) -> float:
        own = self._server.cpu_times()
        total = own.user + own.system + own.children_user + own.children_system
        for process in self._server.children(recursive=True):
            with _gone_is_fine():
                used = process.cpu_times()
                total += used.user + used.system
        return float(total)

    def sink(self) -> float:
        return float(sum(used.user + used.system for used in (sink.cpu_times() for sink in self._sinks)))


@contextmanager
def _gone_is_fine() -> Iterator[None]:
    try:
        yield
    except psutil.NoSuchProcess:
        return


def send_together(
    workers: int, environment: dict[str, str], meter: Meter, *, seconds: float, most: int | None = None
) -> Work:
    """So many worker processes at once for so long, or until each has sent `most`, or until nobody is left."""
    crew = [_start(environment) for _ in range(workers)]
    for process in crew:
        _line(process)  # it is ready
    database, sink = meter.database(), meter.sink()
    for process in crew:
        _say(process, json.dumps({"seconds": seconds, "most": most}))
    told = [json.loads(_line(process)) for process in crew]
    for process in crew:
        process.communicate()
    time.sleep(0.5)  # until the ends of their sessions have been seen, and are counted in
    database, sink = meter.database() - database, meter.sink() - sink
    return Work(
        accepted=sum(each["accepted"] for each in told),
        seconds=max(each["until"] for each in told) - min(each["since"] for each in told),
        cpu=sum(each["cpu"] for each in told),
        database=database,
        sink=sink,
        memory=max(each["memory"] for each in told),
    )


def _start(environment: dict[str, str]) -> subprocess.Popen[str]:
    words = [sys.executable, "-m", "bench.crew"]
    return subprocess.Popen(
        words, cwd=BASE_DIR, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def _line(process: subprocess.Popen[str]) -> str:
    line = process.stdout.readline() if process.stdout else ""
    if not line:
        raise SystemExit("A worker has ended before its time.")
    return line


def _say(process: subprocess.Popen[str], line: str) -> None:
    if process.stdin:
        process.stdin.write(line + "\n")
        process.stdin.flush()


def work() -> None:
    """One worker: it says that it is ready, waits for its order, and says what it did."""
    import django

    django.setup()
    from django.urls import reverse

    from newsletter.sending.carriers import carrier_name, new_transport
    from newsletter.sending.draining import drain
    from newsletter.sending.worker import Orders

    reverse("newsletter_sent")
    print("ready", flush=True)
    order = json.loads(sys.stdin.readline())
    sent = 0

    def reached(point: str) -> None:
        nonlocal sent
        sent += point == "recorded"

    def is_told_to_stop() -> bool:
        return order["most"] is not None and sent >= order["most"]

    since, used = time.time(), time.process_time()
    orders = Orders(carrier_name(), seconds=order["seconds"], is_told_to_stop=is_told_to_stop, reached=reached)
    drained = drain(new_transport(), orders)
    told = {"accepted": drained.accepted, "since": since, "until": time.time(), "cpu": time.process_time() - used}
    told["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _MEGABYTE
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    work()
