"""Pieces at the desk, whatever their kind: what waits for review, what is one's own, and what appears when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Count, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from editorial.cockpit import Group, Item, Words
from editorial.filters import DAYS_AHEAD, is_coming, is_draft_of, was_sent_back
from editorial.models import Publishable

_S = Publishable.Status
AT_THE_DESK = (_S.DRAFT, _S.IN_REVIEW, _S.SCHEDULED)
OLDEST = 8
COMING = 100


@dataclass(frozen=True, slots=True)
class Entry:
    """A piece on the first page."""

    kind: str
    name: str
    address: str
    moment: datetime

    @property
    def days(self) -> int:
        """For how many days nobody has touched it."""
        return (timezone.now() - self.moment).days


@dataclass(frozen=True, slots=True)
class Day:
    date: date
    is_today: bool
    is_ahead: bool
    entries: list[Entry] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Desk:
    """All pieces that somebody finds at the desk and that are not simply out."""

    items: Sequence[Item]
    waiting: Sequence[Entry]
    weeks: Sequence[Sequence[Day]]
    coming: Sequence[Item]


def load_desk(request: HttpRequest) -> Desk:
    """One query of counts a kind, and two more where something waits or is to come."""
    items: list[Item] = []
    waiting: list[Entry] = []
    coming: list[Entry] = []
    ahead: list[Item] = []
    for desk in piece_desks(request):
        counts = _counts(desk, request)
        items += _items(desk, request, counts)
        if counts["waiting"]:
            waiting += _oldest(desk, request)
        if counts["coming"]:
            coming += _to_come(desk, request)
            named = _kind(desk, counts["coming"])
            ahead.append(_item(desk, counts["coming"], Group.PIECES, named, coming=str(DAYS_AHEAD)))
    return Desk(items, sorted(waiting, key=lambda entry: entry.moment)[:OLDEST], weeks(coming), ahead)


def piece_desks(request: HttpRequest) -> list[Any]:
    """The lists of pieces that somebody may look at."""
    desks = [desk for model, desk in admin.site._registry.items() if issubclass(model, Publishable)]
    return [desk for desk in desks if desk.has_view_permission(request)]


def _counts(desk: Any, request: HttpRequest) -> dict[str, int]:
    mine = is_draft_of(request, desk.model)
    pieces = desk.get_queryset(request).filter(status__in=AT_THE_DESK)
    counted: dict[str, int] = pieces.aggregate(
        waiting=Count("pk", filter=Q(status=_S.IN_REVIEW)),
        drafts=Count("pk", filter=mine),
        back=Count("pk", filter=mine & Q(was_sent_back(desk.model))),
        coming=Count("pk", filter=is_coming()),
    )
    return counted


def _items(desk: Any, request: HttpRequest, counts: dict[str, int]) -> list[Item]:
    """What waits of one kind: its label is a sentence with the kind's own name in it."""
    return [
        _item(desk, counts["back"], Group.YOURS, _("Sent back to you: %(kind)s"), yours="back"),
        _item(desk, counts["drafts"], Group.YOURS, _("Your drafts: %(kind)s"), yours="drafts"),
        _item(
            desk, counts["waiting"], Group.PIECES, _("Waiting for review: %(kind)s"), status__exact=str(_S.IN_REVIEW)
        ),
    ]


def _item(desk: Any, count: int, group: Group, words: Words, **query: str) -> Item:
    opts = desk.model._meta
    place = reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    return Item(str(words) % {"kind": opts.verbose_name_plural}, group, count, f"{place}?{asked}")


def _kind(desk: Any, count: int) -> str:
    return str(desk.model._meta.verbose_name if count == 1 else desk.model._meta.verbose_name_plural)


def _oldest(desk: Any, request: HttpRequest) -> list[Entry]:
    pieces = _loaded(desk, request).filter(status=_S.IN_REVIEW).order_by("updated_at", "pk")[:OLDEST]
    return [_entry(desk, piece, piece.updated_at) for piece in pieces]


def _to_come(desk: Any, request: HttpRequest) -> list[Entry]:
    pieces = _loaded(desk, request).filter(is_coming()).order_by("published_at", "pk")[:COMING]
    return [_entry(desk, piece, piece.published_at) for piece in pieces]


def _loaded(desk: Any, request: HttpRequest) -> Any:
    """With what a piece's name is made of, as its list loads it."""
    pieces = desk.get_queryset(request)
    return pieces.select_related(*desk.list_select_related) if desk.list_select_related else pieces


def _entry(desk: Any, piece: Any, moment: datetime) -> Entry:
    opts = desk.model._meta
    address = reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[piece.pk])
    return Entry(str(opts.verbose_name), str(piece), address, moment.astimezone(UTC))


def weeks(coming: Sequence[Entry]) -> list[list[Day]]:
    """Whole weeks, Monday first, from this one to that of the last day ahead; none when nothing is to come."""
    if not coming:
        return []
    today = timezone.now().astimezone(UTC).date()
    last = today + timedelta(days=DAYS_AHEAD)
    first = today - timedelta(days=today.weekday())
    count = (last - first).days // 7 + 1
    days = [first + timedelta(days=number) for number in range(7 * count)]
    by_day: dict[date, list[Entry]] = {}
    for entry in sorted(coming, key=lambda entry: entry.moment):
        by_day.setdefault(entry.moment.date(), []).append(entry)
    made = [Day(day, day == today, today <= day <= last, by_day.get(day, [])) for day in days]
    return [made[start : start + 7] for start in range(0, len(made), 7)]
