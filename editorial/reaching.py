"""Reaching other servers by addresses that people typed, without being led to this server's own network.

An address is looked up once, each answer is checked, and the connection goes to what was checked. Webhooks and the
check of links are built on this.
"""

from __future__ import annotations

import io
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.utils.translation import gettext as _

_WRITTEN = re.compile(r"[!-\[\]-~]{1,500}")  # visible ASCII without the backslash, which browsers read as a slash
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
# What the C library reads as a number and `ipaddress` does not: 127.1, 2130706433, 0x7f000001, 0177.0.0.1.
_NUMBER = re.compile(r"(?:.*\.)?(?:0x[0-9a-f]*|[0-9]+)")
# Public by the register of special addresses, yet nobody's server is there: relays, protocol assignments, and a cloud's
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
class Reach:
    """Where one may go: to plain http, to the operator's own network; `hint` says how that is allowed."""

    plain: bool = True
    private: bool = False
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """An address, taken apart: `host` is the name as it is looked up, `authority` as the header Host has it."""

    is_secure: bool
    host: str
    port: int
    authority: str
    path: str


def read_url(url: str, reach: Reach) -> Target:
    """An address that may be reached; AddressError says why not. Names are looked up only when something is sent."""
    if not _WRITTEN.fullmatch(url):
        raise AddressError(
            _("Write the address in plain ASCII, without spaces; international names in their xn-- form.")
        )
    try:
        parts, port = urlsplit(url), urlsplit(url).port
    except ValueError:
        raise AddressError(_("That is not a whole address.")) from None
    _check_parts(parts, reach)
    host = (parts.hostname or "").lower()
    _check_host(host, reach, is_bracketed="[" in parts.netloc)
    is_secure = parts.scheme == "https"
    port = (443 if is_secure else 80) if port is None else port
    if port not in (80, 443) and not 1024 <= port <= 65535:
        raise AddressError(_("Use the port 443, 80, or one from 1024 on."))
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(is_secure, host, port, parts.netloc.lower(), path)


def _check_parts(parts: SplitResult, reach: Reach) -> None:
    if parts.scheme not in (("https", "http") if reach.plain else ("https",)):
        raise AddressError(_("The address must begin with https://."))
    if "@" in parts.netloc:
        raise AddressError(_("Leave name and password out of the address."))
    if parts.fragment:
        raise AddressError(_("Leave out what follows the #: it is never sent."))


def _check_host(host: str, reach: Reach, *, is_bracketed: bool) -> None:
    if is_bracketed or _NUMBER.fullmatch(host):
        try:
            literal = ip_address(host)
        except ValueError:
            raise AddressError(_("Write a numeric address in full, like 192.0.2.1 or [2001:db8::1].")) from None
        check_public(literal, reach)
    elif not _NAME.fullmatch(host) or len(host) > 253:
        raise AddressError(_("That is not the name of a host."))


def check_public(address: IPv4Address | IPv6Address, reach: Reach) -> None:
    """AddressError for an address that is not of the open internet, unless it is private and the operator allows those.

    What lies beside them stays shut: link-local addresses, where clouds keep their keys, and everything unassigned.
    """
    is_own = any(address in net for net in _PRIVATE if net.version == address.version)
    if not is_public(address) and not (reach.private and is_own):
        words = reach.hint or _("%(address)s is not a public address.")
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


def find_addresses(target: Target, timeout: float, reach: Reach) -> list[str]:
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
        check_public(ip_address(text.partition("%")[0]), reach)
    return list(dict.fromkeys(found))


def _look_up(target: Target, answers: list[Any]) -> None:
    try:
        answers.extend(socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM))
    except OSError:
        return  # no such name; the list stays empty


@contextmanager
def connected(target: Target, reach: Reach, until: float, connect_seconds: float) -> Iterator[Any]:
    """A connection to one of the addresses that were checked, in the order of the resolver; TLS knows the name."""
    plain = _dial(find_addresses(target, connect_seconds, reach), target.port, until, connect_seconds)
    with closing(plain):
        if not target.is_secure:
            yield _Hurried(plain, until)
            return
        plain.settimeout(_left(until))
        with ssl.create_default_context().wrap_socket(plain, server_hostname=target.host) as secure:
            yield _Hurried(secure, until)


def _dial(addresses: list[str], port: int, until: float, seconds: float) -> socket.socket:
    problem = OSError("there is no address")
    for address in addresses:
        try:
            return socket.create_connection((address, port), timeout=min(seconds, _left(until)))
        except OSError as error:
            problem = error
    raise problem


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


class _Hurried(io.RawIOBase):
    """A socket as http.client wants it, on which everything together has to be done by a moment: a timeout of the
    socket's own begins anew with each byte that drips in.
    """

    def __init__(self, sock: socket.socket, until: float) -> None:
        self._sock, self._until = sock, until

    def sendall(self, body: bytes) -> None:
        rest = memoryview(body)
        while rest:
            self._sock.settimeout(_left(self._until))
            rest = rest[self._sock.send(rest) :]

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._sock.settimeout(_left(self._until))
        return self._sock.recv_into(buffer)

    def close(self) -> None:
        """Whoever connected hangs up; http.client would do it before the answer is read."""
