"""Named reads of votes and their tallies."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Sum

if TYPE_CHECKING:
    from votes.models import Tally


class TallyQuerySet(models.QuerySet["Tally"]):
    def rows_of(self, tools: Iterable[int]) -> models.QuerySet[Tally, Any]:
        """(tool, crowd, ship, skip) over all slots."""
        return (
            self.filter(tool_id__any_of=tools)
            .values("tool_id", "crowd")
            .annotate(ship_count=Sum("ship"), skip_count=Sum("skip"))
            .values_list("tool_id", "crowd", "ship_count", "skip_count", named=True)
        )
