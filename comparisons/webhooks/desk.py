"""What an operator does with receivers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from comparisons.models import Webhook
from comparisons.webhooks.ledger import bring_forward, queue_since
from comparisons.webhooks.payload import ping_event
from comparisons.webhooks.sending import Answer, Letter, post
from comparisons.webhooks.signing import new_secret

OVERLAP = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Attention:
    """A receiver that does not get its receipts: since when, why, and how many wait."""

    pk: int
    name: str
    is_paused: bool
    since: datetime
    reason: str
    waiting: int


@transaction.atomic
def register(webhook: Webhook) -> Webhook:
    """Add a receiver with a secret of its own. It gets what takes effect from now on, scheduled or not."""
    webhook.secret = new_secret()
    webhook.save(force_insert=True)
    queue_since(webhook, timezone.now())
    return webhook


def change(webhook: Webhook) -> None:
    """Save what the desk may change; the kinds decide on receipts written from now on."""
    webhook.save(update_fields=["name", "url", "kinds", "is_active"])


class OverlapError(ValueError):
    """An old secret is still in force: a third one would end it unawares."""


def rotate_secret(webhook: Webhook) -> datetime:
    """Give a receiver a new secret; returns until when deliveries are signed with both. OverlapError during that."""
    until = timezone.now() + OVERLAP
    alone = Webhook.objects.filter(pk=webhook.pk, old_secret="")
    if not alone.update(secret=new_secret(), old_secret=F("secret"), old_secret_until=until):
        raise OverlapError(_("The old secret is still in force. Stop it first."))
    webhook.refresh_from_db()
    return until


def stop_old_secret(webhook: Webhook) -> None:
    """Sign with the new secret alone from now on. Harmless twice."""
    Webhook.objects.filter(pk=webhook.pk).update(old_secret="", old_secret_until=None)
    webhook.refresh_from_db()


@transaction.atomic
def resume(webhook: Webhook) -> int:
    """Send to a receiver again, beginning with what has waited longest; returns how many were waiting for a retry."""
    Webhook.objects.filter(pk=webhook.pk).update(paused_at=None, pause_reason="", failing_since=None)
    webhook.refresh_from_db()
    return bring_forward(webhook)


def replay(webhook: Webhook, *, since: datetime) -> int:
    """Queue everything in effect since a moment once more, under the same ids; returns how many that is."""
    return queue_since(webhook, since)


def ping(webhook: Webhook) -> Answer:
    """Send a signed event without a receipt and wait for the answer, ten seconds at most. It changes nothing here."""
    return post(Letter.to(webhook, ping_event()))


def receivers_needing_attention() -> list[Attention]:
    """Receivers that are paused, or that have failed since their last success; the paused ones first; one query."""
    return [
        Attention(
            *(row.pk, row.name, row.paused_at is not None, row.failing_since or row.paused_at),
            row.pause_reason or "It is tried again.",
            row.waiting_count,
        )
        for row in Webhook.objects.failing().rows()
    ]
