"""What the desk asks of a tool's past: when its prices changed, and when its reviewers last wrote."""

from __future__ import annotations

from typing import Any

from django.db.models import OuterRef

from comparisons.models import Receipt
from comparisons.receipts.prices import PriceLog, read_steps
from comparisons.receipts.timeline import read_stances
from comparisons.receipts.turns import last_words
from editorial.reads import CompiledRead
from reviews.ages import Ages
from tools.models import Tool


def read_ages(tool: int) -> Ages:
    """One query."""
    for prices, stances in _past(tools=[tool]):
        return Ages(PriceLog(read_steps(prices)).changes, last_words(read_stances(stances)))
    return Ages()


def _of_tools(tools: Any) -> Any:
    own = Receipt.objects.in_effect().filter(tool_id=OuterRef("pk"))
    packed = Tool.objects.filter(pk__any_of=tools).annotate(packed_prices=own.prices(), packed_stances=own.stances())
    return packed.values_list("packed_prices", "packed_stances", named=True)


_past = CompiledRead(_of_tools)
