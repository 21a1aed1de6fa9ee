"""What providers report, once it is proved that it is they who report it.

django-anymail knows their words and how they sign. Which provider is believed, and by what secret, stands in
MAIL_EVENTS; nothing is looked up in the database before the proof.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Iterable
from typing import Any

from anymail.exceptions import AnymailError, AnymailWebhookValidationFailure
from anymail.signals import AnymailTrackingEvent, EventType, RejectReason
from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.module_loading import import_string

from newsletter.sending.events import Event, Kind, bounce_kind, digest_of
from newsletter.sending.message_ids import read_message_id

MOST_BYTES = 2**20
_MOST_SECONDS = 300  # how old a signed time may be
_PATH = "anymail.webhooks.{0}.{1}TrackingWebhookView"
# How each proves itself: by a signature under a key of this name, or by the name and password in the address it calls.
_PROOFS = {
    "brevo": (_PATH.format("brevo", "Brevo"), "webhook_secret"),
    "mailgun": (_PATH.format("mailgun", "Mailgun"), "webhook_signing_key"),
    "mailjet": (_PATH.format("mailjet", "Mailjet"), "webhook_secret"),
    "mailtrap": (_PATH.format("mailtrap", "Mailtrap"), "signing_secret"),
    "mandrill": ("anymail.webhooks.mandrill.MandrillCombinedWebhookView", "webhook_key"),
    "postmark": (_PATH.format("postmark", "Postmark"), "webhook_secret"),
    "resend": (_PATH.format("resend", "Resend"), "webhook_secret"),
    "sendgrid": (_PATH.format("sendgrid", "SendGrid"), "tracking_webhook_verification_key"),
    "sparkpost": (_PATH.format("sparkpost", "SparkPost"), "webhook_secret"),
}
_PLAIN = {
    EventType.DELIVERED: Kind.DELIVERED,
    EventType.COMPLAINED: Kind.COMPLAINED,
    EventType.UNSUBSCRIBED: Kind.UNSUBSCRIBED,
}
# A provider that refuses to send at all says what it has against the address.
_REFUSED = {
    RejectReason.SPAM: Kind.COMPLAINED,
    RejectReason.UNSUBSCRIBED: Kind.UNSUBSCRIBED,
    RejectReason.INVALID: Kind.HARD,
    RejectReason.BOUNCED: Kind.HARD,
}
# How they say that a bounce is final: {"Type": "HardBounce"}, {"severity": "permanent"}, {"event": "hard_bounce"}, ...
_FINAL = frozenset({"hardbounce", "hard_bounce", "permanent", "hard", "bademailaddress"})
_WHERE = ("Type", "type", "severity", "event", "bounce", "event-data", "data")


class ForgedError(Exception):
    """Whoever sent this does not know the secret."""


class UnreadableError(Exception):
    """It is the provider, and we do not understand it."""


def is_believed(provider: str) -> bool:
    return provider in settings.MAIL_EVENTS and provider in _PROOFS


def read_events(provider: str, request: HttpRequest) -> list[Event]:
    """What a request tells that matters; ForgedError without the proof, UnreadableError when it makes no sense."""
    secret = settings.MAIL_EVENTS[provider]
    path, name = _PROOFS[provider]
    try:
        if provider == "resend":
            _prove_resend(secret, request)
            view = import_string(path)(webhook_secret="unused:unused")  # noqa: S106 (proved above)
        else:
            view = import_string(path)(**{name: secret})
            view.run_validators(request)
        told: Iterable[AnymailTrackingEvent] = view.parse_events(request)
        raw = digest_of(request.body)
        return [event for each in told if (event := _event(provider, each, raw)) is not None]
    except AnymailWebhookValidationFailure as error:
        raise ForgedError(str(error)) from error
    except (AnymailError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise UnreadableError(type(error).__name__) from error


def _event(provider: str, told: AnymailTrackingEvent, raw: bytes) -> Event | None:
    kind = _kind(told)
    if kind is None or not isinstance(told.recipient or "", str):
        return None
    named = str((told.metadata or {}).get("message_id", ""))
    message_id = named if read_message_id(named) else str(told.message_id or "")
    at = told.timestamp or timezone.now()
    parts = [str(kind), message_id, told.recipient or "", str(told.timestamp)]
    event_id = told.event_id or hashlib.sha256("\n".join(parts).encode()).hexdigest()
    return Event(provider, f"{kind}:{event_id}"[:200], kind, message_id[:300], told.recipient or "", at, raw)


def _kind(told: AnymailTrackingEvent) -> Kind | None:
    """None for what changes nothing: opened, deferred, and the like."""
    if told.event_type == EventType.BOUNCED:
        words = " ".join(str(part) for part in (told.mta_response, told.description) if part)
        return bounce_kind(words, is_said_to_be_final=_is_final(told.esp_event))
    if told.event_type == EventType.REJECTED:
        return _REFUSED.get(told.reject_reason)
    return _PLAIN.get(told.event_type)


def _is_final(said: Any) -> bool:
    if isinstance(said, str):
        return said.lower() in _FINAL
    if hasattr(said, "get"):
        return any(_is_final(said.get(name)) for name in _WHERE)
    return False


def _prove_resend(secret: str, request: HttpRequest) -> None:
    """The signature of Svix, which signs for Resend: of number, time and body, under a key in base64."""
    number, at = request.headers.get("svix-id", ""), request.headers.get("svix-timestamp", "")
    if not at.isdecimal() or abs(time.time() - int(at)) > _MOST_SECONDS:
        raise ForgedError("It was signed at another time.")
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error as error:
        raise ForgedError("Our own secret is none.") from error
    signed = hmac.digest(key, f"{number}.{at}.".encode() + request.body, "sha256")
    wanted = f"v1,{base64.b64encode(signed).decode()}"
    given = request.headers.get("svix-signature", "").split()
    if not any(hmac.compare_digest(wanted.encode(), each.encode()) for each in given):
        raise ForgedError("The signature is another's.")
