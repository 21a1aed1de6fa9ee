"""An older version as the desk's form would send it, so that it is saved as whatever an editor types is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import ForeignKey, Model
from django.http import QueryDict
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from editorial.history.contents import STANDING, Contents, Kept, Names, Part, Row, fields_of
from editorial.history.posting import Fields, SentRow, SentTable, as_sent

_KEEPS = {"slug", *STANDING}  # an address is for good, and where a piece stands is moved by steps


def what_is_gone(kept: Kept, contents: Contents, names: Names) -> list[str]:
    """Why a version cannot come back: what it names is no more. Each as a sentence."""
    said = _("%(field)s: what this version names is no longer here, or not yours to choose. Copy its words instead.")
    missing = [field for field in _foreign(kept.model) if _is_gone(field, contents.own, names)]
    for part in kept.parts:
        rows = contents.rows.get(part.prefix, {}).values()
        missing += [
            field
            for field in _foreign(part.model)
            if field.name != part.of and any(_is_gone(field, row, names) for row in rows)
        ]
    return [said % {"field": capfirst(str(field.verbose_name))} for field in missing]


def _foreign(model: type[Model]) -> list[ForeignKey[Any, Any]]:
    return [field for field in fields_of(model) if isinstance(field, ForeignKey)]


def _is_gone(field: ForeignKey[Any, Any], row: Row, names: Names) -> bool:
    return row.get(field.name) is not None and (field.related_model, row[field.name]) not in names


def as_form(
    form: forms.ModelForm[Any], kept: Kept, then: Contents, now: Contents, parts: Mapping[str, Fields]
) -> QueryDict:
    """What the form sends if it holds the texts of `then`; address, state and date stay as they are `now`."""
    sent = QueryDict(mutable=True)
    tracked = {field.name for field in fields_of(kept.model)} - _KEEPS
    for name, asked in form.fields.items():
        if isinstance(asked, forms.FileField):
            continue  # a form that sends none keeps the one that is there
        if name in tracked:
            sent.setlist(name, as_sent(asked, then.own.get(name)))
        elif name in form.initial:
            sent.setlist(name, as_sent(asked, form.initial[name]))
    for part in kept.parts:
        if part.prefix in parts:
            rows = (then.rows.get(part.prefix, {}), now.rows.get(part.prefix, {}))
            _table(part, parts[part.prefix], *rows).write(sent)
    return sent


def _table(part: Part, fields: Fields, then: Mapping[int, Row], now: Mapping[int, Row]) -> SentTable:
    """The rows of now as they were then; those that were not there are removed, those that are gone come back."""
    tracked = {field.name for field in fields_of(part.model)} - {part.of}
    table = SentTable(part.prefix, {name: asked for name, asked in fields.items() if name in tracked}, [])
    returns = dict(then)
    for pk, row in now.items():
        same = pk if pk in returns else _namesake(part, row, returns, now)
        old = returns.pop(same) if same is not None else None
        table.rows.append(table.as_row(pk, row if old is None else old, is_removed=old is None))
    back: list[SentRow] = [table.as_row(None, row) for row in returns.values()]
    table.rows += back
    return table


def _namesake(part: Part, row: Row, returns: Mapping[int, Row], now: Mapping[int, Row]) -> int | None:
    """One that was deleted and made again has another number."""
    return next(
        (pk for pk, old in returns.items() if pk not in now and old.get(part.natural) == row.get(part.natural)), None
    )
