"""manage.py dump_data [DIR]: all open data as files."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from comparisons.opendata.dump import DumpError, dump_for_the_site, write_dump


class Command(BaseCommand):
    help = "Write all open data as files: to a folder, or without one to where the site gives it out."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", nargs="?", type=Path, help="a folder that is new or empty")

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            manifest = write_dump(options["folder"]) if options["folder"] else dump_for_the_site()
        except DumpError as problem:
            raise CommandError(str(problem)) from problem
        except OSError as problem:
            place = options["folder"] or settings.OPEN_DATA_ROOT
            raise CommandError(f"{place} cannot be written: {problem.strerror or problem}.") from problem
        counts = ", ".join(f"{count} {name}" for name, count in manifest["counts"].items())
        self.stdout.write(f"Wrote {counts}, as of {manifest['made_at']}.")
