"""How a message leaves this machine, whatever carries it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Kind(StrEnum):
    """What is known about a message after a try to deliver it."""

    ACCEPTED = "accepted"  # the server has taken it
    REJECTED = "rejected"  # the server never takes it for this recipient
    DEFERRED = "deferred"  # it was certainly not taken, and may be later
    IN_DOUBT = "in_doubt"  # the final dot went out and no answer came back
    ABORTED = "aborted"  # `mark` said no: nothing was sent
    SENDER_FAULT = "sender_fault"  # the server refuses us, whoever the recipient is; nothing was sent


@dataclass(frozen=True, slots=True)
class Outcome:
    """`stage` is how far it came: connect, hello, tls, auth, mail, rcpt, data, body, dot. `code` is the SMTP answer,
    `enhanced` its code such as 5.1.1, `text` its words, `provider_id` the name that a provider gave the message.
    """

    kind: Kind
    stage: str = ""
    code: int | None = None
    enhanced: str = ""
    text: str = ""
    provider_id: str = ""


class Transport(Protocol):
    """One way out, used by one worker. It may keep a connection open between messages."""

    def open(self) -> None:
        """Get ready; connecting may wait until the first message."""

    def deliver(self, message: bytes, sender: str, recipient: str, mark: Callable[[], bool]) -> Outcome:
        """Hand one message over. `mark` is called exactly once after the body was sent and just before the final dot;
        when it returns False, or raises, the connection is dropped, nothing was sent and the outcome is ABORTED.
        """

    def close(self) -> None:
        """Take leave; never raises."""
