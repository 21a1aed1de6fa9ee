"""Wiring only: settings, addresses, the task queue and the services that `make run` embeds."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
