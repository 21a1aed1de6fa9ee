"""Workers, a sink and a database that a fault is let loose on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

from django.conf import settings
from django.db import connection

from config.env import BASE_DIR
from newsletter.models import Carrier, Delivery, Issue
from newsletter.sending.pausing import resume_issue
from newsletter.sending.rounds import look_after
from newsletter.sending.slots import clear_deserted_slots
from tests.faults.oracle import Verdict, judge
from tests.sink import FEATURES, Mail, Rule, SinkProcess

ROUNDS = 40  # of waking everybody up, before a send counts as stuck
PATIENCE = 120  # seconds for what has to come about; a busy machine takes its time


def until(is_so: Callable[[], bool], what: str, seconds: float = PATIENCE) -> None:
    """Wait for a state, not for a time."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"in vain waited for: {what}"
        time.sleep(0.01)


class Zygote:
    """Makes workers, each a process of its own."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.zygote"],
            cwd=BASE_DIR,
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "DATABASE_URL": _database_url()},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self, **order: Any) -> int:
        """A worker; `at`, `nth` and `do` (kill, stop, end) say what it does to itself, and where (zygote.py)."""
        return int(self._ask({**order, "journal": str(settings.NEWSLETTER_JOURNAL)}))

    def wait(self, pid: int) -> int:
        """How a worker ended: 0, or minus the signal that ended it."""
        return os.waitstatus_to_exitcode(int(self._ask({"wait": pid})))

    def close(self) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def _ask(self, order: dict[str, Any]) -> str:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the process that makes workers is gone"
        return line


class Theatre:
    """A sink and a zygote, for one stage after the other."""

    def __init__(self, folder: Path) -> None:
        self.sink = SinkProcess(folder / "mail.log", features=(*FEATURES, "AUTH PLAIN LOGIN"))

    def __enter__(self) -> Self:
        self.zygote = Zygote()
        self.sink.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self.sink.__exit__(*error)
        self.zygote.close()


class Stage:
    """One issue on its way to the sink. Leaving the block ends every worker it has started."""

    def __init__(self, theatre: Theatre, issue: Issue, *rules: Rule) -> None:
        self.issue, self.faults = issue, 0
        self.sink, self.zygote = theatre.sink, theatre.zygote
        self._rules = rules
        self._before = len(self.sink.accepted())
        self._workers: set[int] = set()

    def __enter__(self) -> Self:
        self.sink.script(*self._rules)
        return self

    def __exit__(self, *error: object) -> None:
        for pid in list(self._workers):
            self.kill(pid)

    def start(self, **order: Any) -> int:
        pid = self.zygote.start(port=self.sink.port, **order)
        self._workers.add(pid)
        return pid

    def wait(self, pid: int) -> int:
        code = self.zygote.wait(pid)
        self._workers.discard(pid)
        return code

    def run(self, **order: Any) -> int:
        """One worker from its start to its end."""
        return self.wait(self.start(**order))

    def kill(self, pid: int) -> int:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        return self.wait(pid)

    def tell(self, pid: int) -> int:
        """Tell a worker to stop, in an orderly way; how it ended."""
        os.kill(pid, signal.SIGTERM)
        return self.wait(pid)

    @contextmanager
    def stopped(self, pid: int) -> Iterator[None]:
        """During the block a worker that has stopped itself stays so; afterwards it goes on."""
        stat = Path(f"/proc/{pid}/stat")
        until(lambda: stat.read_text().rpartition(")")[2].split()[0] == "T", "a worker that has stopped itself")
        yield
        os.kill(pid, signal.SIGCONT)

    def clear(self) -> None:
        """Clear the slots of who is dead, as soon as the database has noticed; nobody else may be at work."""
        while Delivery.objects.filter(state__in=("claimed", "transmitting")).exists():
            clear_deserted_slots()

    def pass_time(self) -> None:
        """What waits for a moment waits no longer."""
        with connection.cursor() as cursor:
            cursor.execute("UPDATE newsletter_delivery SET not_before = now() WHERE state = 'queued'")
            cursor.execute("UPDATE newsletter_delivery SET doubt_until = now() WHERE state = 'in_doubt'")
            cursor.execute("UPDATE newsletter_carrier SET not_before = now()")

    def finish(self, workers: int = 1, *, resumes: bool = False) -> Verdict:
        """Let minutes pass and workers work until everybody is settled or held, and judge. With `resumes` there is an
        editor who lets the issue go on whenever it has halted itself.
        """
        for _ in range(ROUNDS):
            self.pass_time()
            look_after()
            self.issue.refresh_from_db()
            if resumes and self.issue.status == "paused":
                resume_issue(self.issue)
                self.issue.refresh_from_db()
            if self.issue.status not in {"sending", "cancelled"} or not self.has_work():
                break
            for pid in [self.start() for _ in range(workers)]:
                self.wait(pid)
        look_after()
        return judge(self.issue, self.mails(), self.faults)

    def has_work(self) -> bool:
        """Whether somebody is neither settled nor held."""
        return Delivery.objects.filter(issue=self.issue, final_at=None).exclude(state="held").exists()

    def until_sent(self, count: int) -> None:
        until(lambda: len(self.mails()) >= count, f"{count} mails")

    def until_quiet(self, seconds: float = 1.0) -> None:
        """Until nothing has been sent for a while."""
        count, since = -1, 0.0
        while time.monotonic() - since < seconds:
            if (now := len(self.mails())) != count:
                count, since = now, time.monotonic()
            time.sleep(0.05)

    def mails(self) -> list[Mail]:
        """What the sink accepted since this stage was set up."""
        return self.sink.accepted()[self._before :]

    def failures(self) -> int:
        return sum(Carrier.objects.values_list("failures", flat=True))


def _database_url() -> str:
    server, _, _ = os.environ["DATABASE_URL"].rpartition("/")
    return f"{server}/{settings.DATABASES['default']['NAME']}"
