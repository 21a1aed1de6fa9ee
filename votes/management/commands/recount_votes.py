"""manage.py recount_votes [--check]"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from votes.services import find_mismatches, rebuild_tallies


class Command(BaseCommand):
    help = "Compare every tally with a recount of its votes, and write the tallies anew where they differ."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="compare only; exit 1 on any difference")

    def handle(self, *, check: bool, **options: Any) -> None:
        mismatches = find_mismatches()
        for mismatch in mismatches:
            self.stderr.write(str(mismatch))
        if not mismatches:
            self.stdout.write("Every tally agrees with its votes.")
        elif check:
            self.stderr.write(f"{len(mismatches)} of the tallies differ. Run recount_votes to write them anew.")
            raise SystemExit(1)
        else:
            rebuild_tallies()
            self.stdout.write(f"{len(mismatches)} differed. All tallies were written anew.")
