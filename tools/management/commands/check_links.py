"""manage.py check_links: visit the websites and sources of public tools now, whether or not CHECK_LINKS is set."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tools.links.rounds import check_due


class Command(BaseCommand):
    help = "Visit the websites and sources of public tools whose turn it is (each about once a week), politely."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seconds", type=float, default=300, help="for how long at most (300)")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["seconds"] <= 0:
            raise CommandError("Give it some time: --seconds must be above nothing.")
        checked = check_due(seconds=options["seconds"])
        for link in checked:
            if link.problem:
                self.stdout.write(f"{link.url}: {link.problem} {'Dead.' if link.is_dead else ''}".rstrip())
        failed = sum(bool(link.problem) for link in checked)
        dead = sum(link.is_dead for link in checked)
        self.stdout.write(f"{len(checked)} checked, {failed} failed, {dead} dead.")
