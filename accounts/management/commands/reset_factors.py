"""manage.py reset_factors EMAIL"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.audit import Action, note
from accounts.factors import reset_factors
from accounts.models import User


class Command(BaseCommand):
    help = "Take every second factor from somebody who has lost them, and end their sessions. It is in the log."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="of whom")

    def handle(self, *, email: str, **options: Any) -> None:
        user = User.objects.of_address(email)
        if user is None:
            raise CommandError(f"Nobody has the address {email}.")
        removed = reset_factors(user)
        note(by=None, action=Action.RESET, about=user, words="manage.py reset_factors")
        self.stdout.write(
            f"{removed} taken away, every session ended. The next sign-in by emailed code leads to new ones."
        )
