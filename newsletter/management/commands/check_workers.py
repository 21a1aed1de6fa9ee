"""manage.py check_workers"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from newsletter.heartbeats import silence
from newsletter.models import Heartbeat


class Command(BaseCommand):
    help = "When somebody last took something out of each queue; fails when that is too long ago."

    def handle(self, **options: Any) -> None:
        for each in Heartbeat.objects.order_by("queue"):
            self.stdout.write(f"{each.queue}: {(timezone.now() - each.at).total_seconds():.0f} seconds ago")
        if not Heartbeat.objects.exists():
            raise CommandError(
                "Nobody has taken anything out of any queue yet, which takes a minute: worker or beat does not run."
            )
        if said := silence():
            raise CommandError(said)
