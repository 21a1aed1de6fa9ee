"""manage.py tend_subscribers"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from newsletter.services import settle_sign_ups, tidy
from newsletter.services.events import settle_events


class Command(BaseCommand):
    help = (
        "What the worker does with subscribers: look at the forms that were sent, act upon bounces and complaints "
        "that were reported, and forget whoever did not confirm within seven days. For a site without a worker."
    )

    def handle(self, **options: Any) -> None:
        settled, reports, forgotten = settle_sign_ups(), settle_events(), tidy()
        self.stdout.write(
            f"{settled} forms looked at, {reports} reports acted upon, {forgotten} unconfirmed subscribers forgotten."
        )
