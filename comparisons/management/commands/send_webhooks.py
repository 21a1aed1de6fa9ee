"""manage.py send_webhooks"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from comparisons.webhooks.rounds import send_round


class Command(BaseCommand):
    help = "What the worker does every minute: send receipts to webhooks. For a site without one, or beside it."

    def handle(self, **options: Any) -> None:
        outcome = send_round()
        self.stdout.write(f"{outcome.delivered} delivered, {outcome.failed} to be tried again.")
