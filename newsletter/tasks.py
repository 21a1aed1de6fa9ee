"""Doors from the queue."""

from celery import shared_task

from newsletter.services.ticking import tick


@shared_task
def tick_task() -> None:
    """Every minute; what there is to do stands in the database, so one tick too many or too few does no harm."""
    tick()
