"""All records as files: one snapshot of the database, written as it is read, and seen when it is whole."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from comparisons.models import Receipt
from comparisons.opendata import archive, shapes
from comparisons.opendata.collections import COLLECTIONS
from comparisons.opendata.leaders import stored_board
from comparisons.opendata.plain import moment_text
from comparisons.opendata.tables import cell, ways
from comparisons.standings import catch_up

CHUNK = 500
TRIES = 20
KEPT = timedelta(days=7)
_LICENCE = """\
The records in this folder are the open data of Drydock at {site}, as they stood on {made_at}.

Licence: {name}
{url}

You may copy, change and publish them, also for money, as the licence says. Credit them like this:

    Drydock ({site}), data of {day}, {name}

and say so if you changed them. Names, logos and websites of the tools belong to their makers. The shape of each record,
and how every number comes about, is described in docs/open-data.md of the software and at {site}/data/.
"""


class DumpError(Exception):
    """Why there is no dump, as one sentence."""


class _NotNowError(Exception):
    """The publication moved in a way that would let the files contradict each other."""


def write_dump(target: Path) -> dict[str, Any]:
    """Write a dump into a folder that is empty or not there yet, and return its manifest; DumpError if it is neither.

    The folder gets its name, or its content, in one step at the end.
    """
    if target.is_file():
        raise DumpError(f"{target} is a file: name a folder that is new or empty.")
    if target.is_dir() and any(target.iterdir()):
        raise DumpError(f"{target} is not empty: name a folder that is new or empty.")
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".dump-", dir=target.parent))
    try:
        manifest = _write_when_still(draft)
        draft.chmod(0o755)
        os.replace(draft, target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return manifest


def dump_for_the_site() -> dict[str, Any]:
    """A dump at the place from which the site gives it out; those of more than a week ago are forgotten."""
    root, now = Path(settings.OPEN_DATA_ROOT), timezone.now()
    manifest = write_dump(root / now.astimezone(UTC).strftime(archive.STAMP))
    oldest = (now - KEPT).astimezone(UTC).strftime(archive.STAMP)
    for name in archive.names():
        if name < oldest:
            shutil.rmtree(root / name, ignore_errors=True)
    for draft in root.glob(".dump-*"):
        if draft.stat().st_mtime < (now - timedelta(days=1)).timestamp():  # of a process that was killed
            shutil.rmtree(draft, ignore_errors=True)
    return manifest


def _write_when_still(folder: Path) -> dict[str, Any]:
    for _ in range(TRIES):
        catch_up(records=True)
        try:
            with _snapshot() as made_at:
                return _write(folder, made_at)
        except _NotNowError:
            continue
    raise DumpError("The publication kept changing while it was read: try again later.")


@contextmanager
def _snapshot() -> Iterator[datetime]:
    """One moment of the database. Ranks and records must be those of its rows, and nothing may come up meanwhile.

    What is scheduled becomes public by the clock, which goes on in a snapshot too.
    """
    with transaction.atomic(durable=not connection.in_atomic_block):
        with connection.cursor() as cursor:
            if not connection.savepoint_ids:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SELECT statement_timestamp()")
            (made_at,) = cursor.fetchone() or (timezone.now(),)
        if stored_board()[1]:
            raise _NotNowError
        yield made_at
        scheduled = Receipt.objects.filter(effective_at__gt=F("recorded_at"))
        if scheduled.filter(effective_at__gt=made_at, effective_at__lte=timezone.now()).exists():
            raise _NotNowError


def _write(folder: Path, made_at: datetime) -> dict[str, Any]:
    counts = {name: _write_collection(folder, name, shape) for name, shape in shapes.RECORDS.items()}
    (folder / "LICENCE.txt").write_text(_licence(made_at), encoding="utf-8")
    files = [_file(folder, name, ending, counts[name]) for name in shapes.RECORDS for ending in ("json", "csv")]
    manifest = {
        "name": "Drydock open data",
        "site": settings.SITE_URL,
        "version": "1",
        "language": settings.LANGUAGE_CODE,
        "made_at": moment_text(made_at),
        "licence": {"name": settings.DATA_LICENCE, "url": settings.DATA_LICENCE_URL},
        "counts": counts,
        "files": [*files, {"name": "LICENCE.txt", **_print(folder / "LICENCE.txt")}],
    }
    (folder / archive.MANIFEST).write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return manifest


def _write_collection(folder: Path, name: str, shape: shapes.Shape) -> int:
    """Both files of a collection, record by record; how many there are."""
    count, columns = 0, list(ways(shape))
    with ExitStack() as stack:
        lines = stack.enter_context(_packed(folder / f"{name}.json.gz"))
        table = csv.writer(stack.enter_context(_packed(folder / f"{name}.csv.gz")), lineterminator="\n")
        table.writerow(".".join(way) for way in columns)
        lines.write("[")
        for count, record in enumerate(COLLECTIONS[name].everything(CHUNK), start=1):
            lines.write("\n" if count == 1 else ",\n")
            lines.write(json.dumps(record, ensure_ascii=False, separators=(",", ":")))
            table.writerow(cell(record, way) for way in columns)
        lines.write("\n]\n")
    return count


@contextmanager
def _packed(path: Path) -> Iterator[IO[str]]:
    """A text file, packed without a name or a time: the same records give the same bytes."""
    with (
        path.open("wb") as file,
        gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=file, mtime=0) as packed,
        io.TextIOWrapper(packed, encoding="utf-8", newline="") as text,
    ):
        yield text


def _file(folder: Path, collection: str, ending: str, count: int) -> dict[str, Any]:
    name = f"{collection}.{ending}.gz"
    return {"name": name, "collection": collection, "format": ending, "records": count, **_print(folder / name)}


def _print(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return {"bytes": path.stat().st_size, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}


def _licence(made_at: datetime) -> str:
    return _LICENCE.format(
        site=settings.SITE_URL,
        made_at=moment_text(made_at),
        day=made_at.date().isoformat(),
        name=settings.DATA_LICENCE,
        url=settings.DATA_LICENCE_URL,
    )
