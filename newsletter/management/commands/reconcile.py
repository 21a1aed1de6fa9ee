"""manage.py reconcile ISSUE FILE"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from newsletter.models import Issue
from newsletter.sending.accounting import account_for
from newsletter.sending.restoring import reconcile


class Command(BaseCommand):
    help = "Call accepted what a mail server's log, or a provider's list, says it took of an issue, by Message-ID."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("issue", type=int, help="its number")
        parser.add_argument("file", type=Path, help="only lines about messages that were taken; - reads from the input")

    def handle(self, *, issue: int, file: Path, **options: Any) -> None:
        found = Issue.objects.filter(number=issue).first()
        if found is None or not found.message_tail:
            raise CommandError(f"Nobody has been asked for an issue {issue}.")
        try:
            if str(file) == "-":
                named, accepted = reconcile(found, sys.stdin)
            else:
                with file.open(encoding="utf-8", errors="replace") as lines:
                    named, accepted = reconcile(found, lines)
        except OSError as error:
            raise CommandError(f"The file cannot be read: {error.strerror}.") from error
        held = account_for(found).held
        self.stdout.write(f"{named} named, {accepted} of them were held and are accepted now; {held} are still held.")
