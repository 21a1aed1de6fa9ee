"""One look at one address, as a polite visitor: HEAD first, then GET of a little, redirects followed five times.

Nothing here knows the database. robots.txt is not asked: this is no crawl but one request for an address that an editor
has written down, a week apart; docs/operations.md says so.
"""

from __future__ import annotations

import http.client
import logging
import ssl
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urldefrag, urljoin, urlsplit

from django.conf import settings
from django.utils.encoding import iri_to_uri
from django.utils.translation import gettext as _

from editorial.reaching import AddressError, Reach, Target, connected, read_url

logger = logging.getLogger(__name__)
CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 20.0
READ_AT_MOST = 64 * 1024
REDIRECTS = 5
PAUSE = 2.0
# Somebody is there who does not talk to programs: a person at a browser may well be let in.
SHY = (401, 403, 407, 429, 451)
PUBLIC = Reach()


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen at an address: the last status, None without an answer; and the problem, empty when it is alive."""

    status: int | None
    problem: str = ""

    @property
    def is_alive(self) -> bool:
        return not self.problem


@dataclass
class Manners:
    """Never two requests at once to one host, and a pause between any two; shared by all threads of a round."""

    pause: float = PAUSE
    _doors: dict[str, threading.Lock] = field(default_factory=dict)
    _last: dict[str, float] = field(default_factory=dict)
    _book: threading.Lock = field(default_factory=threading.Lock)

    def door(self, host: str) -> threading.Lock:
        with self._book:
            return self._doors.setdefault(host, threading.Lock())

    def wait(self, host: str) -> None:
        """Whoever holds the door waits until the pause is over."""
        left = self._last.get(host, -self.pause) + self.pause - time.monotonic()
        if left > 0:
            time.sleep(left)

    def left(self, host: str) -> None:
        self._last[host] = time.monotonic()


@dataclass
class Clock:
    """What is left of the time that one look may take; waiting for one's turn does not count."""

    left: float

    def begin(self) -> float:
        """Until when the next request has to be done."""
        if self.left <= 0:
            raise TimeoutError
        return time.monotonic() + self.left

    def stop(self, until: float) -> None:
        self.left = until - time.monotonic()


def look_at(url: str, *, manners: Manners, reach: Reach = PUBLIC, seconds: float = TOTAL_SECONDS) -> Look:
    """See whether anything is at an address; every way to fail is a look, too. It takes so many seconds at most."""
    try:
        return _follow(_plain(url), manners, reach, Clock(seconds))
    except AddressError as problem:
        return Look(None, str(problem))
    except Exception as problem:
        return Look(None, _why(problem, seconds))


def _follow(url: str, manners: Manners, reach: Reach, clock: Clock) -> Look:
    status = None
    for _hop in range(REDIRECTS + 1):
        target = read_url(url, reach)
        status, leads_to = _ask(target, manners, reach, clock)
        if not leads_to:
            return _judge(status)
        url = _plain(urljoin(url, leads_to))
    return Look(status, _("It leads from one address to the next, more than five times."))


def _ask(target: Target, manners: Manners, reach: Reach, clock: Clock) -> tuple[int, str]:
    """The status, and where it leads. Some servers do not know HEAD, so what went wrong is asked again with GET."""
    with manners.door(target.host):
        for method in ("HEAD", "GET"):
            manners.wait(target.host)
            until = clock.begin()
            try:
                status, leads_to = _once(method, target, reach, until)
            except http.client.HTTPException:
                if method == "GET":
                    raise
                continue
            finally:
                clock.stop(until)
                manners.left(target.host)
            if status < 400:
                break
        return status, leads_to


def _once(method: str, target: Target, reach: Reach, until: float) -> tuple[int, str]:
    headers = {
        "Host": target.authority,
        "User-Agent": f"Drydock-Links/1 (+{settings.SITE_URL})",
        "Accept": "*/*",
        "Connection": "close",
    }
    with connected(target, reach, until, CONNECT_SECONDS) as hurried:
        connection = http.client.HTTPConnection(target.host, target.port)
        connection.sock = hurried
        connection.request(method, target.path, headers=headers)
        answer = connection.getresponse()
        if method == "GET":
            with suppress(OSError, http.client.HTTPException):
                answer.read(READ_AT_MOST)  # out of courtesy: to hang up before would look like a fault over there
        leads_to = answer.getheader("Location", "") if answer.status in (301, 302, 303, 307, 308) else ""
        return answer.status, leads_to


def _judge(status: int) -> Look:
    if status < 400 or status in SHY:
        return Look(status)
    return Look(status, _("It answered %(status)s.") % {"status": status})


def _plain(url: str) -> str:
    """As it is asked for: without what follows the #, everything in ASCII."""
    parts = urlsplit(urldefrag(url.strip()).url)
    with suppress(UnicodeError, ValueError):
        parts = parts._replace(netloc=parts.netloc.encode("idna").decode())
    return iri_to_uri(parts.geturl()) or ""


def _why(problem: Exception, seconds: float) -> str:
    match problem:
        case TimeoutError():
            words = _("No answer within %(seconds)s seconds.") % {"seconds": f"{seconds:g}"}
        case ssl.SSLCertVerificationError():
            words = _("The certificate does not hold: %(why)s.") % {"why": problem.verify_message.rstrip(".")}
        case OSError():
            words = _("The connection failed: %(why)s.") % {"why": problem.strerror or problem}
        case http.client.HTTPException():
            words = _("What came back is no HTTP answer.")
        case _:
            logger.error("A link could not be checked", exc_info=problem)
            words = _("It could not be checked; the log says why.")
    return words[:300]
