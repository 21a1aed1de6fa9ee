"""What the send engine asks of whatever carries a message, and the answer it gets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Kind(StrEnum):
    """What is known of one message after it was tried. All but `in_doubt` are certain."""

    ACCEPTED = "accepted"  # the server has it
    REJECTED = "rejected"  # the server does not want it for this recipient, now or later
    DEFERRED = "deferred"  # the server does not have it; later perhaps
    IN_DOUBT = "in_doubt"  # the server may have it: no answer came after everything was sent
    ABORTED = "aborted"  # we stopped it ourselves: the mark said no, or too long ago yes
    SENDER_FAULT = "sender_fault"  # the server does not want us; no recipient is to blame


class Stage(StrEnum):
    """How far it came. The first five happen once a connection, the others for every message."""

    CONNECT = "connect"
    GREETING = "greeting"
    EHLO = "ehlo"
    TLS = "tls"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    BODY = "body"
    MARK = "mark"
    DOT = "dot"  # the mark stands; the end of the message is about to be sent
    ANSWER = "answer"  # the end of the message was sent


CONNECTING = frozenset({Stage.CONNECT, Stage.GREETING, Stage.EHLO, Stage.TLS, Stage.AUTH})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one message: `code`, `enhanced` and `text` are the server's own words, where there were any.

    `provider_id` is what a provider of mail calls the message.
    """

    kind: Kind
    stage: Stage
    code: int | None = None
    enhanced: str = ""
    text: str = ""
    provider_id: str = ""

    @property
    def is_about_nobody(self) -> bool:
        """Whether it failed before any recipient was named."""
        return self.is_connecting or self.stage is Stage.MAIL

    @property
    def is_connecting(self) -> bool:
        """Whether no recipient had been named yet, so that this counts against the server and not against them."""
        return self.stage in CONNECTING


class Transport(Protocol):
    """One road to one server, used by one thread at a time, for any number of messages one after the other."""

    def open(self) -> None:
        """Get ready, where that helps. Never fails: what is wrong is the outcome of the next message."""

    def deliver(self, message: bytes, sender: str, recipient: str, mark: Callable[[], bool]) -> Outcome:
        """Send one whole message (RFC 5322, CRLF) to one mailbox.

        `mark` is called once, after everything but the end of the message was sent: from then on the server may
        have it. When it returns False, or raises, nothing was sent.
        """

    def close(self) -> None:
        """Let go of the connection. Harmless twice; `deliver` opens another."""
