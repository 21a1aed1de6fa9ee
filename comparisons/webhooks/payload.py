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
from comparisons.opendata.records import receipt_records


@dataclass(frozen=True, slots=True)
class Event:
    """`event_id` is the same each time an event is sent, so that a receiver knows one it has."""

    event_id: str
    body: bytes


def receipt_event(receipt: Receipt) -> Event:
    return _event(f"receipt-{receipt.pk}", "receipt", receipt.effective_at, receipt_records([receipt])[0])


def ping_event() -> Event:
    words = "The receiver answers, and its signature can be checked. No receipt is in here."
    return _event(f"ping-{secrets.token_hex(8)}", "ping", timezone.now(), {"text": words, "site": settings.SITE_URL})


def _event(event_id: str, name: str, moment: datetime, content: dict[str, Any]) -> Event:
    body = {"type": name, "timestamp": moment, "data": content}
    return Event(event_id, json.dumps(body, cls=DjangoJSONEncoder, ensure_ascii=False).encode())
