"""Whole messages, fast: what all readers get alike is encoded once an issue, and only what is a reader's per mail.

Both parts are quoted-printable. It works on lines, so pieces can be encoded by themselves and put together with a soft
line break between: what comes out is the same as if the whole had been encoded (docs/decisions/0035).
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache
from hashlib import sha256
from html import escape

from django.conf import settings
from django.utils.translation import gettext as _

from editorial.addresses import path_of
from newsletter.rendering import headers
from newsletter.rendering.letters import Rendered
from newsletter.rendering.marks import split_at_places
from newsletter.rendering.pages import Page
from newsletter.rendering.readers import Reader, personal, values_of

_PART = 'Content-Type: text/{kind}; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
_DOTTED = re.compile(rb"^(\.+)([^\r\n]*)", re.MULTILINE)
_LONGEST_LINE = 76
_PAGES_KEPT = 1_000  # lists of the same pieces: what readers follow repeats itself
SENDER = "drydock"  # what providers count complaints under, with the issue before it (Feedback-ID)


class Skeleton:
    """Everything of an issue's messages that is the same for all readers."""

    def __init__(self, rendered: Rendered, *, prefix: str = "") -> None:
        self._rendered = rendered
        self._text, self._html = _Encoded(rendered.text_page), _Encoded(rendered.html_page)
        # No quoted-printable line holds "=_", so this can never be part of one.
        boundary = f"=_{sha256(f'{rendered.subject}{rendered.html}'.encode()).hexdigest()[:32]}"
        self._fixed = "".join(
            f"{name}: {value}\r\n" for name, value in shared_headers(rendered, f"{prefix}{rendered.subject}").items()
        )
        self._opening = (
            f'MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="{boundary}"\r\n\r\n'
            f"--{boundary}\r\n{_PART.format(kind='plain')}"
        ).encode()
        self._between = f"\r\n--{boundary}\r\n{_PART.format(kind='html')}".encode()
        self._closing = f"\r\n--{boundary}--\r\n".encode()

    def message(self, reader: Reader, message_id: str, at: datetime | None = None) -> bytes:
        """One reader's message, ready to be handed over: lines ended by CRLF, none of which begins with a dot, so
        that it goes over an SMTP line as it is. UnfitError for an address that no header may hold.
        """
        followed, values = personal(self._rendered, reader).followed, values_of(reader)
        plain = {name: encoded(value) for name, value in values.items()}
        marked = {
            name: plain[name] if (safe := escape(value)) == value else encoded(safe) for name, value in values.items()
        }
        return b"".join(
            (
                self._headers(reader, message_id, at or datetime.now(UTC)),
                self._opening,
                *self._text.filled(followed, plain),
                self._between,
                *self._html.filled(followed, marked),
                self._closing,
            )
        )

    def _headers(self, reader: Reader, message_id: str, at: datetime) -> bytes:
        own = (
            f"Date: {_dated(at.replace(microsecond=0))}\r\nTo: {headers.mailbox(reader.address)}\r\n"
            f"Message-ID: {headers.message_id(message_id)}\r\n"
            f"List-Unsubscribe: <{headers.address(reader.unsubscribe)}>\r\n"
        )
        return f"{self._fixed}{own}".encode("ascii")


def skeleton(rendered: Rendered, *, prefix: str = "") -> Skeleton:
    """What makes an issue's messages; a prefix goes before the subject."""
    return Skeleton(rendered, prefix=prefix)


def shared_headers(rendered: Rendered, subject: str) -> dict[str, str]:
    """The headers of an issue that are the same for all its readers, as they go over the wire."""
    name = headers.unstructured(_("Notices to Shippers"))
    return {
        "From": headers.named_mailbox(settings.NEWSLETTER_FROM),
        "Subject": headers.unstructured(subject),
        "List-Id": f"{name} <{settings.NEWSLETTER_LIST_ID}>",
        "List-Archive": f"<{headers.address(path_of('newsletter'))}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Feedback-ID": f"issue{rendered.number}:weekly:{settings.NEWSLETTER_LIST_ID}:{SENDER}",
        "Precedence": "bulk",
    }


def list_headers(rendered: Rendered, reader: Reader) -> dict[str, str]:
    """The headers of a reader's message for Django's mail backend, which adds those that every mail has; in one line
    each.
    """
    shared = shared_headers(rendered, "")
    del shared["Subject"]
    own = {"List-Unsubscribe": f"<{headers.address(reader.unsubscribe)}>"}
    return {name: value.replace("\r\n", "") for name, value in {**shared, **own}.items()}


def encoded(text: str) -> bytes:
    """Quoted-printable that ends at the end of a line, be it a soft one, and has no line that begins with a dot.

    >>> encoded(". and on")
    b'=2E and on=\\r\\n'
    """
    if not text:
        return b""
    made = binascii.b2a_qp(text.encode(), istext=True).replace(b"\n", b"\r\n")
    made = made if made.endswith(b"\n") else made + b"=\r\n"
    return _DOTTED.sub(_undotted, made) if made.startswith(b".") or b"\n." in made else made


def _undotted(line: re.Match[bytes]) -> bytes:
    """With its first dots encoded; on a line of their own where the line would become too long."""
    dots, rest = b"=2E" * len(line[1]), line[2]
    if len(dots) + len(rest) <= _LONGEST_LINE:
        return dots + rest
    return b"=\r\n".join((*(dots[at : at + 75] for at in range(0, len(dots), 75)), rest))


@lru_cache(maxsize=16)
def _dated(at: datetime) -> str:
    return format_datetime(at)


class _Encoded:
    """A page whose strings are encoded, each cut at its places: bytes, and between them names."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._cuts = {text: _cut(text) for text in page.strings()}
        self._arranged = lru_cache(maxsize=_PAGES_KEPT)(self._joined)

    def filled(self, followed: int, values: dict[str, bytes]) -> Iterator[bytes]:
        for piece in self._arranged(followed):
            yield piece if isinstance(piece, bytes) else values[piece]

    def _joined(self, followed: int) -> list[bytes | str]:
        return [piece for text in self._page.arranged(followed) for piece in self._cuts[text]]


def _cut(text: str) -> list[bytes | str]:
    return [part if number % 2 else encoded(part) for number, part in enumerate(split_at_places(text)) if part]
