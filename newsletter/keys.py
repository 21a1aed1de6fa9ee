"""The secret that suppressions, consents and links depend on. It must outlive a change of SECRET_KEY.

NEWSLETTER_KEY is the current one, NEWSLETTER_KEY_FALLBACKS those before it: what they made is still recognised.
"""

from __future__ import annotations

import hmac
from functools import lru_cache

from django.conf import settings


def keys() -> tuple[bytes, ...]:
    """The current key first, 32 bytes each."""
    secrets = dict.fromkeys((settings.NEWSLETTER_KEY, *settings.NEWSLETTER_KEY_FALLBACKS))
    return tuple(_derived(secret) for secret in secrets)


def digest(purpose: str, message: bytes) -> bytes:
    """32 bytes, made with the current key."""
    return hmac.digest(keys()[0], purpose.encode() + b"\0" + message, "sha256")


def digests(purpose: str, message: bytes) -> list[bytes]:
    """The same with every key, the current one first: what an older one made is found by it."""
    return [hmac.digest(key, purpose.encode() + b"\0" + message, "sha256") for key in keys()]


@lru_cache(maxsize=16)
def _derived(secret: str) -> bytes:
    return hmac.digest(secret.encode(), b"newsletter", "sha256")
