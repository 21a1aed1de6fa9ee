"""One spelling for every email address."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

MOST = 254
WRONG = _("That is no email address we can send to. It needs a name, an @ and a domain, like mate@example.org.")


def clean_address(text: str) -> str:
    """The address in lower case with its domain in ASCII; ValidationError with a sentence for the person.

    >>> clean_address("Mate@Bücher.example")
    'mate@xn--bcher-kva.example'
    """
    name, _, domain = text.strip().rpartition("@")
    try:
        address = f"{name}@{domain.encode('idna').decode()}".lower()
        validate_email(address)
    except (UnicodeError, ValidationError) as error:
        raise ValidationError(WRONG) from error
    if len(address) > MOST:
        raise ValidationError(WRONG)
    return address


def address_tag(address: str) -> str:
    """What limits keep instead of an address; without our key nobody can tell whose it was."""
    return salted_hmac("accounts.addresses", address, algorithm="sha256").hexdigest()
