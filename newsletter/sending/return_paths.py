"""The address that a message names for its own failure: it tells which message it was, and only we can have made it.

A report of failure is a mail that anybody can write. So it counts only when it comes to an address that we signed, and
then for the one message that the address names: whoever has it is that message's reader, or their mail server.
"""

from __future__ import annotations

import hmac
import re
from urllib.parse import urlsplit

from django.conf import settings

from newsletter.keys import digest, digests
from newsletter.sending.message_ids import message_id, read_message_id

_PURPOSE = "newsletter.return"
_TAG_BYTES = 10
_LOCAL = re.compile(r"(?P<base>.+)\+(?P<number>[1-9][0-9]{0,18})\.(?P<secret>[0-9a-f]{16})\.(?P<tag>[0-9a-f]{20})")


def return_path(own_id: str, fallback: str) -> str:
    """Where failures of the message with this Message-ID go: `fallback` while there is no mailbox for them.

    bounces@drydock.example becomes bounces+17.0123456789abcdef.89ab...@drydock.example.
    """
    known = read_message_id(own_id)
    if known is None or not settings.NEWSLETTER_BOUNCE_ADDRESS:
        return fallback
    number, secret = known[0], known[1].partition("@")[0]
    base, _, domain = settings.NEWSLETTER_BOUNCE_ADDRESS.rpartition("@")
    tag = digest(_PURPOSE, _signed(number, secret))[:_TAG_BYTES].hex()
    return f"{base}+{number}.{secret}.{tag}@{domain}"


def of_return_path(address: str) -> str | None:
    """The Message-ID that an address names; None when we have not made it."""
    local, _, domain = address.strip().strip("<>").lower().rpartition("@")
    found = _LOCAL.fullmatch(local)
    if found is None or f"{found['base']}@{domain}" != settings.NEWSLETTER_BOUNCE_ADDRESS.lower():
        return None
    number, secret = int(found["number"]), found["secret"]
    given = bytes.fromhex(found["tag"])
    made = [tag[:_TAG_BYTES] for tag in digests(_PURPOSE, _signed(number, secret))]
    if not any(hmac.compare_digest(given, each) for each in made):
        return None
    return message_id(number, f"{secret}@{urlsplit(settings.SITE_URL).hostname}")


def _signed(number: int, secret: str) -> bytes:
    return f"{number}.{secret}".encode()
