"""manage.py mark_restored"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from newsletter.sending.restoring import mark_restored
from newsletter.services.replaying import replay


class Command(BaseCommand):
    help = (
        "After the database was restored: turn sending off, hold whatever may have been sent since the backup, and "
        "take back what the journal knows about people who want no mail."
    )

    def handle(self, **options: Any) -> None:
        made = mark_restored()
        replayed = replay()
        self.stdout.write(f"Sending is off. {made.held} deliveries are held, {made.cancelled} issues are called off.")
        self.stdout.write(f"{replayed} people want no mail and were not known any more.")
        self.stdout.write(
            "Compare what is held with what your mail server took: manage.py reconcile ISSUE FILE. When you have "
            f"looked, set NEWSLETTER_GENERATION={made.number} and restart: then sending is on again."
        )
