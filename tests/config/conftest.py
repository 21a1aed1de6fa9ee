"""A state folder for each test, and a look at what still lives of it. All processes in these tests are real."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from config import embedded
from config.env import BASE_DIR


@pytest.fixture
def state() -> Iterator[Path]:
    """Not pytest's own folder: when root runs the tests, the account of PostgreSQL could not enter that one."""
    folder = Path(tempfile.mkdtemp(prefix="drydock state ", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    for test in (False, True):
        embedded.stop(folder, test=test)
    for process in living(folder):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    shutil.rmtree(folder)
    shutil.rmtree(embedded.outside(folder), ignore_errors=True)


@dataclass(frozen=True)
class Said:
    state: Path
    returncode: int
    stderr: str


class SmallDisk:
    """Runs a line of shell whose state folder is a small disk of its own, visible to nobody else.

    Only root may mount one; another account becomes root of a namespace of its own, where the system allows that.
    PostgreSQL itself cannot run there, because that root has no second account to lend it.
    """

    def __init__(self, state: Path) -> None:
        self.state = state
        self.unshare = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--mount", "--map-root-user"]
        if not shutil.which("unshare") or subprocess.run([*self.unshare, "true"], check=False).returncode:
            pytest.skip("this system lets no program mount a small disk")

    def run(self, line: str, *, megabytes: int) -> Said:
        script = f'mount -t tmpfs -o mode=755,size={megabytes}m none "$STATE_DIR" && {{ {line}; }}'
        done = subprocess.run(
            [*self.unshare, "sh", "-c", script],
            cwd=BASE_DIR,
            env={
                **os.environ,
                "STATE_DIR": str(self.state),
                "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        return Said(self.state, done.returncode, done.stderr)


@pytest.fixture
def small_disk(state: Path) -> SmallDisk:
    return SmallDisk(state)


def living(state: Path) -> set[psutil.Process]:
    """Every process that was started for a state folder, with its descendants."""
    found: set[psutil.Process] = set()
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            is_of_state = process.environ().get("STATE_DIR") == str(state)
            if is_of_state or any(str(state) in word for word in process.cmdline()):
                found |= {process, *process.children(recursive=True)}
    return {process for process in found if is_alive(process)}


def is_alive(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.Error):
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    return False


def until(condition: Callable[[], object], *, seconds: float = 120) -> None:
    """Wait for a condition, but not for ever."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)
