"""Mail through providers' HTTP interfaces, in real requests to one that is played (tests/newsletter/provider.py)."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from config.env import mailer
from newsletter.sending.providers import ProviderTransport
from newsletter.sending.transport import Kind, Outcome, Stage
from tests.newsletter.provider import Provider
from tests.newsletter.test_smtp import CAPTAIN, MATE, Marks, yes

MESSAGE = (
    b"Message-ID: <7.tail@drydock.example>\r\n"
    b"From: Drydock <captain@example.org>\r\nTo: mate@example.org\r\nSubject: =?utf-8?q?=C3=96l?=\r\n"
    b"Date: Thu, 26 Nov 2026 09:00:00 +0000\r\nList-Unsubscribe: <https://drydock.example/out>\r\n"
    b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/alternative; boundary="x"\r\n\r\n'
    b"--x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nAhoy.\r\n"
    b"--x\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Ahoy.</p>\r\n--x--\r\n"
)
SENT: dict[str, Any] = {
    "postmark": {"ErrorCode": 0, "Message": "OK", "MessageID": "b7bc-1", "To": MATE},
    "resend": {"id": "b7bc-1"},
    "brevo": {"messageId": "b7bc-1"},
    "sparkpost": {"results": {"total_rejected_recipients": 0, "total_accepted_recipients": 1, "id": "b7bc-1"}},
}


def carrier(settings: Settings, name: str, url: str) -> ProviderTransport:
    settings.MAILERS = {"newsletter": mailer(f"{name}://secret@?api_url={url}")}
    return ProviderTransport("newsletter")


@pytest.mark.parametrize("name", SENT)
def test_message_arrives_in_parts_with_its_headers(settings: Settings, name: str) -> None:
    with Provider([(200, SENT[name])]) as provider:
        road, marks = carrier(settings, name, provider.url), Marks()
        road.open()
        outcomes = [road.deliver(MESSAGE, CAPTAIN, MATE, marks) for _ in range(2)]
        road.close()
        road.close()
    assert outcomes == [Outcome(Kind.ACCEPTED, Stage.ANSWER, 200, provider_id="b7bc-1")] * 2
    assert marks.count == 2
    first, second = provider.requests
    assert first.body == second.body
    said = str(first.body)
    for part in ("Öl", "Ahoy.", "<p>Ahoy.</p>", "List-Unsubscribe=One-Click", "7.tail@drydock.example", MATE, CAPTAIN):
        assert part in said
    assert "09:00:00" not in said


def test_second_copy_carries_the_key_of_the_first(settings: Settings) -> None:
    with Provider([None, (200, SENT["resend"])]) as provider:
        road = carrier(settings, "resend", provider.url)
        kinds = [road.deliver(MESSAGE, CAPTAIN, MATE, yes).kind for _ in range(2)]
        road.close()
    assert kinds == [Kind.IN_DOUBT, Kind.ACCEPTED]
    assert [request.headers["idempotency-key"] for request in provider.requests] == ["<7.tail@drydock.example>"] * 2
    with Provider([(201, SENT["brevo"])]) as provider:
        road = carrier(settings, "brevo", provider.url)
        for _ in range(2):
            road.deliver(MESSAGE, CAPTAIN, MATE, yes)
        road.close()
    keys = {request.body["headers"]["idempotencyKey"] for request in provider.requests}
    assert len({uuid.UUID(key) for key in keys}) == 1


INACTIVE = f"You tried to send to recipient(s) that have been marked as inactive. Found inactive addresses: {MATE}."
ANSWERS: list[tuple[str, tuple[int, Any] | None, Kind]] = [
    ("postmark", (401, {"ErrorCode": 10, "Message": "Bad or missing server API token."}), Kind.SENDER_FAULT),
    ("postmark", (422, {"ErrorCode": 406, "Message": INACTIVE}), Kind.REJECTED),
    ("postmark", (422, {"ErrorCode": 406, "Message": f"Not to {MATE}"}), Kind.REJECTED),
    ("postmark", (200, {"ErrorCode": 0, "Message": "OK", "MessageID": "b7bc-1"}), Kind.IN_DOUBT),
    ("postmark", (422, {"ErrorCode": 300, "Message": "Invalid 'From' address: 'captain'."}), Kind.SENDER_FAULT),
    ("postmark", (503, {"ErrorCode": 100, "Message": "Maintenance"}), Kind.DEFERRED),
    ("resend", (422, {"message": "Invalid `to` field."}), Kind.REJECTED),
    ("resend", (422, {"message": "Invalid `from` field."}), Kind.SENDER_FAULT),
    ("resend", (403, {"message": "The domain is not verified."}), Kind.SENDER_FAULT),
    ("resend", (409, {"message": "Another request with the key is under way."}), Kind.DEFERRED),
    ("resend", (429, {"message": "Too many requests"}), Kind.DEFERRED),
    ("resend", (307, {}), Kind.SENDER_FAULT),
    ("resend", (500, {"message": "Oops"}), Kind.IN_DOUBT),
    ("resend", (502, "<h1>Bad gateway</h1>"), Kind.IN_DOUBT),
    ("resend", (504, ""), Kind.IN_DOUBT),
    ("resend", (200, "<h1>Welcome</h1>"), Kind.IN_DOUBT),
    ("resend", (200, {"unknown": 1}), Kind.IN_DOUBT),
    ("resend", None, Kind.IN_DOUBT),
]


@pytest.mark.parametrize(("name", "answer", "kind"), ANSWERS)
def test_every_answer_is_told_apart(settings: Settings, name: str, answer: tuple[int, Any] | None, kind: Kind) -> None:
    with Provider([answer]) as provider:
        road, marks = carrier(settings, name, provider.url), Marks()
        outcome = road.deliver(MESSAGE, CAPTAIN, MATE, marks)
        assert (outcome.kind, outcome.stage, marks.count, len(provider.requests)) == (kind, Stage.ANSWER, 1, 1)
        assert outcome.code == (answer[0] if answer and answer[0] != 307 else None)
        provider.answers = [(200, SENT[name])]
        assert road.deliver(MESSAGE, CAPTAIN, MATE, yes).kind is Kind.ACCEPTED
        road.close()


def test_provider_that_cannot_be_reached_leaves_no_doubt(settings: Settings) -> None:
    with Provider([(200, {})]) as provider:
        url = provider.url
    road = carrier(settings, "resend", url)
    outcome = road.deliver(MESSAGE, CAPTAIN, MATE, yes)
    assert (outcome.kind, outcome.stage, outcome.is_connecting) == (Kind.DEFERRED, Stage.CONNECT, True)
    road.close()


def test_mark_that_says_no_or_fails_sends_nothing(settings: Settings) -> None:
    def fail() -> bool:
        raise KeyboardInterrupt

    with Provider([(200, SENT["resend"])]) as provider:
        road = carrier(settings, "resend", provider.url)
        outcome = road.deliver(MESSAGE, CAPTAIN, MATE, lambda: False)
        assert (outcome.kind, outcome.stage) == (Kind.ABORTED, Stage.MARK)
        with pytest.raises(KeyboardInterrupt):
            road.deliver(MESSAGE, CAPTAIN, MATE, fail)
        assert provider.requests == []
        assert road.deliver(MESSAGE, CAPTAIN, MATE, yes).kind is Kind.ACCEPTED
        road.close()


def test_address_that_is_none_is_rejected_before_the_mark(settings: Settings) -> None:
    with Provider([(200, SENT["resend"])]) as provider:
        road, marks = carrier(settings, "resend", provider.url), Marks()
        for address in ("mate@", "mate", "mate@example.org\r\nBcc: spy@example.org"):
            assert road.deliver(MESSAGE, CAPTAIN, address, marks).kind is Kind.REJECTED
        road.close()
    assert (provider.requests, marks.count) == ([], 0)


def test_address_of_a_provider_makes_a_mailer() -> None:
    backend = "anymail.backends.{}.EmailBackend".format
    made = mailer("postmark://To%2Fken@?message_stream=broadcast")
    assert made == {
        "BACKEND": backend("postmark"),
        "OPTIONS": {"server_token": "To/ken", "message_stream": "broadcast"},
    }
    made = mailer("mailgun://key@mg.example.org?api_url=https://api.eu.mailgun.net/v3")
    options = {"api_key": "key", "sender_domain": "mg.example.org", "api_url": "https://api.eu.mailgun.net/v3"}
    assert made == {"BACKEND": backend("mailgun"), "OPTIONS": options}
    assert mailer("mailjet://key:secret@")["OPTIONS"] == {"api_key": "key", "secret_key": "secret"}
    for wrong in ("postmark://", "pigeon://key@", "smtp://", "https://mail.example.org"):
        with pytest.raises(SystemExit, match="NEWSLETTER_MAIL_URL must look like"):
            mailer(wrong, "NEWSLETTER_MAIL_URL")
