"""Which tools stand nearest to the ones a page is about."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, Func, IntegerField, OuterRef, Q, QuerySet, Subquery

from comparisons.models import Comparison
from reviews.querysets import PanelTools
from tools.models import Fact, Tool

ALTERNATIVES = 5
CONSIDERED = 200


def nearest(classes: Any, besides: Any) -> PanelTools:
    """Alternatives to the tools `besides`: others of the categories, the nearest first.

    Nearest is who shares most facts: criteria with the same value as one of the tools. Of equals, whoever editors have
    compared with them more often; of equals again, the newest. Only the 200 newest of the categories are considered,
    so that the work stays the same however large a category grows.
    """
    newest = ArraySubquery(Tool.objects.published().newest_in(classes, without=besides).values("pk")[:CONSIDERED])
    return nearness(Tool.objects.published().filter(pk__any_of=newest), besides)


def nearness(tools: QuerySet[Any, Any], besides: Any) -> PanelTools:
    """Tools in order of how near they stand to the tools `besides`."""
    own = Fact.objects.filter(tool_id__any_of=besides, criterion_id=OuterRef("criterion_id"), value=OuterRef("value"))
    one_way = Q(first_tool_id=OuterRef("pk"), second_tool_id__any_of=besides)
    other_way = Q(second_tool_id=OuterRef("pk"), first_tool_id__any_of=besides)
    ordered: PanelTools = tools.alias(
        shared_count=_number_of(Fact.objects.filter(Exists(own), tool_id=OuterRef("pk"))),
        compared_count=_number_of(Comparison.objects.published().filter(one_way | other_way)),
    ).order_by("-shared_count", "-compared_count", "-published_at", "pk")
    return ordered


def _number_of(rows: QuerySet[Any, Any]) -> Subquery:
    """How many there are, counted by the database without grouping the outer rows."""
    count = Func(F("pk"), function="COUNT", output_field=IntegerField())
    return Subquery(rows.order_by().annotate(number=count).values("number"))
