"""What must not be forgotten with the database: a file outside of it, one line for each thing, on the disk before we go
on. docs/decisions/0040.

Who wants no mail stands there by keyed hash, and what has gone out by its week. Numbers come from a sequence of the
database, which goes back when the database does: then the file knows a number that the sequence has not given yet.
"""

from __future__ import annotations

import errno
import logging
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings
from django.db import connection, transaction

logger = logging.getLogger(__name__)

LIFTED, STARTED, GOING = "lifted", "started", "going"
_TAIL = 65_536
_NEXT = "SELECT newsletter_lineage(), nextval('newsletter_journal_number'), clock_timestamp()"
_LINE = re.compile(r"(\S+) ([0-9a-f]{16}) ([0-9]{1,19}) ([a-z_]+) ([0-9A-Za-z-]+)")


class Database(Protocol):
    def cursor(self) -> Any: ...


@dataclass(frozen=True, slots=True)
class Entry:
    """`lineage` is of the database in which it happened; `about` is a keyed hash in hexadecimal, or a week."""

    at: datetime
    lineage: str
    number: int
    what: str
    about: str

    def __str__(self) -> str:
        return f"{self.at.isoformat()} {self.lineage} {self.number} {self.what} {self.about}\n"


def path() -> Path:
    return Path(settings.NEWSLETTER_JOURNAL)


def note(what: str, about: str, done: Any = lambda: None) -> None:
    """Once this transaction is committed, append it, and then do `done`. What cannot be written is logged: whoever
    wants no mail gets none whether or not the file is there.
    """
    entry = next_entry(connection, what, about)

    def write() -> None:
        try:
            append(entry)
        except OSError:
            logger.exception("The journal of the weekly email cannot be written.")
        else:
            done()

    transaction.on_commit(write)


def next_entry(database: Database, what: str, about: str) -> Entry:
    with database.cursor() as cursor:
        cursor.execute(_NEXT)
        lineage, number, at = cursor.fetchone()
    return Entry(at, lineage, number, what.replace(" ", "_"), about)


def append(entry: Entry) -> None:
    """On the disk when this returns; OSError when it cannot be. One write, so that lines of others stay whole; after
    half a line of somebody else's it begins a new one.
    """
    file = path()
    is_new = not file.exists()
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        size = os.fstat(descriptor).st_size
        is_torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
        line = f"{'\n' if is_torn else ''}{entry}".encode()
        if os.write(descriptor, line) != len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if is_new:
        _keep_name(file.parent)


def last_numbers() -> dict[str, int]:
    """The highest number near the end of the file of each database, by its lineage. OSError when it cannot be read."""
    last: dict[str, int] = {}
    with suppress(FileNotFoundError), path().open("rb") as file:
        file.seek(0, os.SEEK_END)
        file.seek(max(0, file.tell() - _TAIL))
        for entry in _entries(file):
            last[entry.lineage] = max(entry.number, last.get(entry.lineage, 0))
    return last


def entries(file: Path | None = None) -> Iterator[Entry]:
    """All of them, oldest first; what is no line of ours, such as half a one, is passed over."""
    with (file or path()).open("rb") as lines:
        yield from _entries(lines)


def has_started(lineage: str, week: str, file: Path | None = None) -> bool:
    """Whether the issue of a week has gone out from this database, whatever the database says now."""
    wanted = {(lineage, STARTED, week), (lineage, GOING, week)}
    try:
        return any((entry.lineage, entry.what, entry.about) in wanted for entry in entries(file))
    except FileNotFoundError:
        return False


def _entries(lines: Any) -> Iterator[Entry]:
    for line in lines:
        found = _LINE.fullmatch(line.decode("ascii", "replace").strip())
        if found:
            at, lineage, number, what, about = found.groups()
            try:
                yield Entry(datetime.fromisoformat(at), lineage, int(number), what, about)
            except ValueError:
                continue


def _keep_name(folder: Path) -> None:
    """The name of a new file is in its folder, which has to reach the disk as well."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
