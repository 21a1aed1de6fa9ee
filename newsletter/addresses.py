"""Mailboxes: what was typed, in a form that can be mailed, and what two spellings of one mailbox have in common."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from newsletter.keys import digest, digests

MOST = 254
WRONG = _("That is no email address we can send to. It needs a name, an @ and a domain, like mate@example.org.")

# Providers that tell no two people apart by the dots in a name, with their other domains.
DOTS_MEAN_NOTHING = {"gmail.com": "gmail.com", "googlemail.com": "gmail.com"}
# The older rules for domains, which Python knows, read these letters as others: that would be somebody else's domain.
_READ_AS_OTHERS = frozenset("\u00df\u1e9e\u03c2\u200c\u200d")
_PURPOSE = "newsletter.address"


@dataclass(frozen=True, slots=True)
class Mailbox:
    """`address` is as typed, but for its domain, which is in lower case and ASCII. `key` is for comparing alone."""

    address: str
    key: str


def read_mailbox(text: str) -> Mailbox:
    """The mailbox that somebody typed; ValidationError with a sentence for them when mail could not reach it.

    >>> read_mailbox("Mate.At.Sea+drydock@Bücher.example")
    Mailbox(address='Mate.At.Sea+drydock@xn--bcher-kva.example', key='mate.at.sea@xn--bcher-kva.example')
    >>> read_mailbox("Mate.At.Sea@googlemail.com").key
    'mateatsea@gmail.com'
    """
    typed = unicodedata.normalize("NFC", text).strip(" \t\u00a0")
    name, at, domain = typed.partition("@")
    is_readable = typed.isprintable() and name.isascii() and '"' not in name
    # A domain that mail is sent to has a dot; a number in brackets, or this machine itself, is nobody's address.
    if not at or not is_readable or len(typed) > MOST or "." not in domain or "[" in domain:
        raise ValidationError(WRONG)
    address = f"{name}@{_plain_domain(domain)}"
    try:
        validate_email(address)
    except ValidationError as error:
        raise ValidationError(WRONG) from error
    if len(address) > MOST:
        raise ValidationError(WRONG)
    return Mailbox(address, _key_of(address))


def address_hmac(key: str) -> bytes:
    """What is kept of an address where the address itself is not: 32 bytes, of a mailbox's `key`."""
    return digest(_PURPOSE, key.encode())


def address_hmacs(key: str) -> list[bytes]:
    """The same with every secret we ever had, the current one first: for looking up what may be old."""
    return digests(_PURPOSE, key.encode())


def _plain_domain(domain: str) -> str:
    """In lower case and ASCII."""
    if _READ_AS_OTHERS.intersection(domain):
        raise ValidationError(WRONG)
    try:
        return domain.encode("idna").decode().lower()
    except UnicodeError as error:
        raise ValidationError(WRONG) from error


def _key_of(address: str) -> str:
    name, _, domain = address.casefold().rpartition("@")
    name = name.partition("+")[0] or name
    if domain in DOTS_MEAN_NOTHING:
        name, domain = name.replace(".", ""), DOTS_MEAN_NOTHING[domain]
    return f"{name}@{domain}"
