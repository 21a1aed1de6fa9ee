"""Doors from the queue."""

from celery import shared_task

from newsletter.services import settle_sign_ups, tidy
from newsletter.services.ticking import tick


@shared_task
def settle_sign_ups_task() -> None:
    settle_sign_ups()


@shared_task
def tidy_task() -> None:
    tidy()


@shared_task
def tick_task() -> None:
    """Every minute; what there is to do stands in the database, so one tick too many or too few does no harm."""
    tick()
