"""Where a request comes from, without believing what the sender wrote about itself."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest

Address = IPv4Address | IPv6Address
NOWHERE = IPv4Address("0.0.0.0")  # noqa: S104 - an address nobody has, for a server that listens on a socket file


def client_address(request: HttpRequest) -> Address:
    """The reader's address: the connection's own, or what the outermost of our proxies saw.

    Each of the TRUSTED_PROXY_HOPS proxies appends to X-Forwarded-For, so the entry to believe is counted from the
    right; whatever a sender put before it changes nothing. `Forwarded` and other headers are never read.
    """
    hops = settings.TRUSTED_PROXY_HOPS
    if hops:
        chain = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
        if len(chain) >= hops and (address := _parse(chain[-hops])):
            return address
    return _parse(request.META.get("REMOTE_ADDR", "")) or NOWHERE


def _parse(text: str) -> Address | None:
    try:
        address = ip_address(text.strip())
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
