"""Doors from the queue. Here and not in comparisons/tasks.py: a dump reads what stands above that file."""

from celery import shared_task

from comparisons.opendata.dump import dump_for_the_site


@shared_task
def dump_data_task() -> None:
    """Every night. Twice in a night does no harm: the second dump takes the place of the first."""
    dump_for_the_site()
