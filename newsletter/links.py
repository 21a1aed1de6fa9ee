"""The signed links of a subscriber: pure arithmetic, so that ten thousand are made in a moment and nothing is stored.

An unsubscribe link depends on the subscriber's number alone and holds for good, also when the row is gone. A link to
the preferences depends on the subscriber's key and address besides: once the address has changed, links in mails to
the old one lead nowhere.
"""

from __future__ import annotations

import base64
import hmac
import re
from functools import lru_cache

from django.urls import reverse

from newsletter.keys import digest, digests
from newsletter.models import Subscriber

UNSUBSCRIBE, PREFERENCES = "newsletter.unsubscribe", "newsletter.preferences"
_BYTES = 18  # 24 letters
_TOKEN = re.compile(r"([1-9][0-9]{0,18})-([A-Za-z0-9_-]{24})")


def sign(purpose: str, pk: int, key: bytes) -> str:
    """A token that says whose it is and that we made it for this purpose: `123-` and 24 letters."""
    return f"{pk}-{_letters(digest(purpose, _message(pk, key)))}"


def unsubscribe_path(subscriber: Subscriber) -> str:
    return _path("newsletter_unsubscribe", sign(UNSUBSCRIBE, subscriber.pk, b""))


def preferences_path(subscriber: Subscriber) -> str:
    return _path("newsletter_preferences", preferences_token(subscriber))


def preferences_token(subscriber: Subscriber) -> str:
    return sign(PREFERENCES, subscriber.pk, _own_key(subscriber))


def number_of_unsubscribe(token: str) -> int | None:
    """The subscriber's number that an unsubscribe token was made for; None when we did not make it. No query."""
    return _number(UNSUBSCRIBE, token, b"")


def of_unsubscribe(token: str) -> Subscriber | None:
    """The subscriber of an unsubscribe token; None when we did not make it, or nobody has that number any more."""
    number = number_of_unsubscribe(token)
    return Subscriber.objects.filter(pk=number).first() if number else None


def of_preferences(token: str) -> Subscriber | None:
    """The subscriber of a preferences token; None when it is not in order any more."""
    found = _TOKEN.fullmatch(token)
    subscriber = Subscriber.objects.filter(pk=int(found[1])).first() if found else None
    return subscriber if subscriber and _number(PREFERENCES, token, _own_key(subscriber)) else None


def _number(purpose: str, token: str, key: bytes) -> int | None:
    found = _TOKEN.fullmatch(token)
    if not found:
        return None
    pk = int(found[1])
    # All of them each time: how long it takes says nothing about which key it was.
    fits = [hmac.compare_digest(_letters(made), found[2]) for made in digests(purpose, _message(pk, key))]
    return pk if any(fits) else None


def _path(name: str, token: str) -> str:
    before, after = _around_token(name)
    return f"{before}{token}{after}"


@lru_cache(maxsize=4)
def _around_token(name: str) -> tuple[str, str]:
    """The address of a page, cut at its token: looking one up takes longer than signing it."""
    before, _, after = reverse(name, args=["TOKEN"]).partition("TOKEN")
    return before, after


def _own_key(subscriber: Subscriber) -> bytes:
    return bytes(subscriber.key) + subscriber.address_key.encode()


def _message(pk: int, key: bytes) -> bytes:
    return b"%d\0" % pk + key


def _letters(made: bytes) -> str:
    return base64.urlsafe_b64encode(made[:_BYTES]).decode()
