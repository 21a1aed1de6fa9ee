"""Values as machines read them: moments, prices and the contents of receipts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings


def moment_text(moment: datetime | None) -> str | None:
    """RFC 3339 in UTC; None for none.

    >>> moment_text(datetime(2026, 11, 2, 9, tzinfo=UTC))
    '2026-11-02T09:00:00Z'
    """
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def day_text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def price_digits(amount: Decimal) -> str:
    """A price as a decimal, without zeros that say nothing.

    >>> price_digits(Decimal("20.0000")), price_digits(Decimal("0.0004")), price_digits(Decimal("1200"))
    ('20', '0.0004', '1200')
    """
    return format(amount.normalize(), "f")


def content(parts: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What a receipt holds, with prices and moments written as everywhere else."""
    return None if parts is None else {name: _value(name, value) for name, value in parts.items()}


def address(path: str) -> str:
    """A path of ours as the whole address."""
    return f"{settings.SITE_URL}{path}"


def _value(name: str, value: Any) -> Any:
    if isinstance(value, Decimal):
        return price_digits(value)
    if name == "published_at" and value:
        return moment_text(datetime.fromisoformat(value))
    return value
