"""manage.py tend_votes"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from votes.services import close_day, sweep


class Command(BaseCommand):
    help = (
        "What the worker does every minute: watch for bursts, destroy old keys, close the day. For a site without one."
    )

    def handle(self, **options: Any) -> None:
        sweep()
        export = close_day()
        self.stdout.write(f"Closed {export.day}." if export else "Done; no day was to be closed.")
