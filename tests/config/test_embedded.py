"""The embedded servers: real ones, killed and crowded in every way that a developer's machine knows."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
import redis

from config import embedded
from config.env import BASE_DIR
from tests.config.conftest import SmallDisk, is_alive, living, until


def ask(url: str, query: str) -> Any:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(query.encode()).fetchone()
    return row and row[0]


def write(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())


def command(state: Path, *arguments: str, **variables: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "config.embedded", *arguments],
        cwd=BASE_DIR,
        env={**os.environ, "STATE_DIR": str(state), **variables},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_services_start_keep_their_content_and_stop(state: Path) -> None:
    services = embedded.start(state)
    assert embedded.start(state) == services
    write(services.database_url, "create extension pg_trgm")
    write(services.database_url, "create table kept as select 42 as answer")
    assert ask(services.database_url, "show max_connections") == "60"
    assert ask(services.database_url, "show listen_addresses") == ""
    with redis.Redis.from_url(services.redis_url) as client:
        client.set("kept", "yes")

    embedded.stop(state)
    embedded.stop(state)
    assert living(state) == set()
    with pytest.raises(psycopg.OperationalError):
        ask(services.database_url, "select 1")

    assert embedded.start(state) == services
    assert ask(services.database_url, "select answer from kept") == 42
    with redis.Redis.from_url(services.redis_url) as client:
        assert client.get("kept") == b"yes"


def test_tests_get_fast_servers_of_their_own(state: Path) -> None:
    services, of_tests = embedded.start(state), embedded.start(state, test=True)
    assert {services.database_url, services.redis_url}.isdisjoint({of_tests.database_url, of_tests.redis_url})
    assert [ask(each.database_url, "show fsync") for each in (services, of_tests)] == ["on", "off"]
    with redis.Redis.from_url(of_tests.redis_url) as client:
        assert client.config_get("save") == {"save": ""}


@pytest.mark.parametrize("victims", ["the servers", "every process"])
def test_services_recover_from_kill(state: Path, victims: str) -> None:
    services = embedded.start(state)
    write(services.database_url, "create table kept as select generate_series(1, 1000)")
    heads = {psutil.Process(int(file.read_text().split()[0])) for file in state.glob("*/**/*.pid")}
    assert len(heads) == 2
    for process in heads if victims == "the servers" else living(state):
        with contextlib.suppress(psutil.NoSuchProcess):  # some follow their head by themselves
            process.kill()

    assert embedded.start(state) == services
    assert ask(services.database_url, "select count(*) from kept") == 1000
    assert not any(is_alive(process) for process in heads)


def test_services_come_back_after_a_clean_up_of_the_temporary_folder(state: Path) -> None:
    services = embedded.start(state)
    write(services.database_url, "create table kept as select 1")
    for server in embedded.servers(state):
        shutil.rmtree(server.sockets)
    assert embedded.start(state) == services
    assert ask(services.database_url, "select count(*) from kept") == 1


def test_two_states_do_not_collide(state: Path) -> None:
    first, second = embedded.start(state / "a checkout"), embedded.start(state / "b checkout")
    write(first.database_url, "create table only_here ()")
    with pytest.raises(psycopg.errors.UndefinedTable):
        write(second.database_url, "drop table only_here")
    embedded.stop(state / "a checkout")
    assert ask(second.database_url, "select 1") == 1
    embedded.stop(state / "b checkout")


def test_services_run_in_a_folder_that_is_closed_to_others(state: Path) -> None:
    state.chmod(0o700)
    services = embedded.start(state)
    assert ask(services.database_url, "select 1") == 1
    embedded.stop(state)


def test_simultaneous_starts_end_with_one_server_each(state: Path) -> None:
    starts = [command(state, "start", PGPORT="1", PGHOST="/nowhere", LC_ALL="xx_XX") for _ in range(3)]
    printed = {start.communicate()[0] for start in starts}
    assert [start.returncode for start in starts] == [0, 0, 0]
    assert len(printed) == 1
    names = sorted(process.name() for process in living(state) if "postgres" not in process.parent().name())
    assert names == ["postgres", "valkey-server"]


def test_the_last_user_stops_the_services(state: Path) -> None:
    user = command(state, "with", "--", "cat")
    with embedded.running(state) as services:
        write(services.database_url, "create table kept ()")
        until(lambda: any(process.name() == "cat" for process in living(state)))
    assert ask(services.database_url, "select count(*) from kept") == 0
    user.communicate()
    assert user.returncode == 0
    until(lambda: not living(state), seconds=5)


def test_a_stranger_with_a_recorded_number_is_left_alone(state: Path) -> None:
    with embedded.running(state):
        files = list(state.glob("*/**/*.pid"))
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as stranger:
        for file in files:
            file.write_text(str(stranger.pid))
        embedded.stop(state)
        with embedded.running(state) as services:
            assert ask(services.database_url, "select 1") == 1
        assert stranger.poll() is None
        stranger.kill()


def test_a_foreign_socket_folder_is_refused(state: Path) -> None:
    folder = embedded.servers(state)[0].sockets
    folder.mkdir()
    folder.chmod(0o777)
    with pytest.raises(embedded.EmbeddedError, match=f"{folder} is not this checkout's own folder"):
        embedded.start(state)
    folder.rmdir()


def test_a_server_that_does_not_start_is_quoted(state: Path) -> None:
    with embedded.running(state):
        settings = next(state.glob("*/data/postgresql.conf"))
    with settings.open("a") as file:
        file.write("no_such_setting = 1\n")
    with pytest.raises(embedded.EmbeddedError, match=r"FATAL:.* contains errors \(its log: .*postgres\.log\)"):
        embedded.start(state)


def test_status_and_mistakes_on_the_command_line(state: Path) -> None:
    with embedded.running(state, test=True):
        assert command(state, "status", "--test").communicate()[0].count("running") == 2
    assert command(state, "status", "--test").communicate()[0].count("stopped") == 2
    (state / "file").touch()
    failed = command(state / "file", "start")
    assert failed.communicate()[1] == f"The folder {state / 'file'} cannot be made: File exists.\n"
    assert failed.returncode == 1


def test_a_full_disk_is_said_plainly(small_disk: SmallDisk) -> None:
    said = small_disk.run("python -m config.embedded start", megabytes=100)
    assert said.stderr == f"The disk is full: free 300 MB for {said.state}/postgres-18-development and try again.\n"
    assert said.returncode == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may both mount a disk and lend PostgreSQL an account")
def test_a_disk_that_fills_up_later_is_said_plainly(small_disk: SmallDisk) -> None:
    """PostgreSQL and Valkey must still stop on it, and say what is wrong when asked to start again."""
    start, stop = "python -m config.embedded start", "python -m config.embedded stop"
    said = small_disk.run(f'{start} >&-; cat /dev/zero 2>&- >"$STATE_DIR/filler"; {stop}; {start}', megabytes=400)
    assert said.stderr == f"The disk is full: free 300 MB for {said.state}/postgres-18-development and try again.\n"
    assert living(said.state) == set()
