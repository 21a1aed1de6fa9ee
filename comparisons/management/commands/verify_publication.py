"""manage.py verify_publication URL-OR-DUMP: recompute every published figure from public data alone."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from comparisons.opendata import asking, verifier


class Command(BaseCommand):
    help = "Recompute every published figure of a site or a dump from its open data, and report each disagreement."

    def add_arguments(self, parser: ArgumentParser) -> None:
        asking.arguments(parser)

    def handle(self, *_: Any, **options: Any) -> None:
        lines: list[str] = []
        code = verifier.verify(Namespace(**options), lines.append)
        if code == 2:
            raise CommandError(lines[0], returncode=2)
        self.stdout.write("\n".join(lines))
        if code:
            raise SystemExit(code)
