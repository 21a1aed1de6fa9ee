"""Doors from the queue."""

import logging

from celery import shared_task

from comparisons.receipts.counting import find_miscounts, gather_counts
from comparisons.standings import catch_up, count_votes, find_mismatches

logger = logging.getLogger(__name__)


@shared_task
def count_votes_task() -> None:
    """Every minute: lists take their order from these counts, and readers find ranks, records and counts worked out."""
    count_votes()
    catch_up(records=True)
    gather_counts()


@shared_task
def check_standings_task() -> None:
    """Every night: a standing that drifted is an alarm, not something to mend in silence."""
    for mismatch in find_mismatches():
        logger.error("A standing differs from what it counts: %s", mismatch)
    for mismatch in find_miscounts():
        logger.error("Receipts are miscounted: %s", mismatch)
