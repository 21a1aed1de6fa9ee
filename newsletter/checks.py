"""What `manage.py check --deploy` says about the weekly email."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core import checks

from newsletter.rendering.headers import UnfitError, named_mailbox

WITHOUT_ADDRESS = checks.Warning(
    "NEWSLETTER_POSTAL_ADDRESS is not set: no issue of the weekly email goes out.",
    hint="Set it to the postal address of whoever publishes; it stands at the end of every issue.",
    id="newsletter.W001",
)
UNFIT_SENDER = checks.Error(
    "NEWSLETTER_FROM (or DEFAULT_FROM_EMAIL) is no sender that a message can name.",
    hint="Set it to a name and an address, for instance Drydock <weekly@drydock.example>",
    id="newsletter.E001",
)


@checks.register(checks.Tags.security, deploy=True)
def issues_can_go_out(**_: Any) -> list[checks.CheckMessage]:
    found: list[checks.CheckMessage] = []
    if not settings.NEWSLETTER_POSTAL_ADDRESS.strip():
        found.append(WITHOUT_ADDRESS)
    try:
        named_mailbox(settings.NEWSLETTER_FROM)
    except UnfitError:
        found.append(UNFIT_SENDER)
    return found
