"""One attempt to hand an event to a receiver, and what came of it. Nothing here knows the database."""

from __future__ import annotations

import http.client
import io
import logging
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils import timezone

from comparisons.models import Webhook
from comparisons.webhooks.addresses import AddressError, Target, find_addresses, read_url
from comparisons.webhooks.payload import Event
from comparisons.webhooks.signing import signed_headers

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
    with _connected(target, until) as hurried:
        connection = http.client.HTTPConnection(target.host, target.port)
        connection.sock = hurried
        connection.request("POST", target.path, event.body, headers)
        answer = connection.getresponse()
        with suppress(OSError, http.client.HTTPException):
            answer.read(READ_AT_MOST)  # out of courtesy: to hang up before would look like a fault over there
        return answer.status


@contextmanager
def _connected(target: Target, until: float) -> Iterator[Any]:
    """A connection to one of the addresses that were checked, in the order of the resolver; TLS knows the name."""
    plain = _reach(find_addresses(target, CONNECT_SECONDS), target.port, until)
    with closing(plain):
        if not target.is_secure:
            yield _Hurried(plain, until)
            return
        plain.settimeout(_left(until))
        with ssl.create_default_context().wrap_socket(plain, server_hostname=target.host) as secure:
            yield _Hurried(secure, until)


def _reach(addresses: list[str], port: int, until: float) -> socket.socket:
    problem = OSError("there is no address")
    for address in addresses:
        try:
            return socket.create_connection((address, port), timeout=min(CONNECT_SECONDS, _left(until)))
        except OSError as error:
            problem = error
    raise problem


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


class _Hurried(io.RawIOBase):
    """A socket as http.client wants it, on which everything together has to be done by a moment: a timeout of the
    socket's own begins anew with each byte that drips in.
    """

    def __init__(self, sock: socket.socket, until: float) -> None:
        self._sock, self._until = sock, until

    def sendall(self, body: bytes) -> None:
        rest = memoryview(body)
        while rest:
            self._sock.settimeout(_left(self._until))
            rest = rest[self._sock.send(rest) :]

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._sock.settimeout(_left(self._until))
        return self._sock.recv_into(buffer)

    def close(self) -> None:
        """Whoever connected hangs up; http.client would do it before the answer is read."""
