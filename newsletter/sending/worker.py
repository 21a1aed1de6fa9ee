"""One worker: takes a slot, and sends what is ready until there is nothing, its time is over, or it is told to stop.

Any number of workers on any number of machines do this at once. What may be lost with a worker is one answer.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import psycopg

from newsletter import journal
from newsletter.locks import WARMING
from newsletter.models import Issue, Pause
from newsletter.sending import queue, rate
from newsletter.sending.clocks import clock
from newsletter.sending.database import LOST, count
from newsletter.sending.letters import Letters
from newsletter.sending.pausing import MOST_FAILURES, halt, halt_if_too_much
from newsletter.sending.queue import GRACE_MINUTES, Claim
from newsletter.sending.recording import keep_for_certain, record_for_certain
from newsletter.sending.transport import Kind, Outcome, Stage, Transport

logger = logging.getLogger(__name__)

BATCH = 50
TRACE_SECONDS = 1.0
MOST_UNMADE = 5  # in a row, before the issue is halted
# From a mark's beginning to the end of the message: far less than a doubt lasts.
MARK_SECONDS = GRACE_MINUTES * 60 / 3
# The server, or a provider's, has enough of us for now, whoever the message is for.
ENOUGH = frozenset({421, 429, 503})


@dataclass
class Orders:
    """How one worker works: for so many `seconds`, with so many more for a message that it has begun. `reached` is told
    how far it is: there the fault tests break it.
    """

    carrier: str
    messages_a_second: int = 0
    seconds: float = 60
    slack: float = 60
    is_told_to_stop: Callable[[], bool] = lambda: False
    reached: Callable[[str], None] = lambda _point: None


@dataclass
class Run:
    """What one worker did with an issue."""

    accepted: int = 0
    others: int = 0
    is_over: bool = True  # nothing more is ready; else it was stopped, or its time was over
    unmade_in_a_row: int = field(default=0, repr=False)


class SessionLostError(Exception):
    """The database session is gone, and the slot with it."""


class Worker:
    """In a slot that it owns through `session` (slots.py), which is used for nothing else."""

    def __init__(self, session: psycopg.Connection[Any], slot: int, transport: Transport, orders: Orders) -> None:
        self._session, self._slot, self._transport, self._orders = session, slot, transport, orders
        self._until = clock() + orders.seconds
        self._is_warm = False
        self._owes_success = True  # others may have failed before
        self._traced_at = -TRACE_SECONDS
        self._at_leisure: tuple[Claim, Outcome] | None = None  # recorded, and perhaps not on the disk yet

    def send(self, issue: Issue) -> Run:
        """Send what is ready of an issue. SessionLostError when another slot has to be taken."""
        run, letters, self._is_warm = Run(), Letters(issue), False
        try:
            for claims in self._batches(issue, run):
                others = run.others
                self._send_batch(claims, letters, run)
                if run.others > others:
                    halt_if_too_much(self._session, issue.pk)
        except LOST as error:
            raise SessionLostError from error
        finally:
            if self._at_leisure:
                keep_for_certain(self._session, *self._at_leisure)
                self._at_leisure = None
        return run

    def _must_stop(self) -> bool:
        return self._orders.is_told_to_stop() or clock() > self._until

    def _batches(self, issue: Issue, run: Run) -> Iterator[list[Claim]]:
        """Claims as long as there are any, and as fast as is allowed."""
        while True:
            if self._must_stop():
                run.is_over = False
                return
            permit = self._permit()
            if permit.count:
                self._leave_a_trace(issue)
                self._orders.reached("claiming")
                claims, permit = self._claim(issue.pk, permit.count)
                if claims:
                    self._orders.reached("claimed")
                    yield claims
                    continue
                if permit.count:
                    return
            self._rest(permit.wait)

    def _leave_a_trace(self, issue: Issue) -> None:
        """Outside the database, once a second: an older state of it is known by what it does not know of."""
        if clock() - self._traced_at >= TRACE_SECONDS:
            journal.append(journal.next_entry(self._session, journal.GOING, issue.iso_week))
            self._traced_at = clock()

    def _permit(self) -> rate.Permit:
        orders = self._orders
        return rate.take(self._session, orders.carrier, most=BATCH, rate=orders.messages_a_second)

    def _claim(self, issue_id: int, most: int) -> tuple[list[Claim], rate.Permit]:
        if self._is_warm:
            return queue.claim(self._session, issue_id=issue_id, slot=self._slot, most=most), rate.Permit(most)
        with self._session.transaction():
            count(
                self._session, "SELECT pg_advisory_xact_lock(%(lock)s, %(issue)s)", {"lock": WARMING, "issue": issue_id}
            )
            permit = rate.warm(self._session, issue_id, most)
            self._is_warm = permit.is_full
            if not permit.count:
                return [], permit
            return queue.claim(self._session, issue_id=issue_id, slot=self._slot, most=permit.count), permit

    def _rest(self, seconds: float) -> None:
        """Not longer than until somebody may want an end of it."""
        until = min(clock() + seconds, self._until)
        while clock() < until and not self._orders.is_told_to_stop():
            time.sleep(min(0.1, max(0.0, until - clock())))

    def _send_batch(self, claims: list[Claim], letters: Letters, run: Run) -> None:
        """One after the other. What is not begun when it has to stop, or its time is over, goes back to the queue: from
        then on the longest wait for an answer must still fit into what a task may take.
        """
        for claim, message in letters.for_claims(claims):
            if self._must_stop():
                break
            if isinstance(message, bytes):
                run.unmade_in_a_row = 0
                if not self._send_one(claim, message, letters.sender_for(claim), run):
                    break
            elif message is None:
                queue.settle_refusal(self._session, claim)
            elif not self._note_unmade(claim, message, run):
                break
        else:
            return
        queue.release_all(self._session, claims)

    def _note_unmade(self, claim: Claim, error: Exception, run: Run) -> bool:
        logger.error("Delivery %s could not be made: %s", claim.pk, type(error).__name__)
        run.unmade_in_a_row += 1
        if run.unmade_in_a_row >= MOST_UNMADE:
            halt(self._session, claim.issue_id, Pause.Kind.UNMADE, type(error).__name__)
            return False
        queue.hold(self._session, claim)
        return True

    def _send_one(self, claim: Claim, message: bytes, sender: str, run: Run) -> bool:
        """Whether to go on with the batch."""
        fence = _Fence(self._session, claim, self._orders.reached, self._until + self._orders.slack)
        try:
            outcome = self._transport.deliver(message, sender, claim.address, fence.mark)
        except BaseException:
            # Whether it was sent is known to nobody if it was marked; else it goes back with the others.
            if not fence.is_marked:
                with suppress(*LOST):
                    queue.release(self._session, claim)
            raise
        if fence.is_marked:
            self._at_leisure = None  # the mark is on the disk, and so is everything before it
        self._orders.reached("answered")
        if fence.is_late:  # else it would be tried for ever, and nobody would know
            outcome = Outcome(Kind.DEFERRED, Stage.MAIL, text="It takes so long that no message is sent in time.")
        if fence.is_refused:
            return queue.settle_refusal(self._session, claim) == "skipped"
        return self._settle(claim, outcome, run)

    def _settle(self, claim: Claim, outcome: Outcome, run: Run) -> bool:
        if is_about_the_server(outcome):
            # Perhaps it is about this reader after all: then the others shall not wait behind them.
            queue.release(self._session, claim, minutes=0 if outcome.is_about_nobody else 1)
            self._blame_server(claim.issue_id, outcome)
            return False
        was_lost = record_for_certain(self._session, claim, outcome)
        if outcome.kind is Kind.ACCEPTED and not was_lost:
            self._at_leisure = claim, outcome
        self._orders.reached("recorded")
        if outcome.kind is Kind.ACCEPTED:
            run.accepted += 1
            if self._owes_success:
                rate.note_success(self._session, self._orders.carrier)
                self._owes_success = False
        else:
            run.others += 1
        if was_lost:
            raise SessionLostError
        return outcome.kind is not Kind.ABORTED

    def _blame_server(self, issue_id: int, outcome: Outcome) -> None:
        said = queue.without_addresses(" ".join(filter(None, (str(outcome.code or ""), outcome.text))))
        if outcome.kind is Kind.SENDER_FAULT:
            halt(self._session, issue_id, Pause.Kind.SENDER, f"{outcome.stage}: {said}")
            return
        self._owes_success = True
        failures = rate.note_failure(self._session, self._orders.carrier, said)
        if failures >= MOST_FAILURES:
            halt(self._session, issue_id, Pause.Kind.CONNECTIONS, said, measured=failures)


def is_about_the_server(outcome: Outcome) -> bool:
    """Whether a message that was certainly not sent failed for a reason that no recipient is to blame for."""
    if outcome.kind is Kind.DEFERRED:
        return outcome.is_about_nobody or outcome.code in ENOUGH
    return outcome.kind is Kind.SENDER_FAULT


class _Fence:
    """The mark of one message, and what became of it."""

    def __init__(
        self, session: psycopg.Connection[Any], claim: Claim, reached: Callable[[str], None], until: float
    ) -> None:
        self._session, self._claim, self._reached, self._until = session, claim, reached, until
        self.is_marked = self.is_refused = self.is_late = False

    def mark(self) -> bool:
        """Called between the body and the end of the message. Only a mark that is known to be committed, and is young,
        lets it pass; none is set when the worker's time is over, and what it may have besides.
        """
        begun = clock()
        if begun > self._until:
            self.is_late = True
            return False
        self._reached("marking")
        try:
            self.is_marked = queue.mark(self._session, self._claim)
        except LOST:
            return False  # it may stand; but nothing is sent, and that is written down
        self._reached("marked")
        self.is_refused = not self.is_marked
        return self.is_marked and clock() - begun <= MARK_SECONDS
