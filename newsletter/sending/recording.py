"""Writing down what came of a message, whatever happens to the database meanwhile: an answer is too dear to lose."""

from __future__ import annotations

import logging
import time
from typing import Any

import psycopg

from newsletter.sending import queue
from newsletter.sending.database import LOST, closing, own_session
from newsletter.sending.queue import Claim
from newsletter.sending.transport import Outcome

logger = logging.getLogger(__name__)

MOST_SECONDS = 600
LONGEST_SLEEP = 5.0


def record_for_certain(session: psycopg.Connection[Any], claim: Claim, outcome: Outcome) -> bool:
    """Record an outcome, on new sessions for ten minutes if need be; returns whether the worker's own session is lost.

    The token decides whether it still counts: not when the row was sent back and claimed anew meanwhile. An acceptance
    is recorded at once but at leisure: the worker calls `keep_for_certain` unless its next mark has come first.
    """
    try:
        _record(session, claim, outcome, at_leisure=True)
    except LOST:
        _record_late(claim, outcome)
        return True
    return False


def keep_for_certain(session: psycopg.Connection[Any], claim: Claim, outcome: Outcome) -> None:
    """Await that what was recorded at leisure is on the disk. If the database has ended meanwhile and forgot it, it is
    recorded anew; if not, that changes nothing.
    """
    try:
        queue.flush(session)
    except LOST:
        _record_late(claim, outcome)


def _record(session: psycopg.Connection[Any], claim: Claim, outcome: Outcome, *, at_leisure: bool = False) -> None:
    if not queue.record(session, claim, outcome, at_leisure=at_leisure):
        logger.warning("Delivery %s was settled before it was recorded as %s.", claim.pk, outcome.kind)


def _record_late(claim: Claim, outcome: Outcome) -> None:
    until, pause = time.monotonic() + MOST_SECONDS, 0.1
    while time.monotonic() < until:
        try:
            with closing(own_session()) as session:
                _record(session, claim, outcome)
                return
        except LOST:
            time.sleep(pause)
            pause = min(LONGEST_SLEEP, pause * 2)
    logger.error("Delivery %s was %s, and that could not be written down.", claim.pk, outcome.kind)
