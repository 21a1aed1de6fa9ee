"""A round of sending: every receiver in a thread of its own, so that a slow one holds up nobody else.

Threads post and do nothing more; the database is the round's own. A round that dies in the midst leaves its leases to
run out, and what it had not written down is sent again: at least once, and the id tells.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from comparisons.models import Receipt, Webhook, WebhookDelivery
from comparisons.webhooks.ledger import lease_receivers, next_due, record, release, tidy
from comparisons.webhooks.payload import receipt_event
from comparisons.webhooks.sending import Answer, Letter, post

RECEIVERS = 32
DELIVERIES = 20
FAILURES = 3
SECONDS = 45.0  # with the ten of a last attempt well within a lease


@dataclass(slots=True)
class Outcome:
    delivered: int = 0
    failed: int = 0


@dataclass(slots=True)
class _Lane:
    """What one receiver is sent in a round, one after the other."""

    webhook: Webhook
    waiting: Iterator[tuple[WebhookDelivery, Receipt]]
    failures: int = 0
    current: WebhookDelivery = field(init=False)

    def next_letter(self) -> Letter | None:
        found = next(self.waiting, None)
        if found is None:
            return None
        self.current, receipt = found
        return Letter.to(self.webhook, receipt_event(receipt))


def send_round() -> Outcome:
    """Send what is due: to each receiver twenty at most, and no more after three failures or 45 seconds."""
    tidy()
    until = time.monotonic() + SECONDS
    webhooks = lease_receivers(RECEIVERS)
    outcome = Outcome()
    running: dict[Future[Answer], _Lane] = {}
    with ThreadPoolExecutor(len(webhooks) or 1) as pool:
        for webhook in webhooks:
            _send_next(pool, running, _Lane(webhook, iter(next_due(webhook, DELIVERIES))))
        while running:
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                lane, answer = running.pop(future), future.result()
                may_go_on = record(lane.current, answer)
                outcome.delivered += answer.is_ok
                outcome.failed += not answer.is_ok
                lane.failures += not answer.is_ok
                if may_go_on and lane.failures < FAILURES and time.monotonic() < until:
                    _send_next(pool, running, lane)
                else:
                    release(lane.webhook)
    return outcome


def _send_next(pool: ThreadPoolExecutor, running: dict[Future[Answer], _Lane], lane: _Lane) -> None:
    letter = lane.next_letter()
    if letter is None:
        release(lane.webhook)
    else:
        running[pool.submit(post, letter)] = lane
