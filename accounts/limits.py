"""Limits on tries: django-allauth's counts, kept in the database, and how long whoever met one has to wait."""

from __future__ import annotations

import math
import time

from allauth.core.internal import ratelimit
from django.core.cache import cache
from django.http import HttpRequest

_COUNTED_BY = "allauth.account"


def wait_for(request: HttpRequest, action: str, *, key: str) -> int:
    """Count one try of `action` by this network and for `key`; 0 when it may go on, else the seconds to wait."""
    if ratelimit.consume(request, app=_COUNTED_BY, action=action, key=key):
        return 0
    rates = ratelimit.get_rates(app=_COUNTED_BY, action=action)
    return max(1, *(_seconds(request, action, rate, key) for rate in rates))


def _seconds(request: HttpRequest, action: str, rate: ratelimit.Rate, key: str) -> int:
    """Until the oldest of the tries that fill this rate is forgotten; 0 when it is not full."""
    row = ratelimit.get_cache_key(request, app=_COUNTED_BY, action=action, rate=rate, key=key)
    tries: list[float] = cache.get(row, [])
    if len(tries) < rate.amount:
        return 0
    left: float = tries[-1] + rate.duration - time.time()
    return math.ceil(left)
