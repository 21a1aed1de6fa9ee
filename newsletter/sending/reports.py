"""Reports that come by mail: of delivery that failed (RFC 3464), and of readers who complained (RFC 5965)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime

from django.utils import timezone

from newsletter.sending.events import Event, Kind, bounce_kind, digest_of
from newsletter.sending.return_paths import of_return_path

PROVIDER = "mailbox"
_ADDRESSED_TO = ("Delivered-To", "X-Original-To", "Envelope-To", "To")


def read_report(raw: bytes) -> Event | None:
    """What a mail in the mailbox for bounces tells; None for whatever is no report, or about no message of ours."""
    report = message_from_bytes(raw)
    found = _complaint(report) or _failure(report)
    if found is None:
        return None
    message_id, kind = found
    digest = digest_of(raw)
    return Event(PROVIDER, digest.hex(), kind, message_id, "", _date(report), digest)


def _failure(report: Message) -> tuple[str, Kind] | None:
    message_id = _own_id(report, _ADDRESSED_TO)
    if message_id is None:
        return None
    for fields in _blocks(report, "message/delivery-status"):
        action, status = _field(fields, "Action").lower(), _field(fields, "Status")
        if action == "failed":
            words = f"{_field(fields, 'Diagnostic-Code')} {status}"
            return message_id, bounce_kind(words, is_said_to_be_final=status.startswith("5"))
        if action == "delivered":
            return message_id, Kind.DELIVERED
    return None


def _complaint(report: Message) -> tuple[str, Kind] | None:
    """The message complained of is in the report, and its return path, which we signed, with it."""
    for fields in _blocks(report, "message/feedback-report"):
        if _field(fields, "Feedback-Type").lower() != "abuse":
            continue
        for part in (fields, *_blocks(report, "message/rfc822"), *_blocks(report, "text/rfc822-headers")):
            message_id = _own_id(part, ("Original-Mail-From", "Return-Path"))
            if message_id is not None:
                return message_id, Kind.COMPLAINED
    return None


def _own_id(part: Message, names: tuple[str, ...]) -> str | None:
    values = [str(value) for name in names for value in part.get_all(name, [])]
    for _, address in getaddresses(values):
        message_id = of_return_path(address)
        if message_id is not None:
            return message_id
    return None


def _blocks(report: Message, kind: str) -> Iterator[Message]:
    """The groups of fields in the parts of a type, whether Python's parser has taken them for messages or not."""
    for part in report.walk():
        if part.get_content_type() != kind:
            continue
        inside = part.get_payload()
        if isinstance(inside, list):
            yield from (each for each in inside if isinstance(each, Message))
        else:
            decoded = part.get_payload(decode=True)
            yield message_from_bytes(decoded.lstrip() if isinstance(decoded, bytes) else b"")


def _field(fields: Message, name: str) -> str:
    return " ".join(str(fields.get(name, "")).split())


def _date(report: Message) -> datetime:
    try:
        at = parsedate_to_datetime(str(report["Date"]))
    except ValueError:
        return timezone.now()
    return at if at.tzinfo else at.replace(tzinfo=UTC)
