"""Doors from the queue."""

import logging

from celery import shared_task

from comparisons.standings import catch_up, count_votes, find_mismatches
from comparisons.webhooks.rounds import send_round

logger = logging.getLogger(__name__)


@shared_task
def count_votes_task() -> None:
    """Every minute: lists take their order from these counts, and readers find ranks and records worked out."""
    count_votes()
    catch_up(records=True)


@shared_task
def check_standings_task() -> None:
    """Every night: a standing that drifted is an alarm, not something to mend in silence."""
    for mismatch in find_mismatches():
        logger.error("A standing differs from what it counts: %s", mismatch)


@shared_task(time_limit=120)
def send_webhooks_task() -> None:
    """Every minute: harmless twice and in parallel, for each receiver is leased to one round at a time."""
    send_round()
