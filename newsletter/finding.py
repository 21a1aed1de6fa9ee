"""Finding a subscriber by what somebody typed: a whole address in any spelling, the beginning of one, or a number.

Every way is an index: of a million readers none but the found are looked at.
"""

from __future__ import annotations

import contextlib

from django.core.exceptions import ValidationError
from django.db.models import Q

from newsletter.addresses import DOTS_MEAN_NOTHING, address_hmacs, read_mailbox

_MOST_DIGITS = 18


def keys_of(term: str) -> list[str]:
    """What the `address_key` of a wanted subscriber may begin with."""
    name, at, domain = term.strip().casefold().partition("@")
    name = name.partition("+")[0] or name
    if not at:
        return list(dict.fromkeys((name, name.replace(".", ""))))
    with contextlib.suppress(UnicodeError):  # the beginning of a domain need not be one
        domain = domain.encode("idna").decode().lower() if domain else ""
    found = [f"{name}@{domain}"]
    for other, kept in DOTS_MEAN_NOTHING.items():
        if other.startswith(domain):
            found.append(f"{name.replace('.', '')}@{kept}")
    return list(dict.fromkeys(found))


def wanted(term: str) -> Q:
    """The subscribers that somebody means, however they spell a whole address."""
    keys = {*keys_of(term)} - {""}
    with contextlib.suppress(ValidationError):
        keys = {read_mailbox(term).key}
    found = Q()
    for key in sorted(keys):
        found |= Q(address_key__startswith=key)
    number = term.strip().removeprefix("#")
    if number.isascii() and number.isdecimal() and len(number) <= _MOST_DIGITS:
        found |= Q(pk=int(number))
    return found or Q(pk__in=[])


def suppressed_hashes(term: str) -> list[bytes]:
    """By what the list of suppressions knows an address; none for anything but a whole address."""
    with contextlib.suppress(ValidationError):
        return address_hmacs(read_mailbox(term).key)
    return []
