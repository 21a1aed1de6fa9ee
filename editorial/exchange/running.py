"""One import: tried as often as somebody looks at its preview, done once, and done whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.db import Error as DatabaseError
from django.db import connection
from django.utils.translation import gettext as _
from import_export.results import RowResult

from accounts.models import User
from editorial.exchange.files import Rows
from editorial.exchange.resources import Change, Doubt, Exchange
from editorial.reasons import because


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the file and what it does, or why it cannot."""

    number: int
    key: str
    kind: str
    changes: Sequence[Change] = ()
    problems: Sequence[tuple[str, str]] = ()
    doubts: Sequence[Doubt] = ()


@dataclass(slots=True)
class Outcome:
    """What an import does, or would; with `problems` it does nothing."""

    lines: list[Line] = field(default_factory=list)
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    problems: list[str] = field(default_factory=list)
    owed: list[Any] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    known: list[str] = field(default_factory=list)

    @property
    def refused(self) -> list[Line]:
        return [line for line in self.lines if line.problems]

    @property
    def doubted(self) -> list[Line]:
        return [line for line in self.lines if line.doubts]

    @property
    def is_clean(self) -> bool:
        return not self.problems and not self.refused


def look(kind: type[Exchange], rows: Rows, person: User) -> Outcome:
    """What the rows would change; nothing is written."""
    resource = kind(person)
    outcome, _results = _read(resource, rows)
    if outcome.is_clean or outcome.lines:
        _doubt(resource, outcome)
    return outcome


def _doubt(resource: Exchange, outcome: Outcome) -> None:
    """Each row that would be written says what it may be already."""
    written = [line for line in outcome.lines if not line.problems]
    changed = [
        (piece, {change.column for change in line.changes})
        for line, piece in zip(written, resource.pending, strict=True)
    ]
    found = zip(written, resource.doubts(changed), strict=True)
    doubts = {line.number: each for line, each in found}
    outcome.lines = [replace(line, doubts=doubts.get(line.number, ())) for line in outcome.lines]


def carry_out(kind: type[Exchange], rows: Rows, person: User, *, reason: str = "") -> Outcome:
    """Change it, in one transaction and for this reason; nothing at all if a single row cannot be."""
    try:
        with because(reason):
            resource = kind(person)
            _hold(kind)
            outcome, results = _read(resource, rows)
            if outcome.is_clean and outcome.owed and not reason:
                outcome.problems.append(_("Readers have seen some of these verdicts: say why they change."))
            if outcome.is_clean and resource.pending:
                resource.put(resource.pending)
                _remember(resource, results)
    except DatabaseError:
        said = _("The database refused these rows, and nothing was changed. Look at the preview again.")
        return Outcome(problems=[said])
    return outcome


def _hold(kind: type[Exchange]) -> None:
    """Until it is done nobody else writes rows of this kind: what was compared is what is changed. Readers go on."""
    with connection.cursor() as cursor:
        table = connection.ops.quote_name(kind.model._meta.db_table)
        cursor.execute(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")


def _read(resource: Exchange, rows: Rows) -> tuple[Outcome, list[RowResult]]:
    columns = list(dict.fromkeys(column for row in rows for column in row))
    outcome = Outcome()
    unknown = [column for column in columns if column not in resource.fields]
    lacking = [key for key in resource.keys if key not in columns]
    if unknown:
        outcome.problems.append(_("Unknown columns: %(columns)s.") % {"columns": ", ".join(unknown)[:300]})
        outcome.known = list(resource.fields)
    if lacking:
        outcome.problems.append(_("These columns are missing: %(columns)s.") % {"columns": ", ".join(lacking)})
    if outcome.problems:
        return outcome, []
    outcome.ignored = [column for column in columns if resource.fields[column].readonly]
    resource.begin(rows)
    results = []
    for number, row in enumerate(rows, start=1):
        result = resource.import_row(row, None, row_number=number)
        results.append(result)
        _count(outcome, number, ", ".join(row.get(key, "") for key in resource.keys), result)
    outcome.owed = resource.owed(resource.pending) if outcome.is_clean else []
    return outcome, results


def _count(outcome: Outcome, number: int, key: str, result: RowResult) -> None:
    problems = _problems_of(result)
    changes = [] if problems else result.diff or []
    kind = "refused" if problems else {"new": "added", "update": "changed"}.get(result.import_type, "unchanged")
    if kind != "refused":
        setattr(outcome, kind, getattr(outcome, kind) + 1)
    if kind != "unchanged":
        outcome.lines.append(Line(number, key, kind, changes, problems))


def _problems_of(result: RowResult) -> list[tuple[str, str]]:
    if result.validation_error:
        error = result.validation_error
        said = error.message_dict if hasattr(error, "error_dict") else {"__all__": error.messages}
        return [("" if name == "__all__" else name, text) for name, texts in said.items() for text in texts]
    return [("", _("This row cannot be read.")) for _error in result.errors]


def _remember(resource: Exchange, results: Sequence[RowResult]) -> None:
    """Whoever imports has made the last change (four eyes), and the log of each row says so."""
    pieces = {piece.pk: piece for row in resource.pending if (piece := resource.piece_of(row))}
    if pieces:
        model: Any = type(next(iter(pieces.values())))
        model._base_manager.filter(pk__in=list(pieces)).update(changed_by=resource.person)
    rows: list[Any] = list(pieces.values()) or resource.pending
    if rows:
        LogEntry.objects.log_actions(resource.person.pk, rows, CHANGE, change_message=_("Imported."))
