"""manage.py tick"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from newsletter.sending.rounds import look_after
from newsletter.services.ticking import due_issues, tick


class Command(BaseCommand):
    help = (
        "What the worker does every minute for the weekly email: make the due issue, start what may go. For a site "
        "without one."
    )

    def handle(self, **options: Any) -> None:
        for issue in tick():
            self.stdout.write(f"Made {issue}.")
        for issue in look_after():
            self.stdout.write(f"{issue} is on its way to {issue.expected}.")
        for due in due_issues():
            self.stdout.write(f"{due.issue}: {' '.join(due.reasons) or 'may go out now.'}")
