"""Which addresses receipts may be sent to. Whoever registers one must not make this server talk to its own network."""

from __future__ import annotations

import re
import socket
import threading
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

_WRITTEN = re.compile(r"[!-\[\]-~]{1,500}")  # visible ASCII without the backslash, which browsers read as a slash
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
# What the C library reads as a number and `ipaddress` does not: 127.1, 2130706433, 0x7f000001, 0177.0.0.1.
_NUMBER = re.compile(r"(?:.*\.)?(?:0x[0-9a-f]*|[0-9]+)")
# Public by the register of special addresses, yet no place for a receiver: relays, protocol assignments, and a cloud's
# own door to its guests.
_REFUSED = [IPv4Network(net) for net in ("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32")]
_UNICAST = IPv6Network("2000::/3")
_REFUSED_6 = [IPv6Network(net) for net in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")]
_PRIVATE = tuple(
    ip_network(net)
    for net in ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "::1/128", "fc00::/7")
)
_NAT64 = IPv6Network("64:ff9b::/96")


class AddressError(ValueError):
    """Why nothing is sent to an address, as a sentence for the operator."""


@dataclass(frozen=True, slots=True)
class Target:
    """An address, taken apart: `host` is the name as it is looked up, `authority` as the header Host has it."""

    is_secure: bool
    host: str
    port: int
    authority: str
    path: str


def read_url(url: str) -> Target:
    """An address that may be registered; AddressError says why not. Names are looked up only when something is sent."""
    if not _WRITTEN.fullmatch(url):
        raise AddressError(
            _("Write the address in plain ASCII, without spaces; international names in their xn-- form.")
        )
    try:
        parts, port = urlsplit(url), urlsplit(url).port
    except ValueError:
        raise AddressError(_("That is not a whole address.")) from None
    _check_parts(parts)
    host = (parts.hostname or "").lower()
    _check_host(host, is_bracketed="[" in parts.netloc)
    is_secure = parts.scheme == "https"
    port = (443 if is_secure else 80) if port is None else port
    if port not in (80, 443) and not 1024 <= port <= 65535:
        raise AddressError(_("Use the port 443, 80, or one from 1024 on."))
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(is_secure, host, port, parts.netloc.lower(), path)


def _check_parts(parts: SplitResult) -> None:
    may_be_plain = settings.LOCAL or settings.WEBHOOKS_MAY_REACH_PRIVATE
    if parts.scheme not in (("https", "http") if may_be_plain else ("https",)):
        raise AddressError(_("The address must begin with https://."))
    if "@" in parts.netloc:
        raise AddressError(_("Leave name and password out of the address: receipts are signed instead."))
    if parts.fragment:
        raise AddressError(_("Leave out what follows the #: it is never sent."))


def _check_host(host: str, *, is_bracketed: bool) -> None:
    if is_bracketed or _NUMBER.fullmatch(host):
        try:
            literal = ip_address(host)
        except ValueError:
            raise AddressError(_("Write a numeric address in full, like 192.0.2.1 or [2001:db8::1].")) from None
        check_public(literal)
    elif not _NAME.fullmatch(host) or len(host) > 253:
        raise AddressError(_("That is not the name of a host."))


def check_public(address: IPv4Address | IPv6Address) -> None:
    """AddressError for an address that is not of the open internet, unless it is private and the operator allows those.

    What lies beside them stays shut: link-local addresses, where clouds keep their keys, and everything unassigned.
    """
    is_own = any(address in net for net in _PRIVATE if net.version == address.version)
    if not is_public(address) and not (settings.WEBHOOKS_MAY_REACH_PRIVATE and is_own):
        words = _("%(address)s is not a public address; WEBHOOKS_MAY_REACH_PRIVATE=1 would allow it.")
        raise AddressError(words % {"address": address})


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address is one of the open internet. Addresses that carry an IPv4 address inside are refused, but for
    those by which a network without IPv4 reaches a public one (NAT64).
    """
    if isinstance(address, IPv6Address) and address in _NAT64:
        return is_public(IPv4Address(int(address) & 0xFFFF_FFFF))
    is_odd = address.is_multicast or address.is_reserved or address.is_unspecified or not address.is_global
    if isinstance(address, IPv6Address):
        return not is_odd and address in _UNICAST and not any(address in net for net in _REFUSED_6)
    return not is_odd and not any(address in net for net in _REFUSED)


def find_addresses(target: Target, timeout: float) -> list[str]:
    """The addresses of a target, each of them checked: connect to these and look nothing up again, for the next answer
    may be another. AddressError when there is none, or one that may not be reached.
    """
    answers: list[Any] = []
    # The C library cannot be told to hurry, so it is left behind.
    thread = threading.Thread(target=_look_up, args=(target, answers), daemon=True)
    thread.start()
    thread.join(timeout)
    found = [str(answer[4][0]) for answer in answers]
    if not found:
        raise AddressError(_("No address was found for %(host)s.") % {"host": target.host})
    for text in found:
        check_public(ip_address(text.partition("%")[0]))
    return list(dict.fromkeys(found))


def _look_up(target: Target, answers: list[Any]) -> None:
    try:
        answers.extend(socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM))
    except OSError:
        return  # no such name; the list stays empty
