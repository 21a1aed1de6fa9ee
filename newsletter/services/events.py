"""What follows from bounces, complaints and the like.

A request, or a mail, is only written down: once, by provider and event number. The rest is done by a worker afterwards,
and follows from what is written down alone, so that it comes out the same in whatever order it was told.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models.functions import TruncDate
from django.utils import timezone
from kombu.exceptions import OperationalError

from newsletter.addresses import address_hmac, read_mailbox
from newsletter.locks import BOUNCES
from newsletter.models import Delivery, MailEvent, Subscriber, Suppression
from newsletter.sending.events import Event
from newsletter.sending.evidence import delivery_of, note_evidence
from newsletter.services.subscribing import unsubscribe
from newsletter.services.suppressing import suppress_hash

logger = logging.getLogger(__name__)

Kind, Reason = MailEvent.Kind, Suppression.Reason
FADES_AFTER = timedelta(days=30)
SOFT_DAYS = 5
KEPT_FOR = timedelta(days=90)
_MOST_AT_ONCE = 1_000


def store_events(events: Iterable[Event]) -> None:
    """Write down what was told; what is known already is not written again."""
    MailEvent.objects.bulk_create([_row(event) for event in events], ignore_conflicts=True)
    wake_events()


def wake_events() -> None:
    """Have a worker look soon after this transaction; without a broker the next round does."""
    from newsletter.tasks import settle_events_task

    def wake() -> None:
        with contextlib.suppress(OSError, OperationalError):
            settle_events_task.apply_async(retry=False)

    transaction.on_commit(wake)


def settle_events() -> int:
    """Act upon what was told; returns upon how much. Harmless twice and in parallel.

    One that fails is logged and waits for the next round, without keeping those behind it.
    """
    count = 0
    waiting = MailEvent.objects.filter(settled_at=None).order_by("pk")
    for pk in list(waiting.values_list("pk", flat=True)[:_MOST_AT_ONCE]):
        try:
            count += _settle(pk)
        except Exception:
            logger.exception("An event of a mail could not be settled.")
    return count


def forget_events(now: datetime) -> None:
    """They change nothing any more by then."""
    MailEvent.objects.filter(told_at__lte=now - KEPT_FOR).exclude(settled_at=None).delete()


@transaction.atomic
def _settle(pk: int) -> bool:
    event = MailEvent.objects.select_for_update(skip_locked=True).filter(pk=pk, settled_at=None).first()
    if event is None:
        return False  # another worker was quicker
    event.settled_at = timezone.now()
    delivery = delivery_of(event.message_id)
    if delivery is not None and delivery.address_key:
        event.address_hmac = address_hmac(delivery.address_key)  # whom the message was for, whoever may say otherwise
    event.save(update_fields=["settled_at", "address_hmac"])
    if event.at <= event.told_at - FADES_AFTER:
        return True  # a story of long ago, which somebody tells again
    if delivery is not None:
        note_evidence(delivery, event.kind, event.at)
    if event.address_hmac is not None:
        _follow(event, bytes(event.address_hmac), _subscriber(bytes(event.address_hmac), delivery))
    return True


def _subscriber(hashed: bytes, delivery: Delivery | None) -> Subscriber | None:
    """Whose mailbox it is today."""
    found = Subscriber.objects.filter(address_hmac=hashed).first()
    if found is None and delivery is not None:
        found = Subscriber.objects.filter(pk=delivery.subscriber_id, address_key=delivery.address_key).first()
    return found


def _follow(event: MailEvent, hashed: bytes, subscriber: Subscriber | None) -> None:
    is_active = subscriber is not None and subscriber.state == Subscriber.State.ACTIVE
    if subscriber is not None and is_active and subscriber.confirmed_at and subscriber.confirmed_at >= event.at:
        return  # they have said anew that they want it, at an address that works
    source = f"{event.kind} by {event.provider}"
    if event.kind in {Kind.COMPLAINED, Kind.UNSUBSCRIBED} and subscriber is not None and is_active:
        unsubscribe(subscriber, source)
    reason = _reason(event, hashed, subscriber)
    if reason is not None:
        for each in {hashed, *([bytes(subscriber.address_hmac)] if subscriber else [])}:
            suppress_hash(each, reason, source=source)


def _reason(event: MailEvent, hashed: bytes, subscriber: Subscriber | None) -> Suppression.Reason | None:
    if event.kind == Kind.HARD:
        return Reason.BOUNCED
    if event.kind == Kind.COMPLAINED:
        return Reason.COMPLAINED
    if event.kind == Kind.SOFT and _soft_days(event, hashed, subscriber) >= SOFT_DAYS:
        return Reason.SOFT
    return None


def _soft_days(event: MailEvent, hashed: bytes, subscriber: Subscriber | None) -> int:
    """On how many days of the last thirty the mailbox refused, whether those events were acted upon yet or not."""
    _wait_for_others(hashed)
    soft = MailEvent.objects.filter(kind=Kind.SOFT, address_hmac=hashed, at__gt=timezone.now() - FADES_AFTER)
    if subscriber is not None and subscriber.confirmed_at:
        soft = soft.filter(at__gt=subscriber.confirmed_at)
    return soft.annotate(day=TruncDate("at")).values("day").distinct().count()


def _wait_for_others(hashed: bytes) -> None:
    """Whoever counts the same mailbox's bounces at the same time does it after us, and then sees ours."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [BOUNCES, int.from_bytes(hashed[:4], signed=True)])


def _row(event: Event) -> MailEvent:
    hashed = None
    with contextlib.suppress(ValidationError):
        hashed = address_hmac(read_mailbox(event.recipient).key) if event.recipient else None
    return MailEvent(
        provider=event.provider,
        event_id=event.event_id,
        kind=event.kind,
        message_id=event.message_id,
        address_hmac=hashed,
        at=min(event.at, timezone.now()),
        raw_sha256=event.raw_sha256,
    )
