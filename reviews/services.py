"""Every write to reviewers and reviews beyond one plain row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from editorial import services as editorial
from editorial.reasons import because, reason_given
from editorial.services import CannotPublishError, ReasonNeededError, put
from reviews.models import Review, Reviewer
from tools.services import touch_tools


@transaction.atomic
def publish_review(review: Review, *, at: datetime | None = None, reason: str = "", by: User | None = None) -> None:
    """Publish now, or at a moment to come. The tool must be published or scheduled first: CannotPublishError.

    To put off what readers see already takes it away from them until then: ReasonNeededError without a reason.
    """
    with because(reason):
        if at and at > timezone.now() and is_seen(review):
            _need_reason([review])
        editorial.publish(review, at=at, by=by)
    touch_tools([review.tool_id])


@transaction.atomic
def withdraw_review(review: Review, *, reason: str = "", by: User | None = None) -> None:
    """Take a review back. ReasonNeededError without a reason, if readers see it."""
    with because(reason):
        if is_seen(review):
            _need_reason([review])
        editorial.withdraw(review, by=by)
    touch_tools([review.tool_id])


@transaction.atomic
def reopen_review(review: Review, *, by: User | None = None) -> None:
    """Make a withdrawn review a draft again; CannotPublishError if the reviewer has written another one since."""
    if review.rivals().exists():
        raise CannotPublishError(f"There is another review for {review}. Withdraw that one first.")
    editorial.reopen(review, by=by)


@transaction.atomic
def save_review(review: Review, *, reason: str = "") -> None:
    """Save what an editor typed. ReasonNeededError without a reason, if that overturns a verdict which readers see."""
    with because(reason):
        if overturns(review):
            _need_reason([review])
        review.save()


def is_seen(review: Review) -> bool:
    """Whether readers see this review now, as it is stored; one query."""
    return Review.objects.published().of_published_tools().filter(pk=review.pk).exists()


def overturns(review: Review) -> bool:
    """Whether to save it would change a verdict that readers see, or whose it is; one query."""
    seen = Review.objects.published().of_published_tools().filter(pk=review.pk)
    told = seen.values_list("tool_id", "reviewer_id", "verdict").first()
    return told is not None and told != (review.tool_id, review.reviewer_id, review.verdict)


def _need_reason(reviews: Sequence[Review]) -> None:
    if reviews and not reason_given():
        raise ReasonNeededError(reviews)


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


@transaction.atomic
def put_reviews(reviews: Sequence[Review]) -> dict[str, int]:
    """Create or update the current review of each reviewer and tool.

    Where there is no current one, the one withdrawn last is taken up again rather than doubled. ReasonNeededError with
    those that overturn a verdict which readers see, unless it happens `because` of something.
    """
    stored = Review.objects.filter(tool_id__in={review.tool_id for review in reviews})
    _need_reason(owe_a_reason(reviews))
    return put(
        reviews,
        fields=("verdict", "headline", "body", "status", "published_at"),
        find=lambda review: (review.tool_id, review.reviewer_id),
        existing=current_last(stored),
    ).counts


def owe_a_reason(reviews: Sequence[Review]) -> list[Review]:
    """Those that `put_reviews` takes for a reason only: readers see another verdict, or would lose it; one query."""
    seen = {
        (tool, reviewer): verdict
        for tool, reviewer, verdict in Review.objects.filter(tool_id__in={review.tool_id for review in reviews})
        .published()
        .of_published_tools()
        .values_list("tool_id", "reviewer_id", "verdict")
    }
    return [review for review in reviews if _takes_away(review, seen.get((review.tool_id, review.reviewer_id)))]


def current_last(stored: Iterable[Review]) -> list[Review]:
    """Of several by one reviewer of one tool the one that counts comes last: the one that is not withdrawn."""
    return sorted(stored, key=lambda review: (review.status != Review.Status.WITHDRAWN, review.pk))


def _takes_away(review: Review, seen: str | None) -> bool:
    """Whether readers who see that verdict would no longer see it."""
    is_public = review.status in (Review.Status.PUBLISHED, Review.Status.SCHEDULED) and (
        review.published_at is None or review.published_at <= timezone.now()
    )
    return seen is not None and not (is_public and review.verdict == seen)
