"""What others ask about subscriptions."""

from __future__ import annotations

from typing import Any

from accounts.models import User
from newsletter.models import Subscriber
from newsletter.services import records_of


def account_records(user: User) -> list[dict[str, Any]]:
    """The subscription under an account's address, for the export of its records."""
    subscriber = Subscriber.objects.of_account(user)
    return [records_of(subscriber)] if subscriber else []
