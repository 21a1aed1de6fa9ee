"""Records as lines of a table: one column for each part, named by its way through the record."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from comparisons.opendata.shapes import Shape

Way = tuple[str, ...]
# What a spreadsheet takes for a formula, and the sign that keeps it from it, which must not be mistaken for ours.
_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "'")


def ways(shape: Shape, way: Way = ()) -> Iterator[Way]:
    """The columns of a shape, in its order; a list and what has no fixed parts is one column."""
    for name, part in shape["properties"].items():
        if "properties" in part:
            yield from ways(part, (*way, name))
        else:
            yield (*way, name)


def cell(record: Any, way: Way) -> str:
    """A part of a record as a cell: nothing for null, JSON for lists and for what has no fixed parts.

    A text that a spreadsheet might run gets an apostrophe in front, and so does one that begins with an apostrophe:
    whoever wants the text takes one away.

    >>> cell({"tool": {"name": "=1+1"}}, ("tool", "name")), cell({"rank": None}, ("rank",))
    ("'=1+1", '')
    """
    for name in way:
        record = record[name]
    if isinstance(record, str):
        return f"'{record}" if record.startswith(_RISKY) else record
    return "" if record is None else json.dumps(record, ensure_ascii=False, separators=(",", ":"))
