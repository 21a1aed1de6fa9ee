"""How a worker hears that it should come to an end: it finishes the message it is at, and claims no other."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.synchronize import Event
from types import FrameType
from typing import Any

from celery.signals import worker_init, worker_shutting_down
from django.conf import settings

from newsletter.sending.carriers import carrier_name
from newsletter.sending.worker import Orders

_told: set[str] = set()
_shared: list[Event] = []  # between a Celery worker, which hears of its end, and its children, who do the work


def share_the_end(**_options: Any) -> None:
    """Before the children are made, so that they have it, too."""
    _shared[:] = [multiprocessing.Event()]


def tell_children(**_options: Any) -> None:
    for event in _shared:
        event.set()


worker_init.connect(share_the_end)
worker_shutting_down.connect(tell_children)


def is_told_to_stop() -> bool:
    return bool(_told) or any(event.is_set() for event in _shared)


def usual_orders() -> Orders:
    """As the settings say, until this process is told to stop."""
    return Orders(carrier_name(), messages_a_second=settings.NEWSLETTER_RATE, is_told_to_stop=is_told_to_stop)


@contextmanager
def stopping_when_told() -> Iterator[None]:
    """SIGTERM and SIGINT end the work in an orderly way during this block."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        _told.add("stop")

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        _told.clear()
