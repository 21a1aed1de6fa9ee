"""Named reads of votes and their tallies."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import FloatField, OuterRef, Q, Subquery, Sum, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce, Greatest, Least, Sqrt

from tools.models import Tool
from votes.intervals import Z

if TYPE_CHECKING:
    from votes.models import Moderation, Tally


class TallyQuerySet(models.QuerySet["Tally"]):
    def rows_of(self, tools: Iterable[int]) -> models.QuerySet[Tally, Any]:
        """(tool, crowd, ship, skip) over all slots."""
        return (
            self.filter(tool_id__any_of=tools)
            .values("tool_id", "crowd")
            .annotate(ship_count=Sum("ship"), skip_count=Sum("skip"))
            .values_list("tool_id", "crowd", "ship_count", "skip_count", named=True)
        )


class ModerationQuerySet(models.QuerySet["Moderation"]):
    def for_public_log(self) -> models.QuerySet[Moderation, Any]:
        """Newest first, as plain rows; a tool that is not public has neither name nor address in them."""
        tools = Tool.objects.published().filter(pk=OuterRef("tool_id")).order_by()
        return (
            self.annotate(tool_name=Subquery(tools.values("name")), tool_slug=Subquery(tools.values("slug")))
            .order_by("-at", "-pk")
            .values_list("at", "action", "tool_name", "tool_slug", "vote_count", "reason", "actor_id", named=True)
        )


def counted_votes(side: str, *, crowd: str) -> Coalesce:
    """One side's counted votes on each tool of a query of tools, to annotate it with; 0 when there are none.

    Four of these share one join. A subquery for each costs the comparison page half a millisecond of planning more.
    """
    return Coalesce(Sum(f"tallies__{side}", filter=Q(tallies__crowd=crowd)), 0)


def wilson_lower_bound(ship: Any, total: Any) -> Combinable:
    """The lower end of `votes.intervals.wilson_interval` in SQL, for ordering only; `total` must not be 0.

    Pages show what Python computes; a test holds the two together.
    """
    share, spread, half = _wilson(ship, total)
    low = (share + spread / Value(2.0) - half) / (Value(1.0) + spread)
    return Greatest(Value(0.0), Least(low, share), output_field=FloatField())


def wilson_upper_bound(ship: Any, total: Any) -> Combinable:
    """The upper end, in the same way."""
    share, spread, half = _wilson(ship, total)
    high = (share + spread / Value(2.0) + half) / (Value(1.0) + spread)
    return Least(Value(1.0), Greatest(high, share), output_field=FloatField())


def _wilson(ship: Any, total: Any) -> tuple[Any, Any, Any]:
    ships, votes = Cast(ship, FloatField()), Cast(total, FloatField())
    share, spread = ships / votes, Value(Z**2) / votes
    return share, spread, Value(Z) * Sqrt((share * (Value(1.0) - share) + spread / Value(4.0)) / votes)
