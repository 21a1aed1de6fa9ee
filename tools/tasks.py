"""Doors from the queue."""

from celery import shared_task

from tools.asks.telling import tell_askers


@shared_task
def tell_askers_task() -> None:
    """Every few minutes and after each publication: a scheduled tool becomes public without anybody's doing."""
    tell_askers()
