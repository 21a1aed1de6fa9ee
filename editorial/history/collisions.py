"""Two people, one piece: what a form that was opened before somebody else saved becomes.

Three texts are known of every field: as it was when the form was opened, as it is stored now, and as it was sent. What
its writer left alone follows the stored text; what both changed is shown to the writer, whose words stay in the form.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import Model, QuerySet
from django.http import QueryDict

from editorial.history.comparing import Differing, differing
from editorial.history.contents import STANDING, Contents, Kept, Line, Part, Position, Row, fields_of
from editorial.history.posting import Fields, SentRow, SentTable, as_sent, as_value, is_same

TOKEN = "_opened_at"  # noqa: S105 - no secret: how far the history had come when the form was opened
THEIRS = "_theirs"


def token_of(position: Position) -> str:
    return ".".join(map(str, position))


def read_token(token: str, size: int) -> Position:
    """Where a form was opened; the very beginning for a token that we cannot have made."""
    numbers = token.split(".")
    if len(numbers) == size and all(number.isdecimal() and len(number) < 19 for number in numbers):
        return tuple(map(int, numbers))
    return (0,) * size


@dataclass(slots=True)
class Collision:
    """`conflicts` were changed on both sides; `taken` follow the stored text already."""

    conflicts: list[Differing] = field(default_factory=list)
    taken: list[Differing] = field(default_factory=list)


class Merging:
    """One form that was sent, against two versions. `sent` is changed in place."""

    def __init__(self, kept: Kept, sent: QueryDict, own: Fields, parts: Mapping[str, Fields]) -> None:
        self.kept, self.sent = kept, sent
        tracked = {content.name for content in fields_of(kept.model)} - set(STANDING)
        self.own = {name: asked for name, asked in own.items() if name in tracked}
        self.tables = {
            part.prefix: self._table(part, parts[part.prefix]) for part in kept.parts if part.prefix in parts
        }
        self._conflicts: list[str] = []
        self._taken: list[str] = []
        self._gone: set[str] = set()
        self._yours = Contents()

    def _table(self, part: Part, fields: Fields) -> SentTable:
        tracked = {content.name for content in fields_of(part.model)} - {part.of}
        return SentTable.read(
            self.sent, part.prefix, {name: asked for name, asked in fields.items() if name in tracked}
        )

    def take(self, keys: list[str], seen: Contents) -> None:
        """Put the stored text, as its writer saw it, where the writer prefers that."""
        for key in keys:
            prefix, _, number = key.partition(":")
            if key in self.own and key in seen.own:
                self._put(key, seen.own[key])
            elif prefix in self.tables and number.isdecimal():
                row = seen.rows.get(prefix, {}).get(int(number))
                table = self.tables[prefix]
                if row is not None:
                    table.rows = [table.as_row(each.pk, row) if each.pk == int(number) else each for each in table.rows]
                    table.write(self.sent)

    def _put(self, name: str, value: Any) -> None:
        self.sent.setlist(name, as_sent(self.own[name], value))

    def meet(self, base: Contents, now: Contents) -> bool:
        """Settle what was sent with what is stored; whether anything of it needs its writer's eye."""
        self._yours = Contents({name: as_value(asked, self.sent, name) for name, asked in self.own.items()})
        for name in self.own:
            self._meet_field(name, base, now)
        for prefix, table in self.tables.items():
            self._yours.rows[prefix] = {}
            self._meet_table(table, base.rows.get(prefix, {}), now.rows.get(prefix, {}))
        return bool(self._conflicts or self._taken)

    def _meet_field(self, name: str, base: Contents, now: Contents) -> None:
        typed, stored, opened = self._yours.own[name], now.own.get(name), base.own.get(name)
        if is_same(stored, opened) or is_same(stored, typed):
            return
        if is_same(opened, typed):
            self._put(name, stored)
            self._taken.append(name)
        else:
            self._conflicts.append(name)

    def _meet_table(self, table: SentTable, base: Mapping[int, Row], now: Mapping[int, Row]) -> None:
        rows: list[SentRow] = []
        self._recognise(table, now)
        for row in table.rows:
            if row.pk is None:
                rows.append(row)
                continue
            if row.typed and not row.is_removed:
                self._yours.rows[table.prefix][row.pk] = row.typed
            settled = self._meet_row(table, row, base.get(row.pk), now.get(row.pk))
            rows += [settled] if settled else []
        for pk in now.keys() - {row.pk for row in table.rows}:
            rows.append(table.as_row(pk, now[pk]))
            self._taken.append(f"{table.prefix}:{pk}")
        table.rows = rows
        table.write(self.sent)

    def _recognise(self, table: SentTable, now: Mapping[int, Row]) -> None:
        """A new row that is stored already, word for word, is that one: Save was pressed twice."""
        unsent = now.keys() - {row.pk for row in table.rows}
        for row in (row for row in table.rows if row.pk is None):
            row.pk = next((pk for pk in sorted(unsent) if _says(row, now[pk])), None)
            unsent -= {row.pk}

    def _meet_row(self, table: SentTable, row: SentRow, opened: Row | None, stored: Row | None) -> SentRow | None:
        """The row as the form shall hold it; None for one that leaves it."""
        key = f"{table.prefix}:{row.pk}"
        touched = row.is_removed or opened is None or not _says(row, opened)
        if stored is None:
            if row.is_removed:
                return None
            (self._conflicts if touched else self._taken).append(key)
            self._gone.add(key)
            return SentRow(None, row.values, row.typed) if touched else None
        if stored == opened or (not row.is_removed and _says(row, stored)):
            return row
        (self._conflicts if touched else self._taken).append(key)
        return row if touched else table.as_row(row.pk, stored)

    def told(self, now: Contents, find: Callable[[type[Model]], QuerySet[Any]]) -> Collision:
        """What differs, in words: the form's text and the stored one."""
        names = self.kept.names([self._yours, now], find)
        yours, theirs = self.kept.lines(self._yours, names), self.kept.lines(now, names)
        return Collision(
            [self._differing(key, yours, theirs) for key in self._conflicts],
            [self._differing(key, yours, theirs) for key in self._taken],
        )

    def _differing(self, key: str, yours: Mapping[str, Line], theirs: Mapping[str, Line]) -> Differing:
        told = differing(key, yours.get(key), theirs.get(key))
        return replace(told, can_be_taken=key not in self._gone)


def _says(row: SentRow, version: Row) -> bool:
    return all(is_same(version.get(name), typed) for name, typed in row.typed.items())
