"""The guard of forms that stand on cached pages: they carry no token, so the browser's own word decides.

A browser says where a request comes from in `Sec-Fetch-Site`, or in `Origin` when it is older, and no page can make it
lie. Source: the Fetch Metadata and Fetch standards.
"""

from __future__ import annotations

from enum import Enum

from django.http import HttpRequest


class Origin(Enum):
    """What a browser says about the page a request comes from."""

    SAME = "a page of ours"
    CROSS = "another site, or no page at all"
    UNKNOWN = "nothing: answer with a page that carries a token and one button"


def origin_of(request: HttpRequest) -> Origin:
    """SAME may act, CROSS must be refused, UNKNOWN is asked to confirm."""
    site = request.META.get("HTTP_SEC_FETCH_SITE")
    if site is not None:
        return Origin.SAME if site == "same-origin" else Origin.CROSS
    origin = request.META.get("HTTP_ORIGIN")
    if origin is not None:
        return Origin.SAME if origin == f"{request.scheme}://{request.get_host()}" else Origin.CROSS
    return Origin.UNKNOWN
