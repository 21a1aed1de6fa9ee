"""What tests of receipts and of days gone by begin with: a draft, and a change that comes from nowhere."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
DRAFT: dict[str, Any] = {"status": "draft", "published_at": None}


def change(row: Any, **fields: Any) -> None:
    """Straight into the table, as a hand at the database would."""
    type(row).objects.filter(pk=row.pk).update(**fields)
