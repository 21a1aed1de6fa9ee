"""manage.py dump_publication DIR"""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from comparisons.publication.dump import dump_publication


class Command(BaseCommand):
    help = "Write the whole publication to a folder of Markdown files that load_publication reads back."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="made if it is not there; files of other names are left alone")

    def handle(self, *, folder: Path, **options: Any) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            dumped = dump_publication(folder)
        except OSError as error:
            raise CommandError(f"{error.filename or folder} cannot be written: {error.strerror}.") from error
        for name in dumped.strangers:
            self.stdout.write(f"{name} is not part of the publication and was left as it is")
        self.stdout.write(f"Wrote {dumped.count} files to {folder}.")
