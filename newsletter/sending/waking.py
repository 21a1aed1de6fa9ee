"""Workers are woken by the broker and find their work in the database: a wake-up that is lost, doubled or late costs
seconds, never a reader.
"""

from __future__ import annotations

import logging

from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def wake_drains(count: int = 1) -> None:
    """Have so many workers look for mail soon after this transaction; without a broker the next tick tries again."""

    def wake() -> None:
        from newsletter.tasks import drain_task

        try:
            for _ in range(count):
                drain_task.apply_async(retry=False)
        except (OSError, OperationalError):
            logger.warning("No worker could be woken for the weekly email; the next tick tries again.")

    transaction.on_commit(wake)
