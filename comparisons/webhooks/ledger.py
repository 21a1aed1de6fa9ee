"""The rows of deliveries: who is sent to next, and what an answer changes. Short, and nothing here waits for HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from secrets import SystemRandom

from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils import timezone

from comparisons.models import Receipt, Webhook, WebhookDelivery
from comparisons.webhooks.sending import Answer

BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360))
PATIENCE = timedelta(hours=24)
KEPT = timedelta(days=30)
LEASE = timedelta(seconds=75)
# After so long a silence a success means that the receiver is back, not that it dislikes one receipt.
OUTAGE = timedelta(hours=1)
GONE = 410
_random = SystemRandom()


def tidy() -> None:
    """Let go of what has waited or lain for a month, and end overlaps of secrets."""
    now = timezone.now()
    old = now - KEPT
    WebhookDelivery.objects.queued().filter(due_at__lte=old).update(state="expired", settled_at=now)
    WebhookDelivery.objects.filter(settled_at__lte=old).delete()
    Webhook.objects.filter(old_secret_until__lte=now).update(old_secret="", old_secret_until=None)


def lease_receivers(most: int) -> list[Webhook]:
    """Receivers for whom something is due and whom nobody serves, for this caller alone until their lease is over."""
    with transaction.atomic():
        free = (
            Webhook.objects.serving()
            .idle()
            .filter(pk__in=WebhookDelivery.objects.due().values("webhook"))
            .order_by("?")
        )
        found = list(free.select_for_update(skip_locked=True, no_key=True)[:most])
        until = timezone.now() + LEASE
        Webhook.objects.filter(pk__in=[webhook.pk for webhook in found]).update(busy_until=until)
    for webhook in found:
        webhook.busy_until = until
    return found


def release(webhook: Webhook) -> None:
    """Give a lease back, unless it ran out and somebody else has one."""
    Webhook.objects.filter(pk=webhook.pk, busy_until=webhook.busy_until).update(busy_until=None)


def next_due(webhook: Webhook, most: int) -> list[tuple[WebhookDelivery, Receipt]]:
    """What to send, in order. A receipt that was void before its time came was never shown: its delivery is dropped."""
    deliveries = list(webhook.deliveries.due().in_order()[:most])
    receipts = Receipt.objects.in_effect().in_bulk([delivery.receipt_id for delivery in deliveries])
    void = [delivery.pk for delivery in deliveries if delivery.receipt_id not in receipts]
    WebhookDelivery.objects.filter(pk__in=void).delete()
    return [(row, receipts[row.receipt_id]) for row in deliveries if row.receipt_id in receipts]


@transaction.atomic
def record(delivery: WebhookDelivery, answer: Answer) -> bool:
    """Write down what came of an attempt; whether the receiver may be sent more."""
    webhook = Webhook.objects.select_for_update(no_key=True).filter(pk=delivery.webhook_id).first()
    row = WebhookDelivery.objects.queued().filter(pk=delivery.pk).select_for_update().first()
    if webhook is None or row is None:
        return webhook is not None  # deleted meanwhile, or delivered by whoever took over an old lease
    now = timezone.now()
    row.attempts += 1
    row.first_tried_at = row.first_tried_at or now
    row.status_code, row.error = answer.status, answer.error[:300]
    if answer.is_ok:
        row.state, row.settled_at = WebhookDelivery.State.DELIVERED, now
        _note_success(webhook, now)
    else:
        _note_failure(webhook, row, answer, now)
    row.save(update_fields=["attempts", "first_tried_at", "status_code", "error", "state", "settled_at", "not_before"])
    return webhook.is_active and webhook.paused_at is None


def _note_success(webhook: Webhook, now: datetime) -> None:
    if webhook.failing_since and webhook.failing_since <= now - OUTAGE:
        WebhookDelivery.objects.queued().filter(webhook=webhook, not_before__gt=now, attempts__gt=0).update(
            not_before=now
        )
    webhook.failing_since, webhook.last_ok_at = None, now
    webhook.save(update_fields=["failing_since", "last_ok_at"])


def _note_failure(webhook: Webhook, row: WebhookDelivery, answer: Answer, now: datetime) -> None:
    row.not_before = now + BACK_OFF[min(row.attempts, len(BACK_OFF)) - 1] * _random.uniform(0.8, 1.2)
    if webhook.failing_since is None:
        webhook.failing_since = now
        webhook.save(update_fields=["failing_since"])
    first, last_ok = row.first_tried_at or now, webhook.last_ok_at
    if answer.status == GONE:
        _pause(webhook, "It answered 410 Gone: it wants no more.")
    elif webhook.failing_since <= now - PATIENCE:  # judged by an attempt, not by the clock: no worker may have run
        _pause(webhook, f"No success since {_minute(webhook.failing_since)}.")
    elif first <= now - PATIENCE and last_ok and last_ok > first:
        row.state, row.settled_at = WebhookDelivery.State.FAILED, now  # it takes others, and refuses this one


def bring_forward(webhook: Webhook) -> int:
    """Let everything that waits for another attempt go out now, in order, as if new; returns how much that is."""
    waiting = WebhookDelivery.objects.queued().filter(webhook=webhook, attempts__gt=0)
    return waiting.update(not_before=Now(), attempts=0, first_tried_at=None)


def _pause(webhook: Webhook, reason: str) -> None:
    webhook.paused_at, webhook.pause_reason = timezone.now(), reason
    Webhook.objects.filter(pk=webhook.pk, paused_at=None).update(
        paused_at=webhook.paused_at, pause_reason=webhook.pause_reason
    )


def _minute(moment: datetime | None) -> str:
    return f"{moment:%-d %b %Y %H:%M} UTC"


def lately(webhook: Webhook, most: int) -> list[WebhookDelivery]:
    """The newest deliveries to a receiver, with their receipts; one query."""
    return list(webhook.deliveries.newest_first()[:most])


def queue_since(webhook: Webhook, since: datetime) -> int:
    """Queue what took effect from a moment on, or will, or was entered since then with its history, of the kinds a
    receiver wants; what it has had goes out again, under the same id. Returns how much that is.
    """
    kinds: Sequence[str] = webhook.kinds or Receipt.Kind.values
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO comparisons_webhookdelivery"
            " (webhook_id, receipt_id, state, due_at, not_before, attempts, error)"
            " SELECT %s, id, 'queued', greatest(effective_at, now()), greatest(effective_at, now()), 0, ''"
            " FROM comparisons_receipt"
            " WHERE (effective_at >= %s OR recorded_at >= %s) AND act <> 'cancelled' AND kind = ANY(%s::text[])"
            " ORDER BY id"
            " ON CONFLICT (webhook_id, receipt_id) DO UPDATE SET state = 'queued', due_at = excluded.due_at,"
            " not_before = excluded.not_before, attempts = 0, first_tried_at = NULL, settled_at = NULL",
            [webhook.pk, since, since, list(kinds)],
        )
        return int(cursor.rowcount)
