"""Every write to reviewers and reviews beyond one plain row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from editorial import services as editorial
from editorial.services import CannotPublishError, put
from reviews.models import Review, Reviewer
from tools.models import Tool


def publish_review(review: Review, *, at: datetime | None = None) -> None:
    """Publish now, or at a moment to come. The tool must be published or scheduled first: CannotPublishError."""
    if review.tool.status not in (Tool.Status.PUBLISHED, Tool.Status.SCHEDULED):
        raise CannotPublishError(f"{review.tool} is not published. Publish the tool first, then {review}.")
    editorial.publish(review, at=at)


def put_reviewers(reviewers: Sequence[Reviewer]) -> dict[str, int]:
    return put(
        reviewers,
        fields=(
            *("name", "lens", "motto", "excites", "tires", "emblem", "written_by", "disclosure"),
            *("is_active", "position", "joined_on"),
        ),
        find=lambda reviewer: reviewer.slug,
        existing=Reviewer.objects.filter(slug__in=[reviewer.slug for reviewer in reviewers]),
    )


def put_reviews(reviews: Sequence[Review]) -> dict[str, int]:
    """Create or update the current review of each reviewer and tool.

    Where there is no current one, a withdrawn one is taken up again rather than doubled.
    """
    stored = Review.objects.filter(tool_id__in={review.tool_id for review in reviews})
    return put(
        reviews,
        fields=("verdict", "headline", "body", "status", "published_at"),
        find=lambda review: (review.tool_id, review.reviewer_id),
        existing=sorted(stored, key=lambda review: review.status != Review.Status.WITHDRAWN),
    )
