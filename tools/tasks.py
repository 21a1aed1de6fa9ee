"""Doors from the queue."""

from celery import shared_task
from django.conf import settings

from tools.asks.telling import tell_askers
from tools.duplicates import BATCH, compare_some
from tools.links.rounds import check_due


@shared_task
def tell_askers_task() -> None:
    """Every few minutes and after each publication: a scheduled tool becomes public without anybody's doing."""
    tell_askers()


@shared_task
def check_links_task() -> None:
    """A part of the week's links every hour, for a few minutes; nothing at all unless the operator wants it."""
    if settings.CHECK_LINKS:
        check_due(seconds=300)


@shared_task
def compare_tools_task() -> None:
    """Now and then: tools that were entered, renamed or moved are compared with all others, some at a time."""
    compare_some(BATCH)
