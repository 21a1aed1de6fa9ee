"""What the SQL of a send runs on: a worker's own session, or Django's connection."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

import django.db
import psycopg
from django.db import connection

# A machine that is gone is noticed after a minute, and not after the two hours of the system: by the server, so that it
# lets go of the slot, and by the worker, so that it writes its answer down elsewhere.
_OPTIONS = (
    "-c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3 -c tcp_user_timeout=60000 "
    "-c synchronous_commit=on -c application_name=newsletter"
)
_OURS = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3, "tcp_user_timeout": 60_000}
CONNECT_SECONDS = 5
# What is raised when the server is gone, is starting, has no room left, cannot write, or ends the session.
LOST = (
    *(psycopg.OperationalError, psycopg.InterfaceError, psycopg.InternalError),
    *(django.db.OperationalError, django.db.InterfaceError, django.db.InternalError),
)


class Database(Protocol):
    def cursor(self) -> AbstractContextManager[Any]: ...


def own_session() -> psycopg.Connection[Any]:
    """A session outside of every pool, for it holds locks that must end with its process; each statement commits.

    A pooler between must be in session mode (docs/operations.md).
    """
    asked = connection.get_connection_params()
    options = f"{asked.pop('options', '')} {_OPTIONS}".strip()
    asked |= {"cursor_factory": psycopg.Cursor, "prepare_threshold": 1, "connect_timeout": CONNECT_SECONDS}
    asked |= _OURS
    return psycopg.connect(**asked, options=options, autocommit=True)


def rows(database: Database, statement: str, named: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with database.cursor() as cursor:
        cursor.execute(statement, named)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def row(database: Database, statement: str, named: Mapping[str, Any]) -> tuple[Any, ...] | None:
    found = rows(database, statement, named)
    return found[0] if found else None


def count(database: Database, statement: str, named: Mapping[str, Any]) -> int:
    """How many rows a statement changed."""
    with database.cursor() as cursor:
        cursor.execute(statement, named)
        changed: int = cursor.rowcount
    return changed


@contextlib.contextmanager
def closing(session: psycopg.Connection[Any]) -> Iterator[psycopg.Connection[Any]]:
    """The session, and its locks, end with the block, whatever state it is in."""
    try:
        yield session
    finally:
        with contextlib.suppress(*LOST):
            session.close()
