"""The embedded services: what `make run` and the tests use when the environment names no others.

Tests get servers of their own, so that they never touch the development data. By hand:

    python -m config.embedded start|stop|status [--test]
    python -m config.embedded with [--test] -- COMMAND ...
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from config.env import STATE_DIR
from config.servers import EmbeddedError, Postgres, Server, Valkey, kind, outside

__all__ = ["EmbeddedError", "Server", "Services", "in_use", "outside", "running", "servers", "start", "stop"]


@dataclass(frozen=True)
class Services:
    database_url: str
    redis_url: str


def servers(state: Path, *, test: bool = False) -> tuple[Postgres, Valkey]:
    """The two servers of a state folder, running or not."""
    try:
        state.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EmbeddedError(f"The folder {state} cannot be made: {error.strerror}.") from error
    return Postgres(state, test=test), Valkey(state, test=test)


def start(state: Path, *, test: bool = False) -> Services:
    """Start what does not run yet; whoever calls this stops it with `stop`, or better uses `running`."""
    postgres, valkey = servers(state, test=test)
    return Services(database_url=postgres.start(), redis_url=valkey.start())


def stop(state: Path, *, test: bool = False) -> None:
    """Stop both, whoever uses them."""
    for server in reversed(servers(state, test=test)):
        server.stop()


@contextlib.contextmanager
def in_use(state: Path, *, test: bool = False) -> Iterator[None]:
    """Whatever runs stays up during this block; the last process to leave such a block stops it."""
    servers(state, test=test)
    with (state / f"{kind(test=test)}.users").open("w") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        try:
            yield
        finally:
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                stop(state, test=test)


@contextlib.contextmanager
def running(state: Path, *, test: bool = False) -> Iterator[Services]:
    """Both servers, started if need be, and stopped at the end unless another process still uses them."""
    with in_use(state, test=test):
        yield start(state, test=test)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m config.embedded", description="The embedded services by hand.")
    parser.add_argument("task", choices=["start", "stop", "status", "with"])
    parser.add_argument("--test", action="store_true", help="the servers of the tests, which keep nothing safe")
    parser.add_argument("command", nargs="*", help="for `with`: what to run while they are up")
    options = parser.parse_intermixed_args(arguments)
    match options.task:
        case "stop":
            stop(STATE_DIR, test=options.test)
        case "with":
            return _during(options.command, test=options.test)
        case "start":
            for server in servers(STATE_DIR, test=options.test):
                print(f"{server.variable}={server.start()}")
        case "status":
            for server in servers(STATE_DIR, test=options.test):
                print(f"{server.name:<12}{'running' if server.is_running() else 'stopped':<10}{server.url}")
    return 0


def _during(command: Sequence[str], *, test: bool) -> int:
    with running(STATE_DIR, test=test) as services:
        urls = {"DATABASE_URL": services.database_url, "REDIS_URL": services.redis_url}
        return subprocess.run(command, env={**os.environ, **urls}, check=False).returncode


if __name__ == "__main__":
    try:
        sys.exit(main())
    except EmbeddedError as error:
        sys.exit(str(error))
