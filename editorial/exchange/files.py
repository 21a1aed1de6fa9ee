"""CSV and JSON as files that people send round: read with limits and clear complaints, written so that they come back.

A cell that a spreadsheet would take for a formula is written with an apostrophe before it, and read without it.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from editorial.characters import check_characters

MOST_BYTES, MOST_ROWS, LONGEST_CELL = 5 * 1024 * 1024, 10_000, 200_000
ENDINGS = ("csv", "json")
_FORMULA = re.compile("'*[=+\\-@\t\r\n＝＋－＠]")
_QUOTED = re.compile("'+[=+\\-@\t\r\n＝＋－＠]")
Rows = list[dict[str, str]]


def read_upload(upload: UploadedFile[Any]) -> tuple[str, str]:
    """(ending, text) of an uploaded file; ValidationError for one that is none of ours or too large."""
    ending = (upload.name or "").rpartition(".")[2].lower()
    if ending not in ENDINGS:
        raise ValidationError(_("Take a file whose name ends in .csv or .json."))
    if (upload.size or 0) > MOST_BYTES:
        raise ValidationError(_("This file is too large: at most 5 MB. Cut it into several."))
    upload.seek(0)
    try:
        text = upload.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValidationError(_("This file is not in UTF-8. Save it again with that encoding.")) from None
    return ending, text


def read_rows(ending: str, text: str) -> Rows:
    """The rows of a file, each by column; ValidationError with the row for what cannot be read at all."""
    rows = _read_csv(text) if ending == "csv" else _read_json(text)
    if not rows:
        raise ValidationError(_("There is no row in this file."))
    for number, row in enumerate(rows, start=1):
        for column, value in row.items():
            try:
                check_characters(column, is_line=True)
                check_characters(value, is_line=False)
            except ValidationError as problem:
                said = _("Row %(number)s: %(problem)s") % {"number": number, "problem": " ".join(problem.messages)}
                raise ValidationError(said) from None
    return rows


def write_rows(ending: str, columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> str:
    """The text of a file with these rows."""
    if ending == "json":
        return json.dumps([dict(row) for row in rows], ensure_ascii=False, indent=1) + "\n"
    file = StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(columns)
    writer.writerows([_escaped(row[column]) for column in columns] for row in rows)
    return file.getvalue()


def _read_csv(text: str) -> Rows:
    first = text.partition("\n")[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    csv.field_size_limit(LONGEST_CELL)
    rows: Rows = []
    try:
        lines = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
        header = [name.strip() for name in next(lines, [])]
        _check_header(header)
        for cells in lines:
            if not any(cells):
                continue
            _check_count(len(rows) + 1)
            if len(cells) != len(header):
                said = _("Row %(number)s has %(found)s cells where the first line names %(wanted)s.")
                counts = {"number": len(rows) + 1, "found": len(cells), "wanted": len(header)}
                raise ValidationError(said % counts)
            rows.append(dict(zip(header, map(_unescaped, cells), strict=True)))
    except csv.Error:
        said = _("Row %(number)s cannot be read as CSV: there is a quotation mark too many, or a cell too long.")
        raise ValidationError(said % {"number": len(rows) + 1}) from None
    return rows


def _read_json(text: str) -> Rows:
    try:
        entries = json.loads(text, parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise ValidationError(_("This file cannot be read as JSON.")) from None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ValidationError(_("The JSON has to be a list of objects, one for each row."))
    _check_count(len(entries))
    return [_plain(number, entry) for number, entry in enumerate(entries, start=1)]


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a key twice")
    return dict(pairs)


def _plain(number: int, entry: dict[str, Any]) -> dict[str, str]:
    row = {}
    for column, value in entry.items():
        if isinstance(value, list | dict) or (isinstance(value, str) and len(value) > LONGEST_CELL):
            said = _("Row %(number)s: %(column)s has to be a single value, and not too long.")
            raise ValidationError(said % {"number": number, "column": ascii(column)[1:-1]})
        row[column] = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    return row


def _check_header(header: list[str]) -> None:
    if not any(header) or "" in header or len({*header}) != len(header):
        raise ValidationError(_("The first line has to name each column, and none twice."))


def _check_count(count: int) -> None:
    if count > MOST_ROWS:
        raise ValidationError(_("This file has more than %(most)s rows. Cut it into several.") % {"most": MOST_ROWS})


def _escaped(cell: str) -> str:
    return f"'{cell}" if _FORMULA.match(cell) else cell


def _unescaped(cell: str) -> str:
    return cell[1:] if _QUOTED.match(cell) else cell
