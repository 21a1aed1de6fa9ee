"""manage.py replay_suppressions [FILE]"""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from newsletter.services.replaying import replay


class Command(BaseCommand):
    help = "Take what a journal knows about people who want no mail into the database; harmless twice."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, nargs="?", help="another machine's; NEWSLETTER_JOURNAL otherwise")

    def handle(self, *, file: Path | None, **options: Any) -> None:
        try:
            count = replay(file)
        except OSError as error:
            raise CommandError(f"The journal cannot be read: {error.strerror}.") from error
        self.stdout.write(f"{count} people want no mail and were not known any more.")
