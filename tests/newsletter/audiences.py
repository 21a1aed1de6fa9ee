"""Readers by the hundred, and issues that are on their way to them."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from newsletter.addresses import address_hmac
from newsletter.models import Delivery, Issue, Subscriber
from newsletter.sending.freezing import freeze_issue, start_issue
from tests.newsletter.letters import full_issue


def make_readers(count: int, name: str = "reader", **fields: Any) -> list[Subscriber]:
    """Active ones, reader1@example.org and so on, each time others."""
    now = timezone.now()
    first = Subscriber.objects.filter(address__startswith=name).count() + 1
    addresses = [f"{name}{number}@example.org" for number in range(first, first + count)]
    made = [
        Subscriber(
            address=address,
            address_key=address,
            address_hmac=address_hmac(address),
            **{"state": "active", "confirmed_at": now, **fields},
        )
        for address in addresses
    ]
    return Subscriber.objects.bulk_create(made)


def everybody_leaves() -> None:
    """Nobody who is there now gets what comes next."""
    Subscriber.objects.update(state="unsubscribed", ended_at=timezone.now())


def approved(number: int | None = None, **fields: Any) -> Issue:
    given = Issue.objects.count() + 1 if number is None else number
    issue = full_issue(number=given, iso_week=f"2026-W{given:02}")
    Issue.objects.filter(pk=issue.pk).update(status="approved", approved_at=timezone.now(), **fields)
    issue.refresh_from_db()
    return issue


def frozen(readers: int = 3, **fields: Any) -> Issue:
    make_readers(readers)
    return freeze_issue(approved(**fields))


def being_sent(readers: int = 3, **fields: Any) -> Issue:
    """An issue on its way to so many."""
    return start_issue(frozen(readers, **fields))


def states(issue: Issue) -> list[str]:
    """In the order of their readers."""
    found = Delivery.objects.filter(issue=issue).order_by("subscriber_id")
    return list(found.values_list("state", flat=True))
