"""A real web server on this machine alone, started for a run and stopped with it."""

from __future__ import annotations

import http.client
import os
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from config.env import BASE_DIR

START_SECONDS = 60


@dataclass(frozen=True, slots=True)
class WebServer:
    """Where it listens, and its process, for its CPU time."""

    port: int
    pid: int


def procfile(name: str) -> list[str]:
    """The command of a line of the Procfile, as a server runs it."""
    for line in (BASE_DIR / "Procfile").read_text().splitlines():
        found, _, command = line.partition(":")
        if found == name:
            return ["sh", "-c", command.strip()]
    raise LookupError(f"The Procfile has no line {name}.")


@contextmanager
def web_server(
    environment: dict[str, str],
    command: Sequence[str],
    output: IO[bytes] | int | None = None,
    *,
    port: int = 0,
    believed: Path | None = None,
) -> Iterator[WebServer]:
    """Run a command that listens on the PORT of its environment, once it answers and until the block ends.

    A server that speaks TLS shows the certificate to be `believed`.
    """
    port = port or free_port()
    programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    place = {"HOST": "127.0.0.1", "PORT": str(port), "GRANIAN_HOST": "127.0.0.1", "GRANIAN_PORT": str(port)}
    process = subprocess.Popen(
        command,
        cwd=BASE_DIR,
        env={**environment, **place, "PATH": programs},
        stdout=output,
        stderr=subprocess.STDOUT if output else None,
        start_new_session=True,  # Ctrl-C is for the run, which stops its server itself
    )
    try:
        _wait_for(process, port, believed)
        yield WebServer(port, process.pid)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def connect(port: int, believed: Path | None = None, seconds: float = 5) -> http.client.HTTPConnection:
    """A client of a server on this machine, by TLS when there is a certificate to be believed."""
    if believed is None:
        return http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)
    trust = ssl.create_default_context(cafile=believed)
    return http.client.HTTPSConnection("127.0.0.1", port, timeout=seconds, context=trust)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(process: subprocess.Popen[bytes], port: int, believed: Path | None) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        connection = connect(port, believed)
        try:
            connection.request("GET", "/livez")
            if connection.getresponse().status == http.HTTPStatus.OK:
                return
        except OSError:
            time.sleep(0.05)
        finally:
            connection.close()
    raise SystemExit("The web server did not start; its message stands above or in its log.")
