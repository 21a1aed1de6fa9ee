"""The round through the mailbox for bounces."""

from __future__ import annotations

import logging

from django.conf import settings

from newsletter.sending.mailboxes import MailboxError, read_mailbox_at
from newsletter.sending.reports import read_report
from newsletter.services.events import settle_events, store_events

logger = logging.getLogger(__name__)


def read_bounces() -> tuple[int, int]:
    """Read what is new in the mailbox and act upon it; returns how many mails there were, and how many were reports
    about messages of ours. MailboxError says why it could not be read. Harmless twice and in parallel.
    """
    if not settings.NEWSLETTER_BOUNCE_MAILBOX:
        raise MailboxError("NEWSLETTER_BOUNCE_MAILBOX is not set.")
    taken = 0

    def take(raw: bytes) -> bool:
        nonlocal taken
        event = read_report(raw)
        if event is not None:
            store_events([event])
            taken += 1
        return event is not None

    read = read_mailbox_at(settings.NEWSLETTER_BOUNCE_MAILBOX, take)
    settle_events()
    return read, taken


def look_for_bounces() -> None:
    """The same by the clock: where there is no such mailbox there is nothing to do, and a failure is logged."""
    if settings.NEWSLETTER_BOUNCE_MAILBOX:
        try:
            read_bounces()
        except MailboxError as error:
            logger.warning("%s", error)
