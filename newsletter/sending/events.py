"""One thing that became of a message, in the words of whoever tells it made ours."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime

from newsletter.models import MailEvent

Kind = MailEvent.Kind
# Mailboxes that are not there, and those that were closed. Others may be full, or their servers cross with us: those
# pass, or are counted (RFC 3463).
_NOBODY_THERE = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})
_ENHANCED = re.compile(r"(?<![\d.])([45]\.\d{1,3}\.\d{1,3})(?![\d.])")


@dataclass(frozen=True, slots=True)
class Event:
    """`recipient` is empty where the message itself tells for whom it was."""

    provider: str
    event_id: str
    kind: Kind
    message_id: str
    recipient: str
    at: datetime
    raw_sha256: bytes


def bounce_kind(words: str, *, is_said_to_be_final: bool) -> Kind:
    """Whether a bounce is for good. The code in the receiving server's words outweighs what anybody makes of them.

    >>> bounce_kind("smtp;552 5.2.2 Mailbox full", is_said_to_be_final=True)
    MailEvent.Kind.SOFT
    """
    found = _ENHANCED.search(words)
    if found:
        return Kind.HARD if found[1] in _NOBODY_THERE else Kind.SOFT
    return Kind.HARD if is_said_to_be_final else Kind.SOFT


def digest_of(raw: bytes) -> bytes:
    return hashlib.sha256(raw).digest()
