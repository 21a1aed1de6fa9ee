"""manage.py read_bounces"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from newsletter.sending.mailboxes import MailboxError
from newsletter.services.bouncing import read_bounces


class Command(BaseCommand):
    help = (
        "What the worker does every five minutes with the mailbox for bounces (NEWSLETTER_BOUNCE_MAILBOX): write down "
        "what its reports say, and act upon it. For a site without a worker, and for trying the mailbox."
    )

    def handle(self, **options: Any) -> None:
        try:
            read, reports = read_bounces()
        except MailboxError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{read} mails read, {reports} of them reports about ours.")
