"""Doors from the queue."""

from celery import shared_task

from accounts.services import clear_expired_cache, clear_expired_sessions, send_mail, send_waiting_mail


@shared_task
def clear_expired_sessions_task() -> None:
    clear_expired_sessions()


@shared_task
def clear_expired_cache_task() -> None:
    clear_expired_cache()


@shared_task
def send_mail_task(pk: int) -> None:
    send_mail(pk)


@shared_task
def send_waiting_mail_task() -> None:
    send_waiting_mail()
