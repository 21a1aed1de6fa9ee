"""Postfix's own senders and receivers for measuring, without Postfix: from this machine, or out of Debian's package."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from config.env import STATE_DIR


@dataclass(frozen=True)
class Tools:
    source: Path
    sink: Path
    environment: dict[str, str]


def find_tools() -> Tools | None:
    """smtp-source and smtp-sink; None where they are neither installed nor to be had."""
    found = shutil.which("smtp-source", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found:
        return Tools(Path(found), Path(found).with_name("smtp-sink"), dict(os.environ))
    folder = STATE_DIR / "postfix"
    if not (folder / "usr/sbin/smtp-source").exists() and not _unpack(folder):
        return None
    libraries = {"LD_LIBRARY_PATH": str(folder / "usr/lib/postfix")}
    return Tools(folder / "usr/sbin/smtp-source", folder / "usr/sbin/smtp-sink", {**os.environ, **libraries})


def _unpack(folder: Path) -> bool:
    folder.mkdir(parents=True, exist_ok=True)
    try:
        subprocess.run(["apt-get", "download", "postfix"], cwd=folder, check=True, capture_output=True)  # noqa: S607
        package = next(folder.glob("postfix_*.deb"))
        subprocess.run(["dpkg", "-x", package, folder], check=True, capture_output=True)  # noqa: S607
    except (OSError, subprocess.CalledProcessError, StopIteration):
        return False
    return (folder / "usr/sbin/smtp-source").exists()


@contextlib.contextmanager
def smtp_sink(tools: Tools) -> Iterator[int]:
    """A receiver that throws everything away, in C; yields its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    as_nobody = ["-u", "nobody"] if os.geteuid() == 0 else []
    process = subprocess.Popen([tools.sink, *as_nobody, f"127.0.0.1:{port}", "100"], env=tools.environment)
    try:
        _wait_for(port)
        yield port
    finally:
        process.kill()
        process.wait()


def _wait_for(port: int) -> None:
    for _ in range(100):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.05)
    raise SystemExit("smtp-sink does not answer.")
