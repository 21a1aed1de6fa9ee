"""An issue that has arrived everywhere, and what providers and mail servers report about it afterwards."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
import time
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.test import Client
from django.utils import timezone

from newsletter.models import Consent, Delivery, Issue, Subscriber, Suppression
from newsletter.sending import queue
from newsletter.sending.message_ids import message_id
from newsletter.sending.transport import Kind, Outcome, Stage
from tests.newsletter.audiences import being_sent

SECRETS = {"postmark": "drydock:s3cret", "mailgun": "signing-key", "resend": "whsec_" + base64.b64encode(b"k").decode()}
TAKEN = Outcome(Kind.ACCEPTED, Stage.ANSWER, 250, "2.0.0", "2.0.0 Ok")


def arrived(readers: int = 1, outcome: Outcome = TAKEN) -> Issue:
    """Their subscriptions are two months old."""
    issue = being_sent(readers)
    Subscriber.objects.update(confirmed_at=timezone.now() - timedelta(days=60))
    for claim in queue.claim(connection, issue_id=issue.pk, slot=1, most=readers):
        assert queue.mark(connection, claim)
        queue.record(connection, claim, outcome)
    return issue


def id_of(delivery: Delivery) -> str:
    return message_id(delivery.pk, delivery.issue.message_tail)


def bounce(
    delivery: Delivery, kind: str = "HardBounce", *, at: datetime | None = None, **fields: Any
) -> dict[str, Any]:
    """In Postmark's words."""
    return {
        "RecordType": "Bounce",
        "ID": fields.pop("number", 700),
        "Type": kind,
        "Email": delivery.address,
        "BouncedAt": (at or timezone.now()).isoformat(),
        "MessageID": "0a129aee-e1cd-480d-b08d-4f48548ff48d",
        "Metadata": {"message_id": id_of(delivery)},
        **fields,
    }


def complaint(delivery: Delivery, **fields: Any) -> dict[str, Any]:
    return {**bounce(delivery, "SpamComplaint", **fields), "RecordType": "SpamComplaint"}


def by_postmark(event: Any, secret: str = SECRETS["postmark"]) -> Any:
    """The answer to a report of Postmark's."""
    basic = base64.b64encode(secret.encode()).decode()
    return _report("postmark", json.dumps(event), authorization=f"Basic {basic}")


def by_mailgun(event: dict[str, Any], key: str = SECRETS["mailgun"]) -> Any:
    at, token = str(int(time.time())), "token"
    signature = hmac.new(key.encode(), f"{at}{token}".encode(), hashlib.sha256).hexdigest()
    signed = {"timestamp": at, "token": token, "signature": signature}
    return _report("mailgun", json.dumps({"signature": signed, "event-data": event}))


def by_resend(event: dict[str, Any], *, key: bytes = b"k", at: int | None = None, number: str = "msg_1") -> Any:
    body, moment = json.dumps(event), str(at or int(time.time()))
    signed = base64.b64encode(hmac.digest(key, f"{number}.{moment}.{body}".encode(), "sha256")).decode()
    headers = {"svix-id": number, "svix-timestamp": moment, "svix-signature": f"v1,b2xk v1,{signed}"}
    return _report("resend", body, **headers)


def _report(provider: str, body: str, **headers: str) -> Any:
    address = f"/newsletter/events/{provider}/"
    return Client().post(address, body, content_type="application/json", headers=headers)


def suppressions() -> dict[str, str]:
    """Each suppressed reader's address, with the reason."""
    rows = dict(Suppression.objects.values_list("address_hmac", "reason"))
    known = Subscriber.objects.filter(address_hmac__in=rows)
    return {reader.address: rows[bytes(reader.address_hmac)] for reader in known} | (
        {} if len(known) == len(rows) else {"nobody's": "?"}
    )


def withdrawn() -> list[int]:
    """Who has withdrawn the consent, once for each time."""
    return list(Consent.objects.filter(kind="withdrawn").values_list("subscriber_id", flat=True))


def told_thrice(
    chance: random.Random, deliveries: QuerySet[Delivery], forged: float
) -> tuple[list[tuple[dict[str, Any], bool]], dict[str, str]]:
    """One fate for each delivery, every report of it three times and in any order, with such a share of forged ones;
    and who has to be suppressed afterwards, and why.
    """
    told: list[tuple[dict[str, Any], bool]] = []
    wanted: dict[str, str] = {}
    rows = list(deliveries.order_by("subscriber_id").select_related("issue"))
    for number, delivery in enumerate(rows):
        fates = _fates(delivery, 1000 * number)
        fate = chance.choice(list(fates))
        told += [(event, True) for event in fates[fate] for _ in range(3)]
        if fate:
            wanted[str(delivery.address)] = fate
    for number in range(max(1, round(forged * len(told)))):
        told.append((complaint(chance.choice(rows), number=1000 * number + 999), False))
    chance.shuffle(told)
    return told, wanted


def _fates(delivery: Delivery, number: int) -> dict[str, list[dict[str, Any]]]:
    days = [timezone.now() - timedelta(days=day) for day in range(5)]
    softly = [bounce(delivery, "SoftBounce", number=number + day, at=days[day]) for day in range(5)]
    return {
        "": softly[:4],
        "bounced": [bounce(delivery, number=number), bounce(delivery, "SoftBounce", number=number + 1)],
        "complained": [complaint(delivery, number=number), bounce(delivery, number=number + 1)],
        "soft": softly,
    }
