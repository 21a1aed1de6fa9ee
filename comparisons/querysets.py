"""Named reads of comparisons."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Self

from django.contrib.postgres.search import SearchVectorField
from django.db.models import Case, F, Q, QuerySet, When
from django.db.models.expressions import CombinedExpression

from editorial.querysets import PublishableQuerySet, is_published

if TYPE_CHECKING:
    from comparisons.models import Comparison


class ComparisonQuerySet(PublishableQuerySet["Comparison"]):
    def between_published_tools(self) -> Self:
        return self.filter(is_published("first_tool__"), is_published("second_tool__"))

    def with_any_of(self, tools: Iterable[int]) -> Self:
        """Comparisons in which one of the tools takes part; the one between two of them comes first."""
        first, second = Q(first_tool_id__any_of=tools), Q(second_tool_id__any_of=tools)
        return self.filter(first | second).order_by(
            Case(When(first & second, then=0), default=1), "-is_featured", "-published_at", "pk"
        )

    def named_by(self, query: str) -> Self:
        """Comparisons whose two tools' names hold the words of a search query between them."""
        words = CombinedExpression(
            F("first_tool__document__name_words"),
            "||",
            F("second_tool__document__name_words"),
            output_field=SearchVectorField(),
        )
        return self.alias(pair_words=words).filter(pair_words__matches=query)

    def prominent_first(self) -> Self:
        """Featured ones first, then the newest."""
        return self.order_by("-is_featured", "-published_at", "pk")

    def rows(self) -> QuerySet[Comparison, Any]:
        """Plain rows: which two tools, and what an editor wrote about them."""
        return self.values_list(
            *("first_tool_id", "second_tool_id", "summary", "choose_first_if", "choose_second_if", "updated_at"),
            named=True,
        )
