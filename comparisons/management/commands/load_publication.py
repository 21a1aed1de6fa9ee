"""manage.py load_publication DIR [--dry-run] [--reason WORDS]"""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from comparisons.publication.folder import Folder
from comparisons.publication.load import Outcome, load_publication


class Command(BaseCommand):
    help = "Load a publication from a folder of Markdown files: create and update by slug, all or nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="the folder; see docs/publication.md for what lies in it")
        parser.add_argument("--dry-run", action="store_true", help="check everything and write nothing")
        parser.add_argument("--reason", default="", help="why, for readers: printed on the receipts of what changes")

    def handle(self, *, folder: Path, dry_run: bool, reason: str, **options: Any) -> None:
        try:
            outcome = self._load(folder, dry_run=dry_run, reason=reason)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        except OSError as error:
            raise CommandError(f"{error.filename or folder} cannot be read: {error.strerror}.") from error
        self._report(outcome, dry_run=dry_run)

    def _load(self, folder: Path, *, dry_run: bool, reason: str) -> Outcome:
        count = Folder(folder).file_count()
        # The bar appears on a terminal only, and only when loading takes a while.
        with tqdm(total=count, unit=" files", delay=0.5, disable=None, leave=False) as bar:
            return load_publication(folder, dry_run=dry_run, reason=reason, progress=bar.update)

    def _report(self, outcome: Outcome, *, dry_run: bool) -> None:
        for problem in outcome.problems:
            self.stderr.write(str(problem))
        if outcome.problems:
            many = len(outcome.problems) != 1
            self.stderr.write(f"{len(outcome.problems)} problem{'s' if many else ''}: nothing was written.")
            raise SystemExit(1)
        for notice in outcome.notices:
            self.stdout.write(notice)
        self.stdout.write(self._summary(outcome, dry_run=dry_run))

    def _summary(self, outcome: Outcome, *, dry_run: bool) -> str:
        parts = [
            f"{kind}: " + ", ".join(f"{number} {change}" for change, number in counts.items() if number)
            for kind, counts in outcome.counts.items()
        ]
        what = "; ".join(parts) or "there is nothing in this folder"
        return f"{'Dry run, nothing written' if dry_run else 'Loaded'}. {what}."
