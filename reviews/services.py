"""Every write to reviewers and reviews beyond one plain row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from editorial import services as editorial
from editorial.services import CannotPublishError, put
from reviews.models import Review, Reviewer
from tools.models import Tool
from tools.services import tool_comes_first, touch_tools


@transaction.atomic
def publish_review(review: Review, *, at: datetime | None = None) -> None:
    """Publish now, or at a moment to come. The tool must be published or scheduled first: CannotPublishError."""
    if review.tool.status not in (Tool.Status.PUBLISHED, Tool.Status.SCHEDULED):
        raise CannotPublishError(tool_comes_first(review.tool, review))
    others = Review.objects.filter(tool=review.tool, reviewer=review.reviewer).exclude(pk=review.pk)
    if others.exclude(status=Review.Status.WITHDRAWN).exists():
        said = _("There is another review for %(review)s. Withdraw that one first.")
        raise CannotPublishError(said % {"review": review})
    editorial.publish(review, at=at)
    touch_tools([review.tool_id])


@transaction.atomic
def withdraw_review(review: Review) -> None:
    editorial.withdraw(review)
    touch_tools([review.tool_id])


def put_reviewers(reviewers: Sequence[Reviewer]) -> dict[str, int]:
    return put(
        reviewers,
        fields=(
            *("name", "lens", "motto", "excites", "tires", "emblem", "written_by", "disclosure"),
            *("is_active", "position", "joined_on"),
        ),
        find=lambda reviewer: reviewer.slug,
        existing=Reviewer.objects.filter(slug__in=[reviewer.slug for reviewer in reviewers]),
    ).counts


def put_reviews(reviews: Sequence[Review]) -> dict[str, int]:
    """Create or update the current review of each reviewer and tool.

    Where there is no current one, the one withdrawn last is taken up again rather than doubled.
    """
    stored = Review.objects.filter(tool_id__in={review.tool_id for review in reviews})
    return put(
        reviews,
        fields=("verdict", "headline", "body", "status", "published_at"),
        find=lambda review: (review.tool_id, review.reviewer_id),
        existing=sorted(stored, key=lambda review: (review.status != Review.Status.WITHDRAWN, review.pk)),
    ).counts
