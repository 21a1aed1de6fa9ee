"""What the desk's first page shows of the weekly email."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from accounts.roles import SUPPORT, WRITER
from newsletter.cockpit import count_days
from newsletter.models import Consent
from newsletter.services import unsubscribe
from tests.editorial.people import at_desk, person
from tests.newsletter.post import subscribed
from tests.pages import text_of

pytestmark = pytest.mark.django_db


def test_who_came_and_who_left_is_drawn_for_those_who_may_see_subscribers(client: Client) -> None:
    leaving = subscribed("ada@example.org")
    subscribed("ben@example.org")
    unsubscribe(leaving, "a test")
    Consent.objects.create(
        subscriber_id=10**9, address_hmac=b"x" * 32, kind="confirmed", at=datetime.now(UTC) - timedelta(days=40)
    )
    today = count_days().days[-1]
    assert (today[0], list(today[1])) == (datetime.now(UTC).date(), [2, 1])
    assert sum(sum(numbers) for _day, numbers in count_days().days) == 3
    assert "Subscribers by day" in text_of(at_desk(person(SUPPORT)).get("/admin/"))
    assert "Subscribers by day" not in text_of(at_desk(person(WRITER)).get("/admin/"))
