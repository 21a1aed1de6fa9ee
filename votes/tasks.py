"""Doors from the queue."""

import logging

from celery import shared_task

from votes.services import close_day, find_mismatches, sweep

logger = logging.getLogger(__name__)


@shared_task
def check_tallies_task() -> None:
    """Every night: a count that drifted from its rows is an alarm, not something to mend in silence."""
    for mismatch in find_mismatches():
        logger.error("A tally differs from its votes: %s", mismatch)


@shared_task
def sweep_task() -> None:
    sweep()
    close_day()
