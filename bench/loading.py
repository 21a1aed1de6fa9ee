"""load_publication: seconds, and the most memory, as the folder grows tenfold."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.publication import write_publication
from config.env import BASE_DIR

SIZES = (200, 2000)


def run(environment: dict[str, str]) -> None:
    print(f"{'tools':>6} {'reviews':>8} {'files':>7} {'seconds':>8} {'files/s':>8} {'MiB at most':>12}")
    measured = []
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            files = write_publication(Path(folder), size)
            seconds, memory = _load(folder, environment)
        measured.append(memory)
        print(f"{size:>6} {size * 4:>8} {files:>7} {seconds:>8.1f} {files / seconds:>8.0f} {memory:>12.1f}")
    print(
        f"memory at {SIZES[-1]} tools / at {SIZES[0]}: {measured[-1] / measured[0]:.2f} (target: flat; 2,000 in 60 s)"
    )


def _load(folder: str, environment: dict[str, str]) -> tuple[float, float]:
    """Seconds and MiB of one process that loads a folder for real (not dry)."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "manage.py", "load_publication", folder],
        cwd=BASE_DIR,
        env=environment,
        stdout=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit("The load failed; its message stands above.")
    scale = 1 if sys.platform == "darwin" else 1024  # macOS counts bytes, Linux KiB
    return time.perf_counter() - started, usage.ru_maxrss * scale / 2**20
