"""Editors' comparisons as files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy
from import_export.fields import Field

from comparisons import services
from comparisons.models import Comparison
from editorial.exchange.columns import Moment, Named, Truth, column
from editorial.exchange.resources import Exchange
from tools.exchange import tools_told_to
from tools.models import Tool


class ComparisonExchange(Exchange):
    model, name, title = Comparison, "comparisons", gettext_lazy("comparisons")
    keys = ("first_tool", "second_tool")

    def columns(self) -> list[Field]:
        self.tools: dict[str, Tool] = {}
        return [
            *(column("first_tool", Named(self.tools)), column("second_tool", Named(self.tools))),
            *(column(name) for name in ("summary", "choose_first_if", "choose_second_if")),
            column("is_featured", Truth()),
            *(column("status", only_written=True), column("published_at", Moment(), only_written=True)),
        ]

    def find(self, keys: set[tuple[str, ...]]) -> Iterable[Any]:
        slugs = {slug for pair in keys for slug in pair}
        self.tools.update({tool.slug: tool for tool in Tool.objects.filter(slug__in=slugs)})
        stored = Comparison.objects.filter(first_tool__in=self.tools.values(), second_tool__in=self.tools.values())
        return stored.select_related("first_tool", "second_tool")

    def put(self, pieces: Sequence[Any]) -> None:
        services.put_comparisons(pieces)

    def visible(self, pieces: QuerySet[Any]) -> Iterable[Any]:
        told = tools_told_to(self.person)
        both = pieces.filter(first_tool__in=told, second_tool__in=told).select_related("first_tool", "second_tool")
        return both.order_by("first_tool__slug", "second_tool__slug")
