"""The postal address that law asks for in every issue."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext as _

from newsletter.rendering.letters import one_line


class NoPostalAddressError(Exception):
    """No issue may go out; its words are a sentence for an editor."""


def require_postal_address() -> str:
    """The address in one line. NoPostalAddressError without one: whoever sends asks here before the first message."""
    address = one_line(settings.NEWSLETTER_POSTAL_ADDRESS)
    if not address:
        said = _(
            "There is no postal address, which every issue has to name. Set NEWSLETTER_POSTAL_ADDRESS on the server."
        )
        raise NoPostalAddressError(said)
    return address
