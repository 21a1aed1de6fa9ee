"""The columns of a file: what a value looks like there, and what may be typed, in words of ours."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _
from import_export.fields import Field
from import_export.widgets import Widget


class Text(Widget):  # type: ignore[misc]
    """Words as they are."""

    def clean(self, value: Any, row: Any = None, **options: Any) -> Any:
        return value

    def render(self, value: Any, obj: Any = None, **options: Any) -> str:
        return "" if value is None else str(value)


class Day(Text):
    """2026-11-25, or nothing."""

    def clean(self, value: Any, row: Any = None, **options: Any) -> Any:
        try:
            return date.fromisoformat(value) if value else None
        except ValueError:
            raise ValueError(_("Write a day as 2026-11-25.")) from None


class Moment(Text):
    """A moment in UTC; only ever written."""

    def render(self, value: Any, obj: Any = None, **options: Any) -> str:
        return value.isoformat(timespec="seconds") if value else ""


class Number(Text):
    """A whole number, or nothing."""

    def clean(self, value: Any, row: Any = None, **options: Any) -> Any:
        if value and not (value.isascii() and value.isdecimal() and len(value) < 10):
            raise ValueError(_("Write a whole number."))
        return int(value) if value else None


class Amount(Text):
    """A price: 20 or 0.0025."""

    def clean(self, value: Any, row: Any = None, **options: Any) -> Any:
        try:
            amount = Decimal(value) if value else None
        except InvalidOperation:
            amount = Decimal("NaN")
        if amount is not None and not amount.is_finite():
            raise ValueError(_("Write a price as 20 or 0.0025."))
        return amount

    def render(self, value: Any, obj: Any = None, **options: Any) -> str:
        return "" if value is None else f"{value.normalize():f}"


class Truth(Text):
    """true or false."""

    def clean(self, value: Any, row: Any = None, **options: Any) -> Any:
        if value.lower() not in ("true", "false"):
            raise ValueError(_("Write true or false."))
        return value.lower() == "true"

    def render(self, value: Any, obj: Any = None, **options: Any) -> str:
        return "true" if value else "false"


class Named(Text):
    """Another row, by its slug. `known` are those a file may name, looked up once for all of it."""

    def __init__(self, known: Mapping[str, Any]) -> None:
        super().__init__()
        self.known = known

    def clean(self, value: Any, row: Any = None, **options: Any) -> Any:
        if value not in self.known:
            raise ValueError(_("There is none with the address “%(slug)s”.") % {"slug": value[:100]})
        return self.known[value]

    def render(self, value: Any, obj: Any = None, **options: Any) -> str:
        return value.slug if value else ""


def column(name: str, widget: Widget | None = None, *, only_written: bool = False) -> Field:
    return Field(attribute=name, column_name=name, widget=widget or Text(), readonly=only_written)
