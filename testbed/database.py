"""An empty database of its own for each run, on the servers of the tests; it is dropped at the end, come what may."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import LiteralString

import psycopg
from psycopg import sql

from config.embedded import Services, outside, running
from config.env import BASE_DIR, STATE_DIR


@contextmanager
def of_the_tests() -> Iterator[Services]:
    """The servers the environment names, else embedded ones of the tests (as tests/services.py chooses)."""
    if "DATABASE_URL" in os.environ and "REDIS_URL" in os.environ:
        yield Services(os.environ["DATABASE_URL"], os.environ["REDIS_URL"])
    else:
        with running(STATE_DIR, test=True) as services:
            yield services


@contextmanager
def durable() -> Iterator[Services]:
    """New embedded servers that keep what they acknowledged, as a real site's do and those of the tests do not."""
    state = STATE_DIR / "durable"
    try:
        with running(state) as services:
            yield services
    finally:
        for folder in (state, outside(state)):
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def fresh_database(
    name: str, chosen: Callable[[], AbstractContextManager[Services]] = of_the_tests
) -> Iterator[dict[str, str]]:
    """The environment for processes that use a new, migrated database called `name` and this process's number."""
    with chosen() as services:
        server, _, _ = services.database_url.rpartition("/")
        database = f"{name}_{os.getpid()}"
        journal = STATE_DIR / f"{database}.journal"  # never that of the development database
        try:
            _tell(server, "DROP DATABASE IF EXISTS {} WITH (FORCE)", database)
            _tell(server, "CREATE DATABASE {}", database)
            environment = {
                **os.environ,
                "LOCAL": "1",
                "SECRET_KEY": f"only-for-{name}",
                "DATABASE_URL": f"{server}/{database}",
                "REDIS_URL": services.redis_url,
                "NEWSLETTER_JOURNAL": str(journal),
            }
            manage(environment, "migrate", "-v0")
            yield environment
        finally:
            _tell(server, "DROP DATABASE IF EXISTS {} WITH (FORCE)", database)
            journal.unlink(missing_ok=True)


def manage(environment: dict[str, str], *arguments: str) -> None:
    """Run manage.py to its end; CalledProcessError when it fails."""
    subprocess.run([sys.executable, "manage.py", *arguments], cwd=BASE_DIR, env=environment, check=True)


def _tell(server: str, statement: LiteralString, database: str) -> None:
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(sql.Identifier(database)))
