"""The reviews of a tool that becomes part of another one."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone
from django.utils.translation import gettext as _

from editorial.permissions import OUT
from reviews.models import Review
from reviews.querysets import ReviewQuerySet
from tools.models import Tool


def sort_reviews(gone: Tool, kept: Tool) -> tuple[list[Review], list[Review]]:
    """The reviews that go along, and those that stay behind because their reviewer has one of the other tool.

    What was withdrawn before stays where it is. Two queries.
    """
    there = set(_current(kept).values_list("reviewer_id", flat=True))
    moving: list[Review] = []
    staying: list[Review] = []
    for review in _current(gone):
        (staying if review.reviewer_id in there else moving).append(review)
    return moving, staying


def move_reviews(gone: Tool, kept: Tool) -> int:
    """Where a reviewer has a review of both, that of `kept` stays and the other is withdrawn, with all of its words.

    Returns how many went along. The tool itself must be out of sight already: a verdict that goes with its tool is no
    change of mind.
    """
    moving, staying = sort_reviews(gone, kept)
    seen = [review.pk for review in staying if review.status in OUT]
    Review.objects.filter(pk__in=seen).update(status=Review.Status.WITHDRAWN, updated_at=timezone.now())
    return Review.objects.filter(pk__in=[review.pk for review in moving]).update(tool=kept, updated_at=timezone.now())


def why_not(gone: Tool, kept: Tool) -> list[str]:
    """A draft would stay in the place of a verdict that readers know: sentences that say what to do about it."""
    drafts = {review.reviewer_id: review for review in _current(kept).exclude(status__in=OUT)}
    said = _(
        "%(reviewer)s has a draft on %(kept)s and a published review of %(gone)s. Publish or delete the draft first."
    )
    return [
        said % {"reviewer": review.reviewer, "kept": kept, "gone": gone}
        for review in _current(gone).filter(status__in=OUT, reviewer__in=drafts)
    ]


def lock_reviews(tools: Sequence[int]) -> None:
    """Hold the reviews of these tools until the transaction ends, in the order of their keys."""
    list(Review.objects.select_for_update(of=("self",)).filter(tool__in=tools).order_by("pk").values_list("pk"))


def _current(tool: Tool) -> ReviewQuerySet:
    reviews = Review.objects.filter(tool=tool).exclude(status=Review.Status.WITHDRAWN)
    return reviews.select_related("reviewer", "tool").order_by("reviewer__position", "pk")
