"""What an address of the API may say behind its question mark, and what it means. Anything else is refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from comparisons.models import Receipt
from comparisons.opendata.problems import Problem

MOST, USUAL = 100, 50
CURSOR = "^[0-9a-z]{1,11}$"
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_LIMIT, _SLUG = re.compile("[1-9][0-9]{0,2}"), re.compile("[a-z0-9]+(-[a-z0-9]+)*")
_CURSOR, _DAY = re.compile(CURSOR[1:-1]), re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile("([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9:]{8})([.][0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})")


@dataclass(frozen=True, slots=True)
class Asked:
    """A page of a collection, and what narrows it: as it was written, and as it is meant."""

    after: int
    limit: int
    filters: Mapping[str, Any]
    written: Mapping[str, str]

    def query(self, last: int) -> str:
        """The question for what comes after a record."""
        return urlencode({**self.written, "cursor": cursor_of(last)})


def read_page(given: QueryDict, filters: Iterable[str] = ()) -> Asked:
    """The page that an address asks for; Problem when it asks for anything that there is not."""
    written = read_once(given, ("limit", "cursor", *filters))
    meant = {name: _READERS[name](value) for name, value in written.items()}
    after, limit = meant.pop("cursor", 0), meant.pop("limit", USUAL)
    return Asked(after, limit, meant, written)


def read_once(given: QueryDict, known: Iterable[str]) -> dict[str, str]:
    """Each parameter's one value; Problem for one that is unknown or given twice."""
    names = list(known)
    for name, values in given.lists():
        if name not in names:
            here = f"Known here: {', '.join(names)}." if names else "This address takes none."
            raise Problem(400, f"There is no parameter {name[:50]!r}. {here}")
        if len(values) > 1:
            raise Problem(400, f"Give the parameter {name} once: it was given {len(values)} times.")
    return {name: value for name, (value,) in given.lists()}


def read_as_of(text: str) -> str:
    """A day that may be asked for; whether there is a page of it is not said here."""
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text).isoformat()
    except ValueError:
        pass
    raise Problem(400, "as_of is a day of the calendar. Write it like 2026-10-01.")


def cursor_of(key: int) -> str:
    """An id as a cursor.

    >>> cursor_of(35), cursor_of(36)
    ('z', '10')
    """
    text = ""
    while key or not text:
        key, digit = divmod(key, 36)
        text = _DIGITS[digit] + text
    return text


def _cursor(text: str) -> int:
    if not _CURSOR.fullmatch(text):
        raise Problem(400, "This is no cursor. Follow the address in `next`, or leave the cursor out to begin anew.")
    return int(text, 36)


def _limit(text: str) -> int:
    if not _LIMIT.fullmatch(text) or int(text) > MOST:
        raise Problem(400, f"limit is a whole number from 1 to {MOST}.")
    return int(text)


def _kind(text: str) -> str:
    if text not in Receipt.Kind.values:
        raise Problem(400, f"kind is one of {', '.join(Receipt.Kind.values)}.")
    return text


def _slug_of(name: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if len(text) > 100 or not _SLUG.fullmatch(text):
            raise Problem(400, f"{name} is a slug: small letters, digits and single hyphens, at most 100 of them.")
        return text

    return read


def _since(text: str) -> datetime:
    """A day, which begins at midnight UTC, or a moment; a second that leaps counts as the one before it."""
    found = _MOMENT.fullmatch(text)
    try:
        if found is None:
            return datetime.combine(date.fromisoformat(read_as_of(text)), time.min, UTC)
        day, clock, fraction, zone = found.groups()
        clock = clock[:6] + min(clock[6:], "59")
        offset = "+00:00" if zone in "Zz" else zone
        return datetime.fromisoformat(f"{day}T{clock}{(fraction or '')[:7]}{offset}").astimezone(UTC)
    except (ValueError, OverflowError, Problem):
        raise Problem(400, "since is a day like 2026-10-01, or a moment like 2026-10-01T09:00:00Z.") from None


_READERS: Mapping[str, Callable[[str], Any]] = {
    "limit": _limit,
    "cursor": _cursor,
    "kind": _kind,
    "tool": _slug_of("tool"),
    "reviewer": _slug_of("reviewer"),
    "since": _since,
}
