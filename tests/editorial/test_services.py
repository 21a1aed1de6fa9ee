from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.utils import timezone

from editorial.models import Page
from editorial.services import CannotPublishError, publish, withdraw
from tests.factories import make_page

pytestmark = pytest.mark.django_db


def draft() -> Page:
    return make_page(status="draft", published_at=None)


def test_publish_makes_a_draft_public_now() -> None:
    page = draft()
    assert not Page.objects.published().exists()
    publish(page)
    assert Page.objects.published().get() == page


def test_publish_again_keeps_the_first_date() -> None:
    page = make_page()
    first = page.published_at
    withdraw(page)
    assert not Page.objects.published().exists()
    publish(page)
    assert page.published_at == first


def test_a_scheduled_piece_appears_at_its_time_with_nobody_at_work() -> None:
    page = draft()
    publish(page, at=timezone.now() + timedelta(hours=1))
    assert (page.status, Page.objects.published().exists()) == ("scheduled", False)
    Page.objects.update(published_at=timezone.now() - timedelta(seconds=1))
    assert Page.objects.published().exists()


def test_a_draft_cannot_be_withdrawn() -> None:
    with pytest.raises(CannotPublishError, match="never published"):
        withdraw(draft())


def test_database_refuses_a_scheduled_page_without_a_date() -> None:
    with pytest.raises(IntegrityError, match="page_that_was_published_has_a_date"):
        make_page(status="scheduled", published_at=None)
