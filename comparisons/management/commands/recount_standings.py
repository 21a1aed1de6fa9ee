"""manage.py recount_standings [--check]"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from comparisons.standings import find_mismatches, rebuild_standings


class Command(BaseCommand):
    help = "Compare what lists sort and filter by, and ship rates, with a recount of what they stand for; count them anew."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="compare only; exit 1 on any difference")

    def handle(self, *, check: bool, **options: Any) -> None:
        mismatches = find_mismatches()
        for mismatch in mismatches:
            self.stderr.write(mismatch)
        if not mismatches:
            self.stdout.write("Every standing agrees with what it counts.")
        elif check:
            self.stderr.write(f"{len(mismatches)} differ. Run recount_standings to count them anew.")
            raise SystemExit(1)
        else:
            rebuild_standings()
            self.stdout.write(f"{len(mismatches)} differed. All standings were counted anew.")
