"""What the desk asks of a tool's past: when its prices changed, and when its reviewers last wrote."""

from __future__ import annotations

from django.db.models import OuterRef

from comparisons.models import Receipt
from comparisons.receipts.prices import PriceLog, read_steps
from comparisons.receipts.timeline import read_stances
from comparisons.receipts.turns import last_words
from reviews.ages import Ages
from tools.models import Tool


def read_ages(tool: int) -> Ages:
    """One query."""
    own = Receipt.objects.in_effect().filter(tool_id=OuterRef("pk"))
    packed = Tool.objects.filter(pk=tool).annotate(prices=own.prices(), stances=own.stances())
    found = packed.values_list("prices", "stances").first()
    if found is None:
        return Ages()
    prices, stances = found
    return Ages(PriceLog(read_steps(prices)).changes, last_words(read_stances(stances)))
