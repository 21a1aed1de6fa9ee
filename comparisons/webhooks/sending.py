"""One attempt to hand an event to a receiver, and what came of it. Nothing here knows the database."""

from __future__ import annotations

import http.client
import logging
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass

from django.conf import settings
from django.utils import timezone

from comparisons.models import Webhook
from comparisons.webhooks.addresses import AddressError, read_url, receivers_reach
from comparisons.webhooks.payload import Event
from comparisons.webhooks.signing import signed_headers
from editorial.reaching import connected

logger = logging.getLogger(__name__)
CONNECT_SECONDS = 3.0
TOTAL_SECONDS = 10.0
READ_AT_MOST = 64 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What a receiver answered: its status, None without an answer; and why that is a failure, else empty."""

    status: int | None
    error: str = ""

    @property
    def is_ok(self) -> bool:
        return not self.error


@dataclass(frozen=True, slots=True)
class Letter:
    """An event, ready to be posted by a thread that has no connection to the database."""

    url: str
    keys: tuple[str, ...]
    event: Event

    @classmethod
    def to(cls, webhook: Webhook, event: Event) -> Letter:
        return cls(webhook.url, tuple(filter(None, (webhook.secret, webhook.old_secret))), event)


def post(letter: Letter, *, seconds: float = TOTAL_SECONDS) -> Answer:
    """Send an event; every way to fail is an answer. It takes so many seconds at most, whatever the receiver does."""
    try:
        return _judge(_post(letter, time.monotonic() + seconds))
    except Exception as problem:
        return Answer(None, _why(problem, seconds))


def _why(problem: Exception, seconds: float) -> str:
    match problem:
        case AddressError():
            words = f"Not sent: {problem}"
        case TimeoutError():
            words = f"No answer within {seconds:g} seconds, or no connection within {CONNECT_SECONDS:g}."
        case ssl.SSLCertVerificationError():
            words = f"The certificate does not hold: {problem.verify_message.rstrip('.')}."
        case OSError():
            words = f"The connection failed: {problem.strerror or problem}."
        case http.client.HTTPException():
            words = "What came back is no HTTP answer."
        case _:  # ours to mend; the other receivers still get theirs
            logger.error("A webhook could not be posted", exc_info=problem)
            words = "Not sent: something is wrong here. The log of the worker says what."
    return words


def _judge(status: int) -> Answer:
    if 200 <= status < 300:
        return Answer(status)
    if 300 <= status < 400:
        return Answer(status, f"It answered {status} and leads elsewhere. Redirects are not followed.")
    return Answer(status, f"It answered {status}.")


def _post(letter: Letter, until: float) -> int:
    target, event = read_url(letter.url), letter.event
    headers = {
        "Host": target.authority,
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": f"Drydock-Webhooks/1 (+{settings.SITE_URL})",
        "Connection": "close",
        **signed_headers(
            event_id=event.event_id, timestamp=int(timezone.now().timestamp()), body=event.body, keys=letter.keys
        ),
    }
    with connected(target, receivers_reach(), until, CONNECT_SECONDS) as hurried:
        connection = http.client.HTTPConnection(target.host, target.port)
        connection.sock = hurried
        connection.request("POST", target.path, event.body, headers)
        answer = connection.getresponse()
        with suppress(OSError, http.client.HTTPException):
            answer.read(READ_AT_MOST)  # out of courtesy: to hang up before would look like a fault over there
        return answer.status
