"""Where a request comes from, without believing what the sender wrote about itself."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

Address = IPv4Address | IPv6Address
NOWHERE = IPv4Address("0.0.0.0")  # noqa: S104 - an address nobody has, for a server that listens on a socket file


def client_address(request: HttpRequest) -> Address:
    """The reader's address: the connection's own, or what the outermost of our proxies saw.

    Each of the TRUSTED_PROXY_HOPS proxies appends to the CLIENT_ADDRESS_HEADER, so the entry to believe is counted from
    the right; whatever a sender put before it changes nothing. `Forwarded` and other headers are never read.
    """
    hops = settings.TRUSTED_PROXY_HOPS
    if hops:
        chain = request.META.get(_name_of(settings.CLIENT_ADDRESS_HEADER), "").split(",")
        if len(chain) >= hops and (address := _parse(chain[-hops])):
            return address
    return _parse(request.META.get("REMOTE_ADDR", "")) or NOWHERE


def network_tag(request: HttpRequest) -> str:
    """A name for where a request comes from that lasts a day and cannot be turned back into an address.

    An IPv6 customer owns a /64, so that is what is named.
    """
    address = client_address(request)
    network = ip_network((address, 64 if address.version == 6 else 32), strict=False)
    today = datetime.now(UTC).date()
    return salted_hmac("accounts.network", f"{today} {network}", algorithm="sha256").hexdigest()


@cache
def _name_of(header: str) -> str:
    """What the web server calls a header."""
    return f"HTTP_{header.upper().replace('-', '_')}"


def _parse(text: str) -> Address | None:
    try:
        address = ip_address(text.strip())
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
