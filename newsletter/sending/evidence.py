"""What a bounce, a complaint or a word of delivery proves: that the message was taken, whoever doubted it."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from newsletter.models import Delivery, MailEvent
from newsletter.sending.database import count
from newsletter.sending.message_ids import read_message_id

# In doubt, or waiting for its second copy, or held because of the doubt; not once it is claimed anew.
_SETTLE = """
UPDATE newsletter_delivery d
SET state = 'accepted', reason = '', doubts = d.doubts - 1, doubt_until = NULL, accepted_at = %(at)s,
    final_at = statement_timestamp()
WHERE d.id = %(pk)s AND d.final_at IS NULL AND d.doubts > 0
  AND (d.marked_at IS NOT NULL AND (d.state IN ('in_doubt', 'queued') OR d.state = 'held' AND d.reason = 'doubt')
       OR d.state = 'held' AND d.reason = 'restored')
"""


def delivery_of(message_id: str) -> Delivery | None:
    """The delivery that a Message-ID of ours names; None for one that is not ours, or of another database."""
    known = read_message_id(message_id)
    if known is None:
        return None
    return Delivery.objects.filter(pk=known[0], issue__message_tail=known[1]).first()


def note_evidence(delivery: Delivery, kind: str, at: datetime) -> None:
    """Settle a doubt, and note when the message bounced or was complained of first. Harmless twice, in any order."""
    count(connection, _SETTLE, {"pk": delivery.pk, "at": at})
    name = {MailEvent.Kind.HARD: "bounced_at", MailEvent.Kind.COMPLAINED: "complained_at"}.get(MailEvent.Kind(kind))
    if name is not None:
        Delivery.objects.filter(pk=delivery.pk, **{f"{name}": None}).update(**{name: at})
        Delivery.objects.filter(pk=delivery.pk, **{f"{name}__gt": at}).update(**{name: at})
