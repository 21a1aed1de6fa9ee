"""What a browser sends of a piece's form: read as values, and written from a version's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import QueryDict

from editorial.history.contents import Row

Fields = Mapping[str, forms.Field]


def with_plain_line_ends(sent: QueryDict) -> QueryDict:
    """Browsers end a line with two characters; stored texts have one, or each save would change them all."""
    plain = sent.copy()
    for name, values in sent.lists():
        plain.setlist(name, [value.replace("\r\n", "\n") for value in values])
    return plain


def as_sent(asked: forms.Field, value: Any) -> list[str]:
    """A value as a browser would send it; an unticked box sends nothing."""
    if isinstance(asked, forms.BooleanField):
        return ["on"] if value else []
    if value is None:
        return [""]
    if isinstance(value, list | tuple):
        return [str(asked.prepare_value(one)) for one in value]
    return [str(asked.prepare_value(value))]


def as_value(asked: forms.Field, sent: QueryDict, name: str) -> Any:
    """What was sent as the value that would be stored; the words themselves where they make no sense."""
    raw = asked.widget.value_from_datadict(sent, {}, name)
    try:
        value = asked.to_python(raw)
    except ValidationError:
        return raw
    return value.pk if isinstance(value, Model) else value


def is_same(stored: Any, typed: Any) -> bool:
    return bool(_plain(stored) == _plain(typed))


def _plain(value: Any) -> Any:
    """Nothing and no words are the same; and so are texts that differ in blanks around them, as forms cut those."""
    return "" if value is None else value.replace("\r\n", "\n").strip() if isinstance(value, str) else value


@dataclass(slots=True)
class SentRow:
    """One row of an inline table as it was sent; `pk` is None for a new one."""

    pk: int | None
    values: dict[str, list[str]]
    typed: Row = field(default_factory=dict)

    @property
    def is_removed(self) -> bool:
        return "DELETE" in self.values


@dataclass(slots=True)
class SentTable:
    """The rows of one inline table; `write` numbers them anew, stored ones first."""

    prefix: str
    fields: Fields
    rows: list[SentRow]

    @classmethod
    def read(cls, sent: QueryDict, prefix: str, fields: Fields) -> SentTable:
        rows = []
        total = sent.get(f"{prefix}-TOTAL_FORMS") or ""
        for number in range(min(int(total), 1000) if total.isdecimal() else 0):
            begin = f"{prefix}-{number}-"
            values = {name.removeprefix(begin): sent.getlist(name) for name in sent if name.startswith(begin)}
            key = "".join(values.get("id", []))
            typed = {name: as_value(asked, sent, f"{begin}{name}") for name, asked in fields.items()}
            rows.append(SentRow(int(key) if key.isdecimal() else None, values, typed))
        return cls(prefix, fields, rows)

    def as_row(self, pk: int | None, values: Row, *, is_removed: bool = False) -> SentRow:
        """A row that says what a version says."""
        sent = {name: as_sent(asked, values.get(name)) for name, asked in self.fields.items()}
        return SentRow(pk, {**sent, **({"DELETE": ["on"]} if is_removed else {})}, dict(values))

    def write(self, sent: QueryDict) -> None:
        for name in [name for name in sent if name.startswith(f"{self.prefix}-") and "__prefix__" not in name]:
            if name.removeprefix(f"{self.prefix}-").split("-")[0].isdecimal():
                del sent[name]
        ordered = sorted(self.rows, key=lambda row: row.pk is None)  # the order stays otherwise
        for number, row in enumerate(ordered):
            values = {**row.values, "id": [str(row.pk)] if row.pk is not None else [""]}
            for name, words in values.items():
                if words:
                    sent.setlist(f"{self.prefix}-{number}-{name}", words)
        sent[f"{self.prefix}-TOTAL_FORMS"] = str(len(ordered))
        sent[f"{self.prefix}-INITIAL_FORMS"] = str(sum(row.pk is not None for row in ordered))
