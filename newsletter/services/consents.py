"""The steps of a consent, and the proof of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings

from newsletter.addresses import address_hmacs, read_mailbox
from newsletter.models import Consent, Subscriber
from newsletter.sending.readers import records_of_deliveries
from newsletter.services.suppressing import suppression_of
from newsletter.wording import agreed_words


def note(
    subscriber: Subscriber,
    kind: Consent.Kind,
    *,
    form: str,
    wording: str = "",
    network_tag: bytes | None = None,
    source: str = "",
    agreed_at: datetime | None = None,
) -> Consent:
    """Write one step down for good, under the address that the subscriber has now."""
    return Consent.objects.create(
        subscriber_id=subscriber.pk,
        address_hmac=bytes(subscriber.address_hmac),
        kind=kind,
        form=form,
        wording=wording,
        network_tag=network_tag,
        source=source,
        agreed_at=agreed_at,
    )


def proof_of(address: str) -> dict[str, Any]:
    """Everything known about the consent of an address, in plain values, oldest first; ValidationError for no address.

    After an erasure the address itself is gone, and whoever names it finds what is left by its keyed hash.
    """
    mailbox = read_mailbox(address)
    subscriber = Subscriber.objects.filter(address_key=mailbox.key).first()
    suppression = suppression_of(mailbox.key)
    return {
        "site": settings.SITE_URL,
        "address": mailbox.address,
        "compared_as": mailbox.key,
        "address_hmac": [made.hex() for made in address_hmacs(mailbox.key)],
        "subscription": _state(subscriber) if subscriber else None,
        "suppression": {"reason": suppression.reason, "at": suppression.at.isoformat(), "source": suppression.source}
        if suppression
        else None,
        "steps": _steps(Consent.objects.filter(address_hmac__in=address_hmacs(mailbox.key))),
    }


def records_of(subscriber: Subscriber) -> dict[str, Any]:
    """Everything that is kept about a subscriber, in plain values, for the export of their own records."""
    return {
        **_state(subscriber),
        "only_followed": subscriber.only_followed,
        "paused_until": subscriber.paused_until.isoformat() if subscriber.paused_until else None,
        "follows": {
            name: sorted(getattr(subscriber, name).values_list("slug", flat=True))
            for name in ("categories", "tools", "reviewers")
        },
        "steps": _steps(Consent.objects.filter(subscriber_id=subscriber.pk)),
        "issues": records_of_deliveries(subscriber),
    }


def _state(subscriber: Subscriber) -> dict[str, Any]:
    moments = {name: getattr(subscriber, name) for name in ("asked_at", "confirmed_at", "ended_at")}
    return {
        "number": subscriber.pk,
        "address": subscriber.address,
        "state": subscriber.state,
        **{name: at.isoformat() if at else None for name, at in moments.items()},
    }


def _steps(consents: Any) -> list[dict[str, Any]]:
    return [
        {
            "step": step.kind,
            "at": step.at.isoformat(),
            "subscriber": step.subscriber_id,
            "form": step.form,
            "wording": step.wording,
            "words": agreed_words(step.wording),
            "network_tag": bytes(step.network_tag).hex() if step.network_tag else None,
            "source": step.source,
            "agreed_at": step.agreed_at.isoformat() if step.agreed_at else None,
        }
        for step in consents.order_by("at", "pk")
    ]
