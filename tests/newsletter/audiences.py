"""Readers by the hundred, and issues that are on their way to them."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from newsletter.addresses import address_hmac
from newsletter.models import Delivery, Issue, Subscriber
from newsletter.sending.freezing import freeze_issue, start_issue
from tests.newsletter.letters import full_issue


def make_readers(count: int, name: str = "reader", **fields: Any) -> list[Subscriber]:
    """Active ones, reader1@example.org and so on."""
    now = timezone.now()
    addresses = [f"{name}{number}@example.org" for number in range(1, count + 1)]
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


def approved(number: int = 1, **fields: Any) -> Issue:
    issue = full_issue(number=number)
    Issue.objects.filter(pk=issue.pk).update(status="approved", approved_at=timezone.now(), **fields)
    issue.refresh_from_db()
    return issue


def frozen(readers: int = 3, **fields: Any) -> Issue:
    make_readers(readers)
    return freeze_issue(approved(**fields))


def being_sent(readers: int = 3, **fields: Any) -> Issue:
    """An issue on its way to so many; past its slow start when `warm` says so."""
    return start_issue(frozen(readers, **fields))


def states(issue: Issue) -> list[str]:
    """In the order of their readers."""
    found = Delivery.objects.filter(issue=issue).order_by("subscriber_id")
    return list(found.values_list("state", flat=True))
