"""The panel and its reviews as files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy
from import_export.fields import Field

from editorial.exchange.columns import Day, Moment, Named, Number, Truth, column
from editorial.exchange.resources import Exchange
from reviews import services
from reviews.models import Review, Reviewer
from tools.exchange import Shelf, tools_told_to
from tools.models import Tool


class ReviewerExchange(Shelf):
    model, name, title = Reviewer, "reviewers", gettext_lazy("reviewers")

    def columns(self) -> list[Field]:
        texts = ("slug", "name", "lens", "motto", "excites", "tires", "emblem", "written_by", "disclosure")
        return [
            *(column(name) for name in texts),
            *(column("is_active", Truth()), column("position", Number()), column("joined_on", Day())),
        ]

    def put(self, pieces: Sequence[Any]) -> None:
        services.put_reviewers(pieces)


class ReviewExchange(Exchange):
    """The current review of each reviewer and tool, or where there is none the one withdrawn last."""

    model, name, title = Review, "reviews", gettext_lazy("reviews")
    keys = ("tool", "reviewer")

    def columns(self) -> list[Field]:
        self.tools: dict[str, Tool] = {}
        self.reviewers: dict[str, Reviewer] = {}
        return [
            *(column("tool", Named(self.tools)), column("reviewer", Named(self.reviewers))),
            *(column(name) for name in ("verdict", "headline", "body")),
            *(column("status", only_written=True), column("published_at", Moment(), only_written=True)),
        ]

    def find(self, keys: set[tuple[str, ...]]) -> Iterable[Any]:
        self.tools.update({tool.slug: tool for tool in Tool.objects.filter(slug__in={slug for slug, _who in keys})})
        self.reviewers.update({reviewer.slug: reviewer for reviewer in Reviewer.objects.all()})
        stored = Review.objects.filter(tool__in=self.tools.values()).select_related("tool", "reviewer")
        return services.current_last(stored)

    def owed(self, pieces: Sequence[Any]) -> list[Any]:
        return services.owe_a_reason(pieces)

    def put(self, pieces: Sequence[Any]) -> None:
        services.put_reviews(pieces)

    def visible(self, pieces: QuerySet[Any]) -> Iterable[Any]:
        told = pieces.filter(tool__in=tools_told_to(self.person))
        return told.select_related("tool", "reviewer").order_by("tool__slug", "reviewer__slug", "pk")
