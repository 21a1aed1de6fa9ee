"""Doors from the queue. Here and not in comparisons/tasks.py: what is sent are records of the open data."""

from __future__ import annotations

from celery import shared_task

from comparisons.webhooks.rounds import send_round


@shared_task(time_limit=120)
def send_webhooks_task() -> None:
    """Every minute: harmless twice and in parallel, for each receiver is leased to one round at a time."""
    send_round()
