"""An empty database of its own for each benchmark, on the servers of the tests."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from config.embedded import running
from config.env import BASE_DIR, STATE_DIR


@contextmanager
def fresh_database() -> Iterator[dict[str, str]]:
    """The environment for processes that use a new, migrated database; it is dropped at the end."""
    with running(STATE_DIR, test=True) as services:
        server, _, _ = services.database_url.rpartition("/")
        with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
            connection.execute("DROP DATABASE IF EXISTS bench WITH (FORCE)")
            connection.execute("CREATE DATABASE bench")
            environment = {
                **os.environ,
                "LOCAL": "1",
                "SECRET_KEY": "only-for-benchmarks",
                "DATABASE_URL": f"{server}/bench",
                "REDIS_URL": services.redis_url,
            }
            manage(environment, "migrate", "-v0")
            yield environment
            connection.execute("DROP DATABASE bench WITH (FORCE)")


def manage(environment: dict[str, str], *arguments: str) -> None:
    subprocess.run([sys.executable, "manage.py", *arguments], cwd=BASE_DIR, env=environment, check=True)
