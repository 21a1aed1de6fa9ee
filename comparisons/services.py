"""Every write to comparisons beyond one plain row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from accounts.models import User
from comparisons.models import Comparison
from editorial import services as editorial
from editorial.services import put


def publish_comparison(
    comparison: Comparison, *, at: datetime | None = None, reason: str = "", by: User | None = None
) -> None:
    """Publish now, or at a moment to come. Both tools must be published or scheduled first: CannotPublishError."""
    editorial.publish(comparison, at=at, reason=reason, by=by)


def put_comparisons(comparisons: Sequence[Comparison]) -> dict[str, int]:
    """Create or update by pair."""
    first = {comparison.first_tool_id for comparison in comparisons}
    return put(
        comparisons,
        fields=("summary", "choose_first_if", "choose_second_if", "is_featured", "status", "published_at"),
        find=lambda comparison: (comparison.first_tool_id, comparison.second_tool_id),
        existing=Comparison.objects.filter(first_tool_id__in=first),
    ).counts
