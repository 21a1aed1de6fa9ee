"""What is sent: an envelope as the Standard Webhooks convention has it, and the receipt as its data."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from comparisons.models import Receipt


@dataclass(frozen=True, slots=True)
class Event:
    """`event_id` is the same each time an event is sent, so that a receiver knows one it has."""

    event_id: str
    body: bytes


def receipt_event(receipt: Receipt) -> Event:
    return _event(f"receipt-{receipt.pk}", "receipt", receipt.effective_at, receipt_record(receipt))


def ping_event() -> Event:
    words = "The receiver answers, and its signature can be checked. No receipt is in here."
    return _event(f"ping-{secrets.token_hex(8)}", "ping", timezone.now(), {"text": words, "site": settings.SITE_URL})


def receipt_record(receipt: Receipt) -> dict[str, Any]:
    """A receipt in plain values. Amounts are texts: a binary fraction would not keep them."""
    reason = getattr(receipt, "reason", "")
    return {
        "id": receipt.pk,
        "kind": receipt.kind,
        "act": receipt.act,
        "about": receipt.about,
        "before": receipt.before,
        "after": receipt.after,
        **({"reason": reason} if reason else {}),
        "recorded_at": receipt.recorded_at,
        "effective_at": receipt.effective_at,
        "url": f"{settings.SITE_URL}{receipt.get_absolute_url()}",
    }


def _event(event_id: str, name: str, moment: datetime, content: dict[str, Any]) -> Event:
    body = {"type": name, "timestamp": moment, "data": content}
    return Event(event_id, json.dumps(body, cls=DjangoJSONEncoder, ensure_ascii=False).encode())
