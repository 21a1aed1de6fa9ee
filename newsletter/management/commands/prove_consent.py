"""manage.py prove_consent ADDRESS"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from newsletter.services import proof_of


class Command(BaseCommand):
    help = "Print everything known about the consent of an address to the weekly email, as JSON; after an erasure too."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("address")

    def handle(self, *, address: str, **options: Any) -> None:
        try:
            found = proof_of(address)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(json.dumps(found, indent=2, ensure_ascii=False))
