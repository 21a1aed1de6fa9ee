"""Network tags: enough to see that many votes come from one place today, and nothing that lasts.

A tag is HMAC-SHA256 of the address under a random key that exists for one UTC day. The key is destroyed after 48 hours
(services/watch.py), so tags of two days cannot be matched, and once it is gone nobody can try addresses against a
tag. No address is stored or logged. The rule is
published at /methodology/votes/.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from django.db import connection

from accounts.network import Address
from votes.rules import KEY_LIFETIME

_HOST_BYTES = {4: 4, 6: 8}
_GROUP_BYTES = {4: 3, 6: 6}

# Per process, for the current day only: a vote must not ask the database for a key it saw a moment ago.
_known: dict[date, bytes] = {}


@dataclass(frozen=True, slots=True)
class Tags:
    """Where a vote comes from: one tag for the host (a /64 for IPv6), one for its /24 or /48."""

    host: bytes
    group: bytes


NO_TAGS = Tags(b"", b"")


def tags_of(address: Address, at: datetime) -> Tags:
    """The tags of an address on the UTC day of `at`."""
    key = _key_of(at.astimezone(UTC).date())

    def tag(kept: int) -> bytes:
        network = address.packed[:kept].ljust(len(address.packed), b"\0")
        return hmac.digest(key, b"v%d/%d " % (address.version, kept * 8) + network, "sha256")

    return Tags(tag(_HOST_BYTES[address.version]), tag(_GROUP_BYTES[address.version]))


def forget_keys() -> None:
    """Drop what this process remembers, as a new process would begin."""
    _known.clear()


def _key_of(day: date) -> bytes:
    """The day's key: the first process to ask makes it."""
    if day not in _known:
        destroy_at = datetime.combine(day, time(), UTC) + KEY_LIFETIME
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO votes_netkey (day, key, destroy_at) VALUES (%s, %s, %s) ON CONFLICT (day) DO NOTHING",
                [day, secrets.token_bytes(32), destroy_at],
            )
            cursor.execute("SELECT key FROM votes_netkey WHERE day = %s", [day])
            key = bytes(cursor.fetchone()[0])
        forget_keys()
        _known[day] = key
    return _known[day]
