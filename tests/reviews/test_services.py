from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.utils import timezone

from editorial.services import CannotPublishError, withdraw
from reviews.models import Review
from reviews.services import publish_review, withdraw_review
from tests.factories import make_review, make_reviewer, make_tool

pytestmark = pytest.mark.django_db


def draft(**tool: object) -> Review:
    return make_review(make_tool(**tool), status="draft", published_at=None)


def test_publish_review_dates_it() -> None:
    review = draft()
    publish_review(review)
    review.refresh_from_db()
    assert review.status == "published"
    assert Review.objects.published().get() == review


def test_publish_review_waits_for_its_tool() -> None:
    review = draft(status="draft", published_at=None)
    with pytest.raises(CannotPublishError, match="Publish the tool first"):
        publish_review(review)
    review.refresh_from_db()
    assert review.status == "draft"


def test_publish_review_for_a_moment_to_come_is_scheduled_and_not_public() -> None:
    review = draft()
    publish_review(review, at=timezone.now() + timedelta(hours=1))
    assert review.status == "scheduled"
    assert not Review.objects.published().exists()


def test_publish_now_brings_a_scheduled_review_forward() -> None:
    review = draft()
    publish_review(review, at=timezone.now() + timedelta(days=1))
    publish_review(review)
    assert review.status == "published"
    assert Review.objects.published().exists()


def test_a_withdrawn_review_does_not_come_back_beside_a_newer_one() -> None:
    tool, reviewer = make_tool(), make_reviewer()
    old = make_review(tool, reviewer)
    withdraw_review(old, reason="Looked again.")
    make_review(tool, reviewer)
    with pytest.raises(CannotPublishError, match="Withdraw that one first"):
        publish_review(old)


def test_withdrawing_a_review_is_a_change_of_its_tool() -> None:
    review = make_review(make_tool())
    before = review.tool.updated_at
    withdraw_review(review, reason="Looked again.")
    review.tool.refresh_from_db()
    assert review.tool.updated_at > before


def test_one_reviewer_has_one_current_review_of_a_tool_and_may_write_again_after_withdrawing() -> None:
    tool, reviewer = make_tool(), make_reviewer()
    first = make_review(tool, reviewer)
    withdraw(first)
    make_review(tool, reviewer)
    with pytest.raises(IntegrityError, match="one_current_review_per_reviewer_and_tool"):
        make_review(tool, reviewer)
