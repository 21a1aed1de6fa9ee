"""Whether anything may be sent at all: not from a database that is another than it was. docs/decisions/0040."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from newsletter import journal
from newsletter.sending.database import Database, row

GENERATION = "coalesce((SELECT max(r.number) FROM newsletter_restoration r), 1)"
_STANDING = f"""
SELECT {GENERATION}, newsletter_lineage(), (SELECT last_value FROM newsletter_journal_number)
"""  # noqa: S608 - our own words


@dataclass(frozen=True, slots=True)
class Standing:
    """`generation` grows with each restore; `lineage` is of a database and all that are restored from it; `number` is
    the last that the database gave to a line of the journal.
    """

    generation: int
    lineage: str
    number: int


def standing(database: Database) -> Standing:
    found: Any = row(database, _STANDING, {})
    return Standing(*found)


def in_the_way(database: Database | None = None) -> str:
    """Why nothing may be sent, as a sentence; empty when it may. The end of a file and one query."""
    # The file first, never after: others write there all the time what the database has counted a moment before.
    try:
        written = journal.last_numbers()
    except OSError:
        written = None
    now = standing(database or connection)
    if now.generation != settings.NEWSLETTER_GENERATION:
        said = _(
            "Sending is off: the database is of generation %(database)s, and NEWSLETTER_GENERATION says %(setting)s. "
            "It was restored; docs/operations.md says what to do."
        )
        return said % {"database": now.generation, "setting": settings.NEWSLETTER_GENERATION}
    if written is None:
        return _("Sending is off: the journal of the weekly email cannot be read.")
    if written.get(now.lineage, 0) > now.number:
        return _(
            "Sending is off: the journal knows what this database has forgotten, so an older state of it was restored. "
            "Run mark_restored; docs/operations.md says what follows."
        )
    if not _is_writable():
        return _("Sending is off: the journal of the weekly email cannot be written.")
    return ""


def _is_writable() -> bool:
    file = journal.path()
    if file.exists():
        return os.access(file, os.W_OK)
    folder = next(each for each in file.parents if each.exists())
    return os.access(folder, os.W_OK)
