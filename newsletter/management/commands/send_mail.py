"""manage.py send_mail [--forever]"""

from __future__ import annotations

import logging
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection

from newsletter.sending.carriers import new_transport
from newsletter.sending.draining import drain
from newsletter.sending.rounds import look_after
from newsletter.sending.stopping import is_told_to_stop, stopping_when_told, usual_orders

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = (
        "One worker of the weekly email in the foreground: send what is ready, then end. Any number may run at once, "
        "on any number of machines. For a site without a task queue, and for whoever wants to watch."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--forever", action="store_true", help="look again every second until it is told to stop")

    def handle(self, *, forever: bool, **options: Any) -> None:
        with stopping_when_told():
            while not is_told_to_stop():
                has_more = self._send(forever=forever)
                if not has_more:
                    if not forever:
                        return
                    time.sleep(1)

    def _send(self, *, forever: bool) -> bool:
        """Whether there is more to send. Who sends for ever outlives a database that is away for a while."""
        look_after()
        try:
            drained = drain(new_transport(), usual_orders())
        except Exception:
            if not forever:
                raise
            logger.exception("Sending failed, and is tried again.")
            connection.close_if_unusable_or_obsolete()
            return False
        self.stdout.write(f"{drained.accepted} accepted, {drained.others} not.")
        return drained.has_more
