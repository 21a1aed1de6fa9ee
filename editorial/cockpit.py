"""What needs attention: the first page of the desk. Apps register what they watch, as imports point down.

A count and the list behind its link come from one place: `narrow` is applied to what the list itself would show to that
person, so nobody learns of a row that is not theirs to see. See docs/decisions/0030.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from editorial.filters import Narrow
from editorial.permissions import Person, has_right

Words = str | Promise


class Group(IntEnum):
    """In which order the page asks for attention."""

    YOURS = 1
    PIECES = 2
    TOOLS = 3
    READERS = 4
    MACHINERY = 5

    @property
    def label(self) -> Promise:
        return _GROUPS[self]


_GROUPS = {
    Group.YOURS: _("Yours"),
    Group.PIECES: _("In review"),
    Group.TOOLS: _("Tools"),
    Group.READERS: _("Readers"),
    Group.MACHINERY: _("Machinery"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One of the rows behind a count, named on the first page."""

    text: str
    address: str = ""
    note: str = ""


def may_look(kind: type[Model]) -> Callable[[Person], bool]:
    """Whether somebody may see things of this kind at all."""
    return lambda person: has_right(person, "view", kind) or has_right(person, "change", kind)


def tends(kind: type[Model]) -> Callable[[Person], bool]:
    """Whether somebody works on everybody's pieces of this kind."""
    return lambda person: has_right(person, "edit", kind) or has_right(person, "publish", kind)


Lines = Callable[[QuerySet[Any], HttpRequest], Sequence[Line]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention:
    """Rows that may wait for somebody: `kind` says whose list holds them, `query` how it is filtered to them.

    `lines` names some of them, in at most two queries; it is asked only when there are any. `page` is the admin's name
    of a list that is a page of its own; `rows` is then where counting begins. `place` orders a group, the first first.
    """

    key: str
    label: Words
    group: Group
    kind: type[Model]
    query: Mapping[str, str]
    narrow: Narrow
    may_see: Callable[[Person], bool]
    lines: Lines | None = None
    page: str = ""
    place: int = 50
    rows: Callable[[], QuerySet[Any]] | None = None

    @property
    def address(self) -> str:
        page = self.page or f"admin:{self.kind._meta.app_label}_{self.kind._meta.model_name}_changelist"
        return f"{reverse(page)}?{urlencode(self.query)}"

    def found(self, request: HttpRequest) -> QuerySet[Any]:
        """Exactly the rows that the list shows to this person."""
        rows = self.rows() if self.rows else listed(self.kind, request)
        return self.narrow(rows, request)


def listed(kind: type[Model], request: HttpRequest) -> QuerySet[Any]:
    """What the list of this kind shows to somebody."""
    return admin.site._registry[kind].get_queryset(request)


@dataclass(frozen=True, slots=True)
class Item:
    """What one kind of attention comes to, for one person at one moment."""

    label: Words
    group: Group
    count: int
    address: str
    lines: Sequence[Line] = ()


@dataclass(frozen=True, slots=True)
class Counts:
    """Days with several counts each, oldest first; `columns` are (class of its colour, label)."""

    columns: Sequence[tuple[str, Words]]
    days: Sequence[tuple[date, Sequence[int]]]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Something that is counted by the day: votes now, subscribers later."""

    key: str
    title: Words
    may_see: Callable[[Person], bool]
    count: Callable[[], Counts]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One line above everything that waits: what happens next, whether or not anybody has to do something; None when
    there is nothing to say.
    """

    key: str
    may_see: Callable[[Person], bool]
    say: Callable[[], Line | None]


_watched: dict[str, Attention] = {}
_charts: dict[str, Chart] = {}
_notices: dict[str, Notice] = {}


def register(attention: Attention) -> None:
    """Have something looked at whenever the first page is opened. Called once, in an AppConfig.ready()."""
    _watched[attention.key] = attention


def register_chart(chart: Chart) -> None:
    _charts[chart.key] = chart


def register_notice(notice: Notice) -> None:
    _notices[notice.key] = notice


@dataclass(frozen=True, slots=True)
class Watch:
    """Everything that was looked at for one person."""

    items: Sequence[Item] = field(default_factory=list)

    @property
    def groups(self) -> list[tuple[Promise, list[Item]]]:
        """What waits, by group."""
        waiting = sorted((item for item in self.items if item.count), key=lambda item: item.group)
        return [(group.label, list(items)) for group, items in groupby(waiting, key=lambda item: item.group)]

    @property
    def clear(self) -> list[Item]:
        return [item for item in self.items if not item.count]


def look(request: HttpRequest, own: Sequence[Item] = ()) -> Watch:
    """Count what somebody may see, one query for each kind of attention, and one or two more where lines are named."""
    in_order = sorted(_watched.values(), key=lambda one: one.place)
    items = [_item(one, request) for one in in_order if one.may_see(request.user)]
    return Watch([*own, *items])


def _item(one: Attention, request: HttpRequest) -> Item:
    rows = one.found(request)
    count = rows.order_by().count()
    lines = one.lines(rows, request) if count and one.lines else ()
    return Item(one.label, one.group, count, one.address, lines)


def charts_for(person: Person) -> list[Chart]:
    return [chart for chart in _charts.values() if chart.may_see(person)]


def notices_for(person: Person) -> list[Line]:
    said = [notice.say() for notice in _notices.values() if notice.may_see(person)]
    return [line for line in said if line is not None]
