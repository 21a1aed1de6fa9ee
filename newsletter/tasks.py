"""Doors from the queue."""

from celery import shared_task

from newsletter.services import settle_sign_ups, tidy


@shared_task
def settle_sign_ups_task() -> None:
    settle_sign_ups()


@shared_task
def tidy_task() -> None:
    tidy()
