"""One-click filters of lists at the desk. An app adds its own to another's list here, so that imports point down."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import CharField, Exists, Model, OuterRef, Q, QuerySet
from django.db.models.functions import Cast
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from editorial import permissions
from editorial.models import Publishable
from editorial.stepping import SENT_BACK

_S = Publishable.Status
DAYS_AHEAD = 14
Narrow = Callable[[Any, HttpRequest], QuerySet[Any]]


class OneClick(admin.SimpleListFilter):
    """A filter whose choices are named narrowings: the list shows what the count beside its link counted."""

    narrowings: dict[str, tuple[str | Promise, Narrow]]

    def __init__(self, request: HttpRequest, params: Any, model: Any, model_admin: Any) -> None:
        self.request = request
        super().__init__(request, params, model, model_admin)

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, str]]:
        return [(value, str(label)) for value, (label, _narrow) in self.narrowings.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.narrowings.get(self.value() or "")
        return chosen[1](queryset, request) if chosen else queryset


_more: dict[type[Model], list[type[admin.SimpleListFilter]]] = defaultdict(list)


def add_filter(kind: type[Model], chosen: type[admin.SimpleListFilter]) -> None:
    """Have a filter beside the list of this kind of thing, whoever's list that is."""
    if chosen not in _more[kind]:
        _more[kind].append(chosen)


class FilteredList(admin.ModelAdmin):  # type: ignore[type-arg]
    """A list with the filters that apps above have added to it."""

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        return [*super().get_list_filter(request), *_more[self.model]]


class FilteredPieces(FilteredList):
    """The same for pieces, which all have these two."""

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        return [*super().get_list_filter(request), OwnFilter, ComingFilter]


def is_draft_of(request: HttpRequest, kind: type[Publishable]) -> Q:
    """The drafts that are somebody's own to write."""
    return permissions.own(request.user, kind) & Q(status=_S.DRAFT)


def was_sent_back(kind: type[Publishable]) -> Exists:
    """Whether a piece came back from review with a note; the desk's log remembers."""
    notes = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(kind), change_message__startswith=SENT_BACK
    )
    return Exists(notes.filter(object_id=Cast(OuterRef("pk"), CharField())))


def is_coming() -> Q:
    """What appears within the next fourteen days."""
    now = timezone.now()
    is_near = Q(published_at__gt=now, published_at__lte=now + timedelta(days=DAYS_AHEAD))
    return is_near & Q(status=_S.SCHEDULED)


def _own_drafts(pieces: QuerySet[Any], request: HttpRequest) -> QuerySet[Any]:
    return pieces.filter(is_draft_of(request, pieces.model))


def _sent_back(pieces: QuerySet[Any], request: HttpRequest) -> QuerySet[Any]:
    return pieces.filter(is_draft_of(request, pieces.model), was_sent_back(pieces.model))


class OwnFilter(OneClick):
    title = _("yours")
    parameter_name = "yours"
    narrowings = {  # noqa: RUF012
        "drafts": (_("Your drafts"), _own_drafts),
        "back": (_("Sent back to you"), _sent_back),
    }


class ComingFilter(OneClick):
    title = _("date")
    parameter_name = "coming"
    narrowings = {  # noqa: RUF012
        str(DAYS_AHEAD): (_("Within 14 days"), lambda pieces, request: pieces.filter(is_coming())),
    }
