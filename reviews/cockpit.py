"""What of the panel needs attention at the desk: public tools that a reviewer has not said anything about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from editorial.cockpit import Attention, Group, Line, listed, register
from editorial.filters import add_filter
from editorial.permissions import Person, has_right
from reviews.models import Review, Reviewer
from reviews.querysets import tools_without_word_of
from tools.figures import number
from tools.models import Tool

ANY = "any"


def writes_reviews(person: Person) -> bool:
    """Whoever writes reviews and finds tools to write about."""
    return has_right(person, "add", Review) and has_right(person, "view", Tool)


def reviewers_of(request: HttpRequest) -> list[Reviewer]:
    """The reviewers on the panel for whom somebody writes."""
    found: QuerySet[Any] = listed(Reviewer, request)
    return list(found.filter(is_active=True).order_by("position", "pk"))


class MissingFilter(admin.SimpleListFilter):
    """Public tools without a published review: by anybody for whom one writes, or by one reviewer."""

    title = _("missing reviews")
    parameter_name = "missing"

    def __init__(self, request: HttpRequest, params: Any, model: Any, model_admin: Any) -> None:
        self.reviewers = reviewers_of(request) if writes_reviews(request.user) else []
        super().__init__(request, params, model, model_admin)

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, Any]]:
        named = [(reviewer.slug, reviewer.name) for reviewer in self.reviewers]
        return [(ANY, _("By any reviewer")), *named] if named else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        asked = self.value()
        chosen = [one for one in self.reviewers if asked in (ANY, one.slug)]
        return tools_without_word_of(queryset, chosen) if asked else queryset


def _missing(tools: QuerySet[Any], request: HttpRequest) -> QuerySet[Any]:
    return tools_without_word_of(tools, reviewers_of(request))


def _by_reviewer(tools: QuerySet[Any], request: HttpRequest) -> Sequence[Line]:
    """How many each has still to look at."""
    return [
        Line(
            reviewer.name,
            f"{reverse('admin:tools_tool_changelist')}?{urlencode({'missing': reviewer.slug})}",
            number(missing),
        )
        for reviewer, missing in _counted(listed(Tool, request), reviewers_of(request))
        if missing
    ]


def _counted(tools: Any, reviewers: Iterable[Reviewer]) -> list[tuple[Reviewer, int]]:
    public = tools.published()
    total = public.order_by().count()
    said = Review.objects.published().filter(tool__in=public.order_by().values("pk")).said_by_each()
    return [(reviewer, total - said.get(reviewer.pk, 0)) for reviewer in reviewers]


def watch() -> None:
    """Tell the desk; called once all apps are there."""
    add_filter(Tool, MissingFilter)
    register(
        Attention(
            key="missing reviews",
            label=_("Public tools that lack a review"),
            group=Group.TOOLS,
            kind=Tool,
            query={"missing": ANY},
            narrow=_missing,
            may_see=writes_reviews,
            lines=_by_reviewer,
            place=10,
        )
    )
