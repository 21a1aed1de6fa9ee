"""Doors from the queue."""

from celery import shared_task

from accounts.services import clear_expired_sessions


@shared_task
def clear_expired_sessions_task() -> None:
    clear_expired_sessions()
