"""What deliveries keep of a person, and for how long."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from newsletter.models import Delivery, Issue, Subscriber

KEPT_FOR = timedelta(days=90)  # after that no bounce or complaint comes any more
_MOST_AT_ONCE = 50_000


def records_of_deliveries(subscriber: Subscriber) -> list[dict[str, Any]]:
    """Every issue that was meant for somebody and what became of it, in plain values, oldest first."""
    found = Delivery.objects.filter(subscriber_id=subscriber.pk).order_by("issue__number")
    names = ("issue__number", "address", "state", "reason", "attempts", "accepted_at", "bounced_at", "complained_at")
    return [
        {
            "issue": number,
            "address": address,
            "state": state,
            "reason": reason,
            "attempts": attempts,
            "accepted_at": accepted_at.isoformat() if accepted_at else None,
            "bounced_at": bounced_at.isoformat() if bounced_at else None,
            "complained_at": complained_at.isoformat() if complained_at else None,
        }
        for number, address, state, reason, attempts, accepted_at, bounced_at, complained_at in found.values_list(
            *names
        )
    ]


def forget_reader(subscriber_id: int) -> None:
    """Take somebody's address off every delivery; what has not gone out to them is skipped when its turn comes."""
    Delivery.objects.filter(subscriber_id=subscriber_id).update(address=None, address_key=None)


def forget_addresses(now: datetime) -> int:
    """Take the addresses off settled deliveries of issues that went out 90 days ago; returns how many."""
    over = Issue.objects.filter(frozen_at__lte=now - KEPT_FOR).values_list("pk", flat=True)
    known = Delivery.objects.filter(issue__in=list(over), address_key__isnull=False, final_at__isnull=False)
    forgotten = 0
    while chosen := list(known.values_list("pk", flat=True)[:_MOST_AT_ONCE]):
        forgotten += Delivery.objects.filter(pk__in=chosen).update(address=None, address_key=None)
    return forgotten
