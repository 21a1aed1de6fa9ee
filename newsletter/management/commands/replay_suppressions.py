"""manage.py replay_suppressions [FILE]"""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from newsletter.sending.restoring import call_off_what_went_out
from newsletter.services.replaying import replay


class Command(BaseCommand):
    help = (
        "Take what a journal knows about people who want no mail, and about issues that went out, into the database; "
        "harmless twice."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, nargs="?", help="another machine's; NEWSLETTER_JOURNAL otherwise")

    def handle(self, *, file: Path | None, **options: Any) -> None:
        try:
            count, called_off = replay(file), call_off_what_went_out(file)
        except OSError as error:
            raise CommandError(f"The journal cannot be read: {error.strerror}.") from error
        self.stdout.write(f"{count} people want no mail and were not known any more.")
        self.stdout.write(f"Issues that had gone out and are called off now: {called_off}.")
