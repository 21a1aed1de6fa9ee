"""Lists of readers as files: what is read of a CSV, and what is written into one.

Read as kindly as is safe (commas, semicolons or tabs, with or without a mark at the beginning); what cannot be read at
all is refused with a sentence, what is wrong in one line is said of that line.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from tools.figures import number

MOST_BYTES, MOST_ROWS, LONGEST_CELL = 16 * 1024 * 1024, 100_000, 2_000
REQUIRED = ("email", "consented_at", "consent_source")
OPTIONAL = ("categories", "tools")
FORMULA = re.compile("[=+\\-@\t\r\n＝＋－＠]")
_QUOTED = re.compile("'+[=+\\-@\t\r\n＝＋－＠]")
_DELIMITERS = ",;\t"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a file: its cells by column, or what is wrong with it as a line."""

    line: int
    cells: dict[str, str]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class List:
    rows: Sequence[Row]
    ignored: Sequence[str]


def read_file(upload: UploadedFile[Any]) -> str:
    """The text of an uploaded file; ValidationError with a sentence for one too large or in another encoding."""
    if (upload.size or 0) > MOST_BYTES:
        raise ValidationError(_("This file is too large: at most 16 MB. Cut it into several."))
    upload.seek(0)
    content = upload.read()
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise ValidationError(_("This is a spreadsheet, not a CSV. Open it there and save the sheet as CSV in UTF-8."))
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ValidationError(_("This file is in UTF-16. Save it again as CSV in UTF-8."))
    try:
        text: str = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValidationError(_("This file is not in UTF-8. Save it again with that encoding.")) from None
    if "\0" in text:
        raise ValidationError(_("This file holds bytes that are no text. Save it again as CSV in UTF-8."))
    return text


def read_list(text: str) -> List:
    """The lines of a file; ValidationError with a sentence when its columns are not what they have to be."""
    csv.field_size_limit(LONGEST_CELL)
    first = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    lines = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = next((cells for cells in lines if any(cells)), [])
        names = [name.strip().lower() for name in header]
        _check_header(names)
        rows = list(_rows(lines, names))
    except csv.Error:
        said = _("Line %(line)s cannot be read as CSV: there is a quotation mark too many, or a cell too long.")
        raise ValidationError(said % {"line": number(lines.line_num)}) from None
    if not rows:
        raise ValidationError(_("There is nobody in this file: below its first line there is nothing."))
    return List(rows, [name for name in names if name not in (*REQUIRED, *OPTIONAL)])


def csv_lines(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The lines of a file, one at a time, with nothing in them that a spreadsheet would run."""
    writer = csv.writer(_Echo())
    yield writer.writerow(columns)
    for row in rows:
        yield writer.writerow([f"'{cell}" if FORMULA.match(cell.lstrip("'")) else cell for cell in row])


class _Echo:
    def write(self, line: str) -> str:
        return line


def _check_header(names: Sequence[str]) -> None:
    if not names:
        raise ValidationError(_("This file is empty."))
    if len({*names}) != len(names) or "" in names:
        raise ValidationError(_("The first line has to name each column, and none twice."))
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        said = _("These columns are missing: %(missing)s. The first line names: %(found)s.")
        found = ", ".join(names)[:300]
        raise ValidationError(said % {"missing": ", ".join(missing), "found": found})


def _rows(lines: Any, names: Sequence[str]) -> Iterator[Row]:
    count = 0
    for cells in lines:
        if not any(cells):
            continue
        count += 1
        if count > MOST_ROWS:
            said = _("This file has more than %(most)s lines. Cut it into several.")
            raise ValidationError(said % {"most": number(MOST_ROWS)})
        named = dict(zip(names, cells, strict=False))
        yield Row(lines.line_num, {name: _plain(cell) for name, cell in named.items()}, _problem(names, cells, named))


def _problem(names: Sequence[str], cells: Sequence[str], named: dict[str, str]) -> str:
    if len(cells) != len(names):
        said = _("There are %(found)s cells where the first line names %(wanted)s columns.")
        return said % {"found": len(cells), "wanted": len(names)}
    for name in (*REQUIRED, *OPTIONAL):
        if found := FORMULA.match(named.get(name, "").lstrip(" ")):
            said = _("“%(column)s” begins with %(character)s, which a spreadsheet runs as a formula. Take that out.")
            return said % {"column": name, "character": ascii(found.group()).strip("'")}
    return ""


def _plain(cell: str) -> str:
    """Without the apostrophe that keeps a spreadsheet from running it; without blanks round it."""
    return cell[1:] if _QUOTED.match(cell) else cell.strip(" ")
