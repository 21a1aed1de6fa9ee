"""The processes of one run: started, watched, and stopped together with everything they started themselves.

Each begins a session of its own, so that a terminal's Ctrl-C reaches the supervisor alone, and carries a mark in
its environment. A supervisor that was itself killed leaves its record behind; the next one finds by it what still
lives: the recorded processes with their descendants, and whatever carries the mark. Never anything else.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import psutil

MARK = "DRYDOCK_RUN"
GRACE_SECONDS = 8
GIVE_UP_SECONDS = 12  # only a process stuck in the kernel outlives its SIGKILL
POLL_SECONDS = 0.05


class RunError(Exception):
    """One plain sentence for whoever typed the command, and the lines of output that explain it."""

    def __init__(self, sentence: str, output: str = "") -> None:
        super().__init__(sentence)
        self.output = output


class Interrupted(Exception):  # noqa: N818 - a wish, not an error
    """Somebody asked for the end: Ctrl-C, a closed terminal, `make stop`."""


class Interrupts:
    """Notes the requests to end. The handlers do no more, since an exception could strike in a half-done start."""

    def __init__(self) -> None:
        self.moments: list[float] = []
        self.has_terminal = os.isatty(0) and signal.getsignal(signal.SIGHUP) != signal.SIG_IGN
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # `nohup make run` stays
                signal.signal(number, self._note)

    def _note(self, *_: object) -> None:
        self.moments.append(time.monotonic())

    def check(self) -> None:
        # A closed terminal signals the head of its session alone, and if that is `make`, it passes nothing on.
        if self.moments or (self.has_terminal and not os.isatty(0)):
            raise Interrupted

    def is_repeated(self) -> bool:
        """Whether somebody lost patience; a group and its `make` may both pass one on."""
        return bool(self.moments) and self.moments[-1] - self.moments[0] > 1


@dataclass(frozen=True)
class Child:
    name: str
    process: subprocess.Popen[bytes]
    created: float


@dataclass
class Crew:
    """The children of one supervisor, and the record of them."""

    folder: Path
    record: Path
    environment: Mapping[str, str]
    interrupts: Interrupts
    children: list[Child] = field(default_factory=list)

    def start(self, name: str, command: str) -> None:
        """Start a line of the Procfile; what it prints appears behind its name."""
        reader = self._spawn(name, ["sh", "-c", command], subprocess.PIPE, subprocess.STDOUT).stdout
        threading.Thread(target=_relay, args=(name, reader), daemon=True).start()

    def run(self, name: str, command: Sequence[str]) -> str:
        """Run a command to its end and return what it printed."""
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
            process = self._spawn(name, command, output, errors)
            while process.poll() is None:
                self.interrupts.check()
                time.sleep(POLL_SECONDS)
            self.children.pop()
            if process.returncode:
                raise RunError(f"{name} failed with exit code {process.returncode}.", _read(errors) or _read(output))
            return _read(output)

    def check(self) -> None:
        """Raise as soon as somebody asks for the end or a child ends by itself."""
        self.interrupts.check()
        for child in self.children:
            if child.process.poll() is not None:
                raise RunError(f"The process {child.name} ended by itself (exit code {child.process.returncode}).")

    def write_record(self) -> None:
        children = [{"name": c.name, "pid": c.process.pid, "created": c.created} for c in self.children]
        draft = self.record.with_suffix(".draft")
        draft.write_text(json.dumps({"mark": self.environment[MARK], "children": children}))
        draft.replace(self.record)

    def _spawn(
        self, name: str, command: Sequence[str], output: int | IO[bytes], errors: int | IO[bytes]
    ) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            command,
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            start_new_session=True,
        )
        self.children.append(Child(name, process, psutil.Process(process.pid).create_time()))
        self.write_record()
        return process


def survivors(record: Path) -> list[psutil.Process]:
    """Every living process of a recorded run."""
    try:
        run = json.loads(record.read_text())
        mark, children = run["mark"], [(child["pid"], child["created"]) for child in run["children"]]
    except (OSError, ValueError, KeyError, TypeError):  # none yet, cut short, or of an older version
        return []
    found: set[psutil.Process] = set()
    for number, created in children:
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(number)
            if abs(process.create_time() - created) < 1:  # else the number belongs to a stranger by now
                found |= {process, *process.children(recursive=True)}
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get(MARK) == mark:
                found.add(process)
    return [process for process in found if _is_alive(process)]


def end_all(record: Path, *, is_impatient: Callable[[], bool] = lambda: False) -> None:
    """Ask every process of a recorded run to end, and after the grace period end it."""
    begun = time.monotonic()
    asked: set[int] = set()
    while remaining := survivors(record):
        waited = time.monotonic() - begun
        if waited > GIVE_UP_SECONDS:
            break
        numbers = {process.pid for process in remaining}
        for process in remaining:
            with contextlib.suppress(psutil.Error):
                if waited > GRACE_SECONDS or is_impatient():
                    process.kill()
                elif process.ppid() not in numbers and process.pid not in asked:
                    process.terminate()  # only the head of a family: it lets its workers finish what they do
                    asked.add(process.pid)
        time.sleep(POLL_SECONDS)


def say(text: str, end: str = "\n") -> None:
    """Print at once. A closed terminal, or a log on a full disk, must not keep us from stopping the rest."""
    with contextlib.suppress(OSError):
        sys.stdout.write(text + end)
        sys.stdout.flush()


def _relay(name: str, reader: IO[bytes]) -> None:
    for line in reader:
        say(f"{name:<6} | {line.decode(errors='replace').rstrip()}")


def _read(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace").strip()


def _is_alive(process: psutil.Process) -> bool:
    """Where nothing reaps orphans, as in a container without an init, ended processes stay zombies for good."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False
