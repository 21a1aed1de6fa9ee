"""manage.py verify_votes EXPORT"""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from votes.exports import ExportError, find_disagreements, read_export


class Command(BaseCommand):
    help = "Recompute every community number of a daily export from its votes, and name each that differs."
    requires_system_checks: list[str] = []  # noqa: RUF012 - Django's own declaration; needs neither database nor site

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("export", type=Path, help="the zip file, from /methodology/votes/")

    def handle(self, *, export: Path, **options: Any) -> None:
        try:
            with export.open("rb") as file:
                counts, displayed = read_export(file)
        except OSError as problem:
            raise CommandError(f"{export} cannot be opened: {problem.strerror}.") from problem
        except ExportError as problem:
            raise CommandError(str(problem)) from problem
        disagreements = find_disagreements(counts, displayed)
        for sentence in disagreements:
            self.stderr.write(sentence)
        votes = sum(line.votes for line in counts)
        read = f"{votes} votes on {len({line.tool for line in counts})} tools, {len(displayed)} tools displayed"
        if disagreements:
            self.stderr.write(f"{read}: {len(disagreements)} disagreements.")
            raise SystemExit(1)
        self.stdout.write(f"{read}: every displayed number agrees with the votes.")
