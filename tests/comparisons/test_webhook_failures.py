"""Receivers that misbehave: what is tried again and when, who is paused, and that no answer can hold us up."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import LazySettings
from django.db.models import F
from django.utils import timezone

from comparisons.models import Webhook, WebhookDelivery
from comparisons.webhooks.desk import ping, receivers_needing_attention, resume
from comparisons.webhooks.payload import ping_event
from comparisons.webhooks.rounds import send_round
from comparisons.webhooks.sending import Answer, Letter, post
from comparisons.webhooks.signing import new_secret
from tests.comparisons.receiver import Receiver, Reply, make_webhook, receiving, states, wait_less
from tests.factories import make_tool

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# How long to wait for the next attempt at most, after each failure.
STEPS = [minutes * 1.2 * MINUTE for minutes in (1, 5, 15, 60, 180, 360, 360, 360)]


@pytest.fixture(autouse=True)
def _private(settings: LazySettings) -> None:
    settings.WEBHOOKS_MAY_REACH_PRIVATE = True


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


def send_to(url: str, seconds: float = 10) -> Answer:
    return post(Letter(url, (new_secret(),), ping_event()), seconds=seconds)


def failed(webhook: Webhook) -> str:
    webhook.refresh_from_db()
    return WebhookDelivery.objects.filter(webhook=webhook).latest("pk").error


class TestTryingAgain:
    def test_a_failure_is_tried_again_after_its_time_and_under_the_same_id(self, receiver: Receiver) -> None:
        webhook = make_webhook(receiver, "tool")
        receiver.replies = [503]
        make_tool()
        assert [send_round().failed, send_round().failed, len(receiver.got)] == [1, 0, 1]
        assert failed(webhook) == "It answered 503."
        assert webhook.failing_since is not None
        wait_less(MINUTE * 0.7)
        assert (send_round().delivered, len(receiver.got)) == (0, 1), "a fifth less than a minute is the shortest wait"
        wait_less(MINUTE * 0.5)
        assert send_round().delivered == 1
        assert len(set(receiver.ids)) == 1
        webhook.refresh_from_db()
        assert [webhook.failing_since, *states()] == [None, "delivered"]

    def test_waits_grow_up_to_six_hours(self, receiver: Receiver) -> None:
        make_webhook(receiver, "tool")
        receiver.always = 500
        make_tool()
        for minutes in (1, 5, 15, 60, 180, 360, 360):
            send_round()
            wait = WebhookDelivery.objects.get().not_before - timezone.now()
            assert minutes * 0.79 * MINUTE < wait <= minutes * 1.2 * MINUTE
            wait_less(wait)
        assert len(receiver.got) == 7

    def test_two_waits_are_not_the_same(self, receiver: Receiver) -> None:
        receiver.always = 500
        for _ in range(6):
            make_webhook(receiver, "tool")
        make_tool()
        send_round()
        found = WebhookDelivery.objects.values_list("not_before", "first_tried_at")
        assert len({round((later - first).total_seconds()) for later, first in found if first}) > 1

    def test_three_failures_end_the_round_for_a_receiver(self, receiver: Receiver) -> None:
        make_webhook(receiver, "tool")
        receiver.always = 500
        for _ in range(5):
            make_tool()
        assert [send_round().failed, send_round().failed] == [3, 2]

    def test_one_refused_receipt_holds_up_no_other_and_is_given_up_after_a_day(self, receiver: Receiver) -> None:
        webhook = make_webhook(receiver, "tool")
        make_tool()
        make_tool()
        receiver.replies = [400]
        assert (send_round().delivered, states()) == (1, ["queued", "delivered"])
        for step in STEPS:
            wait_less(step)
            receiver.replies = [400]
            make_tool()
            send_round()
        assert states() == ["failed", *["delivered"] * 9]
        webhook.refresh_from_db()
        assert webhook.paused_at is None

    def test_a_success_after_an_outage_brings_the_rest_forward(self, receiver: Receiver) -> None:
        make_webhook(receiver, "tool")
        receiver.always = 500
        make_tool()
        for step in STEPS[:5]:
            send_round()
            wait_less(step)
        send_round()
        receiver.always = 200
        make_tool()
        assert [send_round().delivered, send_round().delivered] == [1, 1]


class TestPausing:
    def test_a_day_without_a_success_pauses_and_says_so(self, receiver: Receiver) -> None:
        webhook = make_webhook(receiver, "tool")
        receiver.always = 500
        make_tool()
        send_round()
        wait_less(DAY - HOUR)
        send_round()
        webhook.refresh_from_db()
        assert webhook.paused_at is None
        assert [(found.is_paused, found.waiting) for found in receivers_needing_attention()] == [(False, 1)]
        wait_less(HOUR)
        send_round()
        webhook.refresh_from_db()
        assert webhook.failing_since is not None
        assert webhook.pause_reason == f"No success since {webhook.failing_since:%-d %b %Y %H:%M} UTC."
        (found,) = receivers_needing_attention()
        assert (found.pk, found.name, found.is_paused, found.since, found.waiting) == (
            *(webhook.pk, webhook.name, True, webhook.failing_since, 1),
        )
        make_tool()
        tries = len(receiver.got)
        wait_less(DAY)
        assert (send_round().failed, len(receiver.got), states()) == (0, tries, ["queued", "queued"])

    def test_what_waited_goes_out_in_order_when_it_is_resumed(self, receiver: Receiver) -> None:
        webhook = make_webhook(receiver, "tool")
        receiver.always = 500
        for _ in range(4):
            make_tool()
            send_round()
            wait_less(7 * HOUR)
        send_round()
        webhook.refresh_from_db()
        assert webhook.paused_at is not None
        make_tool()
        receiver.got.clear()
        receiver.always = 200
        resume(webhook)
        assert send_round().delivered == 5
        numbers = [got.event["data"]["id"] for got in receiver.got]
        assert numbers == sorted(numbers)
        assert receivers_needing_attention() == []

    def test_a_receipt_is_not_given_up_when_the_receiver_takes_none(self, receiver: Receiver) -> None:
        make_webhook(receiver, "tool")
        receiver.always = 500
        make_tool()
        send_round()
        WebhookDelivery.objects.update(first_tried_at=timezone.now() - DAY * 2, not_before=F("due_at"))
        assert (send_round().failed, states()) == (1, ["queued"])

    def test_gone_pauses_at_once(self, receiver: Receiver) -> None:
        webhook = make_webhook(receiver, "tool")
        receiver.replies = [410]
        make_tool()
        make_tool()
        assert (send_round().failed, len(receiver.got)) == (1, 1)
        webhook.refresh_from_db()
        assert webhook.pause_reason == "It answered 410 Gone: it wants no more."
        assert states() == ["queued", "queued"]


CASES: list[tuple[Reply, str]] = [
    (
        b"HTTP/1.1 302 Found\r\nLocation: /other\r\n\r\n",
        "It answered 302 and leads elsewhere. Redirects are not followed.",
    ),
    (b"HTTP/1.1 308 Moved\r\n\r\n", "It answered 308 and leads elsewhere. Redirects are not followed."),
    (404, "It answered 404."),
    (b"220 mail.example ESMTP\r\n", "What came back is no HTTP answer."),
    (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200, "What came back is no HTTP answer."),
    (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000, "What came back is no HTTP answer."),
    (b"", "The connection failed: Remote end closed connection without response."),
]


class TestAnswers:
    @pytest.mark.parametrize(("reply", "error"), CASES, ids=lambda value: repr(value)[:30])
    def test_each_bad_answer_is_named(self, receiver: Receiver, reply: Reply, error: str) -> None:
        receiver.always = reply
        assert send_to(receiver.url).error == error
        assert len(receiver.got) == 1, "a redirect leads nowhere"

    def test_every_status_of_success_is_one(self, receiver: Receiver) -> None:
        receiver.replies = [200, 201, 202, 204, 299]
        assert [send_to(receiver.url).status for _ in range(5)] == [200, 201, 202, 204, 299]

    def test_a_body_without_end_is_not_read_to_its_end(self, receiver: Receiver) -> None:
        sent: list[int] = []

        def pour(sock: Any) -> None:
            sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            while True:
                sent.append(sock.send(b"x" * 65536))

        receiver.always = pour
        assert send_to(receiver.url) == Answer(200)
        assert sum(sent) < 64 * 1024 * 1024

    @pytest.mark.parametrize(
        "start", [b"", b"HTTP/1.1 200 OK\r\nX-Slow: ", b"HTTP/1.1 100 Continue\r\n\r\n"], ids=["line", "header", "100"]
    )
    def test_an_answer_that_drips_in_is_given_up(self, receiver: Receiver, start: bytes) -> None:
        def drip(sock: Any) -> None:
            sock.sendall(start)
            while True:
                sock.sendall(b"z")
                time.sleep(0.05)

        receiver.always = drip
        answer = send_to(receiver.url, seconds=0.6)
        assert answer.error.startswith("No answer within 0.6 seconds")

    def test_a_receiver_that_says_nothing_is_given_up(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
            assert send_to(url, seconds=0.3).error.startswith("No answer within 0.3 seconds")
            assert send_to(url.replace("http:", "https:"), seconds=0.3).error.startswith("No answer within 0.3")

    def test_no_time_is_no_answer(self, receiver: Receiver) -> None:
        assert send_to(receiver.url, seconds=0).error.startswith("No answer within 0 seconds")

    def test_a_closed_port_is_named(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as once:
            port = once.getsockname()[1]
        assert send_to(f"http://127.0.0.1:{port}/").error == "The connection failed: Connection refused."

    def test_a_name_without_an_address_is_named(self) -> None:
        assert (
            send_to("http://no-such-host.invalid/").error == "Not sent: No address was found for no-such-host.invalid."
        )

    def test_a_fault_of_our_own_is_an_answer_too(
        self, receiver: Receiver, settings: LazySettings, caplog: pytest.LogCaptureFixture
    ) -> None:
        settings.SITE_URL = "https://kikötő.example"
        assert send_to(receiver.url).error.startswith("Not sent: something is wrong here.")
        assert "UnicodeEncodeError" in caplog.text

    def test_proxies_of_the_environment_are_not_used(self, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, "http://127.0.0.1:1")
        assert send_to(receiver.url).is_ok


def write_certificate(folder: Path, *, name: str = "localhost", days: int = 1) -> Path:
    """A certificate that vouches for itself, with its key, as a file."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    names = [x509.DNSName(name), x509.IPAddress(ip_address("127.0.0.9"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=9))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    path = folder / "certificate.pem"
    path.write_bytes(
        certificate.public_bytes(pem)
        + key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return path


class TestTLS:
    @pytest.mark.parametrize(
        ("fields", "is_believed", "error"),
        [
            ({}, True, ""),
            ({}, False, "The certificate does not hold: self-signed certificate."),
            ({"days": -1}, True, "The certificate does not hold: certificate has expired."),
            (
                {"name": "other.example"},
                True,
                "The certificate does not hold: Hostname mismatch, certificate is not valid for 'localhost'.",
            ),
        ],
        ids=["good", "unknown", "expired", "of another name"],
    )
    def test_only_a_certificate_that_holds_gets_a_receipt(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fields: Any, is_believed: Any, error: str
    ) -> None:
        path = write_certificate(tmp_path, **fields)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        asked: list[str] = []
        context.sni_callback = lambda _sock, name, _context: asked.append(name)
        if is_believed:
            monkeypatch.setenv("SSL_CERT_FILE", str(path))
        with receiving(tls=context) as receiver:
            webhook = make_webhook(receiver)
            answer = ping(webhook)
            assert (answer.error, len(receiver.got)) == (error, 0 if error else 1)
            assert asked == ["localhost"]
            if not error:
                assert receiver.got[0].headers["host"] == f"localhost:{receiver.port}"

    def test_a_receiver_without_tls_is_named(self, receiver: Receiver) -> None:
        error = send_to(receiver.url.replace("http:", "https:"), seconds=3).error
        assert error.startswith(("The connection failed", "No answer"))
        assert receiver.got == []
