"""`make run` as a person meets it: the whole of it, started and stopped in every way, and nothing left behind."""

from __future__ import annotations

import contextlib
import dataclasses
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import psutil
import psycopg
import pytest

from config import embedded
from config.env import BASE_DIR
from tests.config.conftest import SmallDisk, is_alive, living, until

SET_BY_TESTS = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "LOCAL", "DEBUG", "DJANGO_SETTINGS_MODULE")
ALREADY = "Drydock already runs from this checkout: use that one, or stop it with `make stop`.\n"


def environment(state: Path, **variables: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name not in SET_BY_TESTS}
    return {**inherited, "STATE_DIR": str(state), "WEB_CONCURRENCY": "1", **variables}


def command(state: Path, *arguments: str, **variables: str) -> tuple[int, str]:
    """Run `python -m config.run` to its end: its exit code and complaint."""
    done = subprocess.run(
        [sys.executable, "-m", "config.run", *arguments],
        cwd=BASE_DIR,
        env=environment(state, **variables),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr


def runs(process: psutil.Process, *programs: str) -> bool:
    with contextlib.suppress(psutil.Error):
        return any(Path(word).name in programs for word in process.cmdline())
    return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclasses.dataclass
class Run:
    """One `python -m config.run` at the head of a process group of its own, as a terminal starts it."""

    state: Path
    port: int
    output: Path = dataclasses.field(default_factory=lambda: Path(tempfile.mkstemp(prefix="drydock-run-")[1]))

    def start(self, **variables: str) -> Run:
        with self.output.open("w") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "config.run"],
                cwd=BASE_DIR,
                env=environment(self.state, PORT=str(self.port), **variables),
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return self

    def wait_until_ready(self) -> Run:
        until(lambda: "Ctrl-C stops everything" in self.printed() or self.process.poll() is not None, seconds=240)
        assert self.process.poll() is None, self.printed()
        return self

    def printed(self) -> str:
        return self.output.read_text()

    def has_printed(self, text: str) -> bool:
        return text in self.printed()

    def answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/livez")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def end(self, number: signal.Signals = signal.SIGINT, *, as_group: bool = False) -> int:
        (os.killpg if as_group else os.kill)(self.process.pid, number)
        return self.process.wait(timeout=30)


@pytest.fixture
def new_run(state: Path) -> Iterator[Callable[..., Run]]:
    runs: list[Run] = []

    def new_run(folder: Path = state, port: int | None = None) -> Run:
        runs.append(Run(folder, port or free_port()))
        return runs[-1]

    yield new_run
    for each in runs:
        command(each.state, "stop")
        each.process.wait(timeout=30)
        each.output.unlink()


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http", "80 80", "８０００"])
def test_a_port_that_is_none_is_refused(state: Path, port: str) -> None:
    sentence = f"PORT is {port!r}: choose a number from 1 to 65535, for example `PORT=8001 make run`.\n"
    assert command(state, PORT=port) == (1, sentence)


def test_a_busy_port_is_named_with_a_way_out(state: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        code, complaint = command(state, PORT=str(port))
    assert code == 1
    assert complaint.startswith(f"Port {port} is used by another program: ")
    assert complaint.endswith(f"`PORT={port % 65535 + 1} make run`.\n")


def test_mistakes_on_the_command_line(state: Path) -> None:
    assert command(state, "strat")[0] == 2
    assert command(state / "none", "stop") == (0, "")
    assert not (state / "none").exists()


@pytest.mark.parametrize("record", ["", "{", "[]", "{}", '{"mark": "x", "children": [{"pid": 1}]}'])
def test_a_record_that_cannot_be_read_stops_nobody(state: Path, record: str) -> None:
    (state / "run.json").write_text(record)
    assert command(state, "stop") == (0, "")


def test_a_full_disk_is_said_plainly(small_disk: SmallDisk) -> None:
    fill = 'cat /dev/zero 2>&- >"$STATE_DIR/filler"; unset DATABASE_URL REDIS_URL'
    said = small_disk.run(f"{fill}; PORT={free_port()} python -m config.run >&-", megabytes=1)
    assert said.stderr.startswith("The disk is full: free ")
    assert (said.returncode, said.stderr.count("\n")) == (1, 1)


def test_clean_deletes_a_state_folder_and_nothing_else(state: Path) -> None:
    code, complaint = command(state, "clean")
    assert (code, complaint) == (1, f"STATE_DIR names a folder of your own: delete {state} yourself.\n")
    assert state.exists()
    of_checkout = BASE_DIR / f".state-{os.getpid()}"
    of_checkout.mkdir()
    (of_checkout / "something").touch()
    assert command(of_checkout, "clean") == (0, "")
    assert not of_checkout.exists()


@pytest.mark.slow
def test_everything_starts_can_be_used_and_ends_with_ctrl_c(state: Path, new_run: Callable[..., Run]) -> None:
    run = new_run().start().wait_until_ready()
    assert run.answers()
    assert f"http://127.0.0.1:{run.port}/admin/" in run.printed()
    (line, *_) = [line for line in run.printed().splitlines() if '"GET /livez HTTP/1.1" 200' in line]
    assert "127.0.0.1" not in line, "the access log holds no address of a reader"
    assert command(state, PORT=str(free_port())) == (1, ALREADY)

    assert (state / "env").stat().st_mode & 0o777 == 0o600
    by_hand = [sys.executable, "manage.py", "migrate", "--check"]
    assert subprocess.run(by_hand, cwd=BASE_DIR, env=environment(state), check=False).returncode == 0

    for program in ("postgres", "valkey-server", "granian", "celery"):
        assert any(runs(process, program) for process in living(state)), program
    assert run.end(signal.SIGINT) == 0
    assert living(state) == set()


@pytest.mark.slow
def test_every_request_to_end_leaves_nothing_behind(state: Path, new_run: Callable[..., Run]) -> None:
    keys = set()
    for number, as_group in [
        (signal.SIGINT, True),
        (signal.SIGTERM, False),
        (signal.SIGTERM, True),
        (signal.SIGHUP, False),
    ]:
        run = new_run().start().wait_until_ready()
        started = living(state)
        assert run.end(number, as_group=as_group) == 0, run.printed()
        assert not any(is_alive(process) for process in started)
        assert living(state) == set()
        keys.add((state / "env").read_text().split("SECRET_KEY=")[1].split("\n")[0])
    assert len(keys) == 1, "a restart logs nobody out"


@pytest.mark.slow
def test_a_start_that_is_interrupted_leaves_nothing_behind(state: Path, new_run: Callable[..., Run]) -> None:
    for step in ("Starting PostgreSQL", "Migrating", "Starting web"):
        run = new_run().start()
        until(partial(run.has_printed, step))
        assert run.end() == 0, run.printed()
        assert living(state) == set()


@pytest.mark.slow
@pytest.mark.parametrize("victims", ["the supervisor", "the supervisor and every head"])
def test_a_killed_supervisor_is_cleaned_up_by_the_next_start(
    state: Path, new_run: Callable[..., Run], victims: str
) -> None:
    killed = new_run().start().wait_until_ready()
    left = {process for process in living(state) if runs(process, "granian", "celery")}
    heads = psutil.Process(killed.process.pid).children()
    killed.process.kill()
    killed.process.wait()
    if victims != "the supervisor":
        for head in heads:
            head.kill()

    run = new_run(port=killed.port).start().wait_until_ready()
    assert run.answers()
    assert len(left) >= 4
    assert not any(is_alive(process) for process in left)
    assert run.end() == 0
    assert living(state) == set()


@pytest.mark.slow
def test_a_child_that_dies_ends_the_run_with_its_name(state: Path, new_run: Callable[..., Run]) -> None:
    run = new_run().start().wait_until_ready()
    recorded = json.loads((state / "run.json").read_text())["children"]
    worker = next(child["pid"] for child in recorded if child["name"] == "worker")
    psutil.Process(worker).kill()
    assert run.process.wait(timeout=30) == 1
    assert run.printed().endswith("The process worker ended by itself (exit code -9).\n")
    assert living(state) == set()


@pytest.mark.slow
def test_a_service_that_dies_ends_the_run_with_its_name(state: Path, new_run: Callable[..., Run]) -> None:
    run = new_run().start().wait_until_ready()
    psutil.Process(int(next(state.glob("*/valkey.pid")).read_text())).kill()
    assert run.process.wait(timeout=30) == 1
    assert "\nValkey ended by itself: its log is " in run.printed()
    assert living(state) == set()


@pytest.mark.slow
def test_two_checkouts_run_side_by_side(state: Path, new_run: Callable[..., Run]) -> None:
    first, second = new_run(state / "first").start(), new_run(state / "second").start()
    for run in (first, second):
        run.wait_until_ready()
    assert first.answers()
    assert command(first.state, "stop") == (0, "")
    assert first.process.wait(timeout=30) == 0
    assert living(first.state) == set()
    assert second.answers()
    assert second.end() == 0


@pytest.mark.slow
def test_a_failing_migration_is_shown(state: Path, new_run: Callable[..., Run]) -> None:
    with embedded.running(state) as services, psycopg.connect(services.database_url, autocommit=True) as connection:
        connection.execute("create table django_migrations (id int)")
    run = new_run().start()
    assert run.process.wait(timeout=30) == 1
    assert "django_migrations" in run.printed()
    assert run.printed().endswith("manage.py migrate failed with exit code 1.\n")
    assert living(state) == set()


@pytest.mark.slow
def test_a_process_that_will_not_end_is_ended(state: Path, new_run: Callable[..., Run]) -> None:
    run = new_run().start().wait_until_ready()
    for process in living(state):
        if runs(process, "celery"):
            process.suspend()
    assert run.end() == 0
    assert living(state) == set()
