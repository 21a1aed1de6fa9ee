"""From being woken to having nothing to do: what a task, or the command `send_mail`, has one worker do."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, replace

from django.db import connection

from newsletter.models import Issue
from newsletter.sending.accounting import close_issue
from newsletter.sending.clocks import clock
from newsletter.sending.database import LOST, closing, own_session
from newsletter.sending.guard import in_the_way
from newsletter.sending.rate import meet
from newsletter.sending.slots import clear_deserted_slots, take_slot
from newsletter.sending.transport import Transport
from newsletter.sending.worker import Orders, SessionLostError, Worker

logger = logging.getLogger(__name__)

PAUSE_SECONDS = 1.0  # before another session is asked for


@dataclass
class Drained:
    """What one drain did; without a slot there were workers enough. `has_more`: worth waking another at once."""

    accepted: int = 0
    others: int = 0
    had_slot: bool = True
    has_more: bool = False


def drain(transport: Transport, orders: Orders) -> Drained:
    """Send whatever is ready of the issues that are being sent, oldest first; harmless at any time and in any number.

    A session that is lost is replaced by another in another slot, as long as the time lasts.
    """
    drained, until = Drained(), clock() + orders.seconds
    transport.open()
    try:
        while True:
            rest = replace(orders, seconds=max(0.0, until - clock()))
            try:
                _drain_in_slot(transport, rest, drained)
            except (SessionLostError, *LOST) as error:
                logger.warning("A worker of the weekly email lost the database: %s", error.__cause__ or error)
                drained.has_more = True
                connection.close_if_unusable_or_obsolete()  # else it stays broken as long as this process lives
                if orders.is_told_to_stop() or clock() + PAUSE_SECONDS > until:
                    return drained
                time.sleep(PAUSE_SECONDS)
            else:
                return drained
    finally:
        transport.close()


def _drain_in_slot(transport: Transport, orders: Orders, drained: Drained) -> None:
    with closing(own_session()) as session:
        if said := in_the_way(session):
            logger.warning("%s", said)
            return
        slot = take_slot(session)
        if slot is None:
            drained.had_slot = False
            return
        clear_deserted_slots()  # what is claimed there is for us to send, perhaps by ourselves in a slot we have lost
        meet(session, orders.carrier)
        worker = Worker(session, slot, transport, orders)
        for issue in Issue.objects.filter(status=Issue.Status.SENDING).order_by("number"):
            run = worker.send(issue)
            drained.accepted += run.accepted
            drained.others += run.others
            drained.has_more = not run.is_over
            if not run.is_over:
                return
            close_issue(issue)
