"""Header fields as they go over the wire: in ASCII, and never with a line end that somebody else put there."""

from __future__ import annotations

import base64
import re
from email.utils import parseaddr
from functools import lru_cache
from urllib.parse import urlsplit

from django.conf import settings

_WORD = 45  # bytes in an encoded word, which then has 75 characters (RFC 2047)
_PLAIN = re.compile(r"[ -~]*")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9.-]+")
_MESSAGE_ID = re.compile(r"<[!-;=?-~]+@[!-;=?-~]+>")
_LONGEST = 900  # of a line: 998 may be on one, and names stand before


class UnfitError(ValueError):
    """What cannot stand in a header; no message is made of it."""


def unstructured(text: str) -> str:
    """Words such as a subject: plain where that says the same, else in encoded words that break between letters."""
    if _PLAIN.fullmatch(text) and "=?" not in text and len(text) <= _LONGEST:
        return text
    words, part = [], b""
    for letter in text:
        encoded = letter.encode()
        if len(part) + len(encoded) > _WORD:
            words.append(part)
            part = b""
        part += encoded
    return "\r\n ".join(f"=?utf-8?B?{base64.b64encode(word).decode()}?=" for word in [*words, part])


def mailbox(address: str) -> str:
    """An address alone, its domain in ASCII; UnfitError for what is none, or only with SMTPUTF8."""
    name, at, domain = address.rpartition("@")
    try:
        plain = f"{name}{at}{domain.encode('idna').decode()}" if not domain.isascii() else address
    except UnicodeError as error:
        raise UnfitError("The domain of an address has no form in ASCII.") from error
    if not _ATOMS.fullmatch(plain):
        raise UnfitError("An address holds what no header may hold.")
    return plain


def named_mailbox(text: str) -> str:
    """`Name <address>` from settings, as a From header has it."""
    name, address = parseaddr(text)
    if not name:
        return mailbox(address)
    if not _PLAIN.fullmatch(name) or "=?" in name:
        return f"{unstructured(' '.join(name.split()))} <{mailbox(address)}>"
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}" <{mailbox(address)}>'


def message_id(text: str) -> str:
    """With its angle brackets, whether the caller has them or not."""
    found = text if text.startswith("<") else f"<{text}>"
    if not _MESSAGE_ID.fullmatch(found):
        raise UnfitError("A Message-ID looks like <letters@domain>.")
    return found


def address(path: str) -> str:
    """The whole address of a path of ours."""
    return f"{_site(settings.SITE_URL)}{path}"


@lru_cache(maxsize=4)
def _site(url: str) -> str:
    """With its host in ASCII."""
    parts = urlsplit(url)
    return url if url.isascii() else parts._replace(netloc=parts.netloc.encode("idna").decode()).geturl()
