"""Which addresses receipts may be sent to. Whoever registers one must not make this server talk to its own network."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext as _

from editorial import reaching
from editorial.reaching import AddressError, Reach, Target, is_public

__all__ = ["AddressError", "is_public", "read_url", "receivers_reach"]


def receivers_reach() -> Reach:
    """Public addresses over https; the operator's own network, and plain http, where the operator allows those."""
    hint = _("%(address)s is not a public address; WEBHOOKS_MAY_REACH_PRIVATE=1 would allow it.")
    may_reach_private = settings.WEBHOOKS_MAY_REACH_PRIVATE
    return Reach(plain=settings.LOCAL or may_reach_private, private=may_reach_private, hint=hint)


def read_url(url: str) -> Target:
    """An address that may be registered; AddressError says why not. Names are looked up only when something is sent."""
    return reaching.read_url(url, receivers_reach())
