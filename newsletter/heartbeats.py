"""Whether workers are at work: each minute beat puts a task into every queue, and whoever takes it writes that down.

A process that is up and takes nothing is as good as dead, and only this tells. A site without a task queue has no rows
here, and nobody is missed.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from django.conf import settings
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from newsletter.models import Heartbeat
from tools.figures import minute

logger = logging.getLogger(__name__)

SILENT_AFTER = timedelta(seconds=180)
# What serves these may be at one thing for minutes, and takes nothing else meanwhile.
LONGER = {"cron": timedelta(minutes=20)}
SEND = "send"


def queues() -> list[str]:
    """Those in which beat asks, which is every one that a line of the Procfile serves."""
    rounds = settings.CELERY_BEAT_SCHEDULE.values()
    return sorted(each["args"][0] for each in rounds if each["task"] == "newsletter.tasks.heartbeat_task")


def note(queue: str) -> None:
    """Somebody has taken something out of a queue just now. From then on all of them are missed."""
    listen()
    Heartbeat.objects.update_or_create(queue=queue, defaults={"at": Now()})


def listen() -> None:
    """Miss every queue from now on; those that are missed already stay as they are."""
    Heartbeat.objects.bulk_create([Heartbeat(queue=queue) for queue in queues()], ignore_conflicts=True)


def silent() -> list[Heartbeat]:
    """The queues out of which nobody has taken anything for three minutes, or for longer where that is usual; one
    query.
    """
    served = queues()
    usual = Q(queue__in=[each for each in served if each not in LONGER], at__lt=Now() - SILENT_AFTER)
    for queue, patience in LONGER.items():
        usual |= Q(queue=queue, queue__in=served, at__lt=Now() - patience)
    return list(Heartbeat.objects.filter(usual).order_by("queue"))


def silence() -> str:
    """What is wrong, as sentences; empty when nothing is. One query."""
    said = _(
        "Nothing has come out of the queue “%(queue)s” since %(moment)s: its worker, beat or the broker does not run."
    )
    return " ".join(said % {"queue": each.queue, "moment": minute(each.at)} for each in silent())


def warn() -> None:
    """Say it in the log."""
    if said := silence():
        logger.error("%s", said)
