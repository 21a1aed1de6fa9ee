"""Bounces and complaints by webhook: proved, written down once, and acted upon in any order."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from config.env import secrets
from newsletter.models import Delivery, MailEvent, Subscriber, Suppression
from newsletter.services import erase, suppress, tidy
from newsletter.services.events import settle_events
from tests.newsletter.post import subscribed
from tests.newsletter.reporting import (
    SECRETS,
    arrived,
    bounce,
    by_mailgun,
    by_postmark,
    by_resend,
    complaint,
    id_of,
    suppressions,
    told_thrice,
    withdrawn,
)
from tests.newsletter.test_queue import SILENCE

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def believed(settings: Settings) -> None:
    settings.MAIL_EVENTS = SECRETS


def the_one() -> Delivery:
    return Delivery.objects.select_related("issue").get()


def settled(*events: dict[str, Any]) -> None:
    for event in events:
        assert by_postmark(event).status_code == 200
    settle_events()


def test_bounce_for_good_suppresses_at_once() -> None:
    arrived(2)
    first, second = Delivery.objects.order_by("subscriber_id")
    settled(bounce(first, Details="smtp;550 5.1.1 Nobody of that name"))
    assert suppressions() == {first.address: "bounced"}
    assert Suppression.objects.get().source == "hard by postmark"
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, first.bounced_at is not None, second.bounced_at) == ("accepted", True, None)
    assert not Subscriber.objects.mailable().filter(pk=first.subscriber_id).exists()
    assert withdrawn() == []
    event = MailEvent.objects.get()
    assert (event.kind, event.message_id, len(event.raw_sha256)) == ("hard", id_of(first), 32)
    assert "reader1" not in str(MailEvent.objects.values())


@pytest.mark.parametrize(
    ("kind", "words", "reason"),
    [
        ("HardBounce", "smtp;550 5.1.1 Nobody", "bounced"),
        ("HardBounce", "smtp;550-5.1.1 The account does not exist", "bounced"),
        ("HardBounce", "", "bounced"),
        ("SoftBounce", "smtp;550 5.1.1 Nobody", "bounced"),
        ("HardBounce", "smtp;552 5.2.2 Mailbox full", None),
        ("HardBounce", "smtp;550 5.7.1 Policy", None),
        ("SoftBounce", "smtp;450 4.2.0 Greylisted by 192.5.1.1.1", None),
        ("SoftBounce", "", None),
        ("BadEmailAddress", "", "bounced"),
        ("Transient", "smtp;450 4.2.0 Later", None),
        ("AutoResponder", "", None),
        ("ManuallyDeactivated", "", None),
        ("SpamNotification", "", "complained"),
    ],
)
def test_what_a_server_says_outweighs_what_the_provider_makes_of_it(kind: str, words: str, reason: str | None) -> None:
    arrived()
    settled(bounce(the_one(), kind, Details=words))
    assert suppressions() == ({the_one().address: reason} if reason else {})


def test_soft_bounces_of_five_days_suppress_and_many_of_one_day_do_not() -> None:
    arrived()
    days = [timezone.now() - timedelta(days=day) for day in (25, 18, 11, 4)]
    settled(*(bounce(the_one(), "SoftBounce", number=number, at=at) for number, at in enumerate(days)))
    same_day = days[-1].replace(hour=12)
    settled(*(bounce(the_one(), "SoftBounce", number=10 + n, at=same_day) for n in range(9)))
    assert suppressions() == {}
    settled(bounce(the_one(), "SoftBounce", number=99))
    assert suppressions() == {the_one().address: "soft"}


def test_soft_bounces_fade_after_thirty_days() -> None:
    arrived()
    days = [timezone.now() - timedelta(days=day) for day in (31, 18, 11, 4, 0)]
    settled(*(bounce(the_one(), "SoftBounce", number=number, at=at) for number, at in enumerate(days)))
    assert suppressions() == {}


def test_complaint_suppresses_and_withdraws_the_consent_once() -> None:
    arrived()
    reader = Subscriber.objects.get()
    for number in range(3):
        settled(complaint(the_one(), number=number), complaint(the_one(), number=number))
    reader.refresh_from_db()
    assert (reader.state, withdrawn(), suppressions()) == (
        "unsubscribed",
        [reader.pk],
        {reader.address: "complained"},
    )
    assert the_one().complained_at is not None
    settled(bounce(the_one(), number=50))
    assert suppressions() == {reader.address: "complained"}


def test_unsubscribing_at_the_provider_counts_like_here() -> None:
    arrived()
    event = {"RecordType": "SubscriptionChange", "Recipient": the_one().address, "SuppressSending": True}
    settled({**event, "SuppressionReason": "ManualSuppression", "ChangedAt": timezone.now().isoformat()})
    assert (withdrawn(), suppressions()) == ([the_one().subscriber_id], {the_one().address: "unsubscribed"})


def test_whoever_confirmed_anew_is_not_thrown_out_by_an_old_story() -> None:
    arrived()
    hour = timezone.now() - timedelta(hours=1)
    Subscriber.objects.update(confirmed_at=timezone.now())
    settled(bounce(the_one(), at=hour), complaint(the_one(), at=hour, number=2))
    assert (suppressions(), withdrawn()) == ({}, [])
    assert the_one().bounced_at == hour


def test_story_of_long_ago_does_nothing() -> None:
    arrived()
    settled(bounce(the_one(), at=timezone.now() - timedelta(days=31)))
    assert (suppressions(), the_one().bounced_at) == ({}, None)


def test_whom_the_message_was_for_counts_and_not_whom_the_report_names() -> None:
    arrived()
    other = subscribed("other@example.org")
    settled({**bounce(the_one()), "Email": other.address})
    assert suppressions() == {the_one().address: "bounced"}


def test_message_that_is_none_of_the_weekly_emails_counts_by_its_address() -> None:
    reader = subscribed("mate@example.org")
    Subscriber.objects.update(confirmed_at=timezone.now() - timedelta(days=60))
    event = {"RecordType": "Bounce", "ID": 1, "Type": "HardBounce", "MessageID": "x", "Metadata": {}}
    settled({**event, "Email": "Mate+code@Example.org", "BouncedAt": timezone.now().isoformat()})
    assert suppressions() == {reader.address: "bounced"}
    settled({**event, "ID": 2, "Email": "nobody at all", "BouncedAt": timezone.now().isoformat()})
    settled({**event, "ID": 3, "Email": None, "BouncedAt": timezone.now().isoformat()})
    assert MailEvent.objects.filter(settled_at=None).count() == 0


def test_whoever_was_erased_stays_erased() -> None:
    arrived()
    erase(Subscriber.objects.get(), form="test")
    settled(complaint(the_one()))
    assert set(Suppression.objects.values_list("reason", flat=True)) <= {"erased", "complained"}
    assert not Subscriber.objects.exists()


@pytest.mark.parametrize("kind", ["delivered", "bounced"])
def test_report_settles_a_doubt(kind: str) -> None:
    arrived(outcome=SILENCE)
    assert the_one().state == "in_doubt"
    event = bounce(the_one(), "SoftBounce")
    if kind == "delivered":
        event = {**event, "RecordType": "Delivery", "DeliveredAt": event["BouncedAt"], "Recipient": the_one().address}
    settled(event)
    settled(event)
    assert (the_one().state, the_one().doubts, the_one().doubt_until) == ("accepted", 0, None)


def test_forged_reports_are_refused_and_leave_nothing() -> None:
    arrived()
    event = bounce(the_one())
    assert by_postmark(event, "drydock:wrong").status_code == 403
    assert by_postmark(event, "").status_code == 403
    told = {"event": "complained", "recipient": the_one().address, "timestamp": 1.0, "id": "x"}
    assert by_mailgun(told, "another-key").status_code == 403
    mail = {"type": "email.complained", "created_at": timezone.now().isoformat(), "data": {"email_id": "1"}}
    assert by_resend(mail, key=b"another").status_code == 403
    assert by_resend(mail, at=1_700_000_000).status_code == 403
    assert not MailEvent.objects.exists()


def test_each_provider_proves_itself_its_own_way() -> None:
    arrived(2)
    first, second = Delivery.objects.order_by("subscriber_id").select_related("issue")
    told = {
        **{"event": "failed", "severity": "permanent", "id": "G9Bn5sl1TC6nu79C8C0bwg", "recipient": first.address},
        **{"timestamp": timezone.now().timestamp(), "message": {"headers": {"message-id": id_of(first).strip("<>")}}},
        **{"delivery-status": {"code": 550, "message": "5.1.1 Nobody"}, "user-variables": {}, "tags": []},
    }
    assert by_mailgun(told).status_code == 200
    data = {"email_id": "56761188", "to": [second.address], "headers": []}
    mail = {"type": "email.complained", "created_at": timezone.now().isoformat(), "data": data}
    assert by_resend(mail).status_code == 200
    settle_events()
    assert suppressions() == {first.address: "bounced", second.address: "complained"}


@pytest.mark.parametrize("body", ["", "{", "[]", "null", "7", '{"RecordType": "Bounce", "Metadata": 7}', "\udcff"])
def test_nonsense_of_a_provider_is_no_fault_of_ours(body: str) -> None:
    sent = body.encode("utf-8", "surrogateescape")
    headers = {"authorization": "Basic ZHJ5ZG9jazpzM2NyZXQ="}
    answer = Client().post("/newsletter/events/postmark/", sent, content_type="application/json", headers=headers)
    assert answer.status_code in {200, 400, 411}
    assert settle_events() == 0


def test_too_much_at_once_is_refused_unread() -> None:
    event = {"RecordType": "Bounce", "Description": "x" * 2**20}
    assert by_postmark(event).status_code == 413


def test_only_configured_providers_have_an_address() -> None:
    client = Client()
    assert client.head("/newsletter/events/postmark/").status_code == 200
    assert client.get("/newsletter/events/postmark/").status_code == 405
    for unknown in ("brevo", "nobody"):
        assert client.post(f"/newsletter/events/{unknown}/").status_code == 404


def test_reports_shuffled_told_thrice_and_partly_forged_come_out_the_same() -> None:
    """F21, in small: one fate for each reader, whatever the order, the repetitions and the forgeries."""
    arrived(16)
    told, wanted = told_thrice(random.Random(21), Delivery.objects.all(), forged=0.1)  # noqa: S311
    for number, (event, is_true) in enumerate(told):
        assert by_postmark(event, SECRETS["postmark"] if is_true else "x:y").status_code == (200 if is_true else 403)
        if number % 50 == 0:
            settle_events()
    settle_events()
    assert suppressions() == wanted
    complained = Subscriber.objects.filter(address__in=[each for each, fate in wanted.items() if fate == "complained"])
    assert sorted(withdrawn()) == sorted(complained.values_list("pk", flat=True))
    assert MailEvent.objects.count() == len({(event["RecordType"], event["ID"]) for event, is_true in told if is_true})


def test_without_a_worker_the_command_acts_upon_reports(capsys: pytest.CaptureFixture[str]) -> None:
    arrived()
    by_postmark(bounce(the_one()))
    call_command("tend_subscribers")
    assert ", 1 reports acted upon," in capsys.readouterr().out
    assert suppressions() == {the_one().address: "bounced"}


def test_events_are_forgotten_after_ninety_days() -> None:
    arrived()
    settled(bounce(the_one()))
    tidy()
    assert MailEvent.objects.count() == 1
    MailEvent.objects.update(told_at=timezone.now() - timedelta(days=91))
    tidy()
    assert MailEvent.objects.count() == 0


def test_stronger_reason_of_an_editor_stays() -> None:
    arrived()
    suppress(str(the_one().address_key), Suppression.Reason.BY_HAND, source="desk")
    settled(bounce(the_one()))
    assert suppressions() == {the_one().address: "by hand"}


def test_secrets_are_told_by_name_and_may_hold_an_equals_sign(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_EVENTS", "postmark=name:pass, sendgrid=MFk=")
    assert secrets("MAIL_EVENTS") == {"postmark": "name:pass", "sendgrid": "MFk="}
    for wrong in ("postmark", "postmark=", "=x"):
        monkeypatch.setenv("MAIL_EVENTS", wrong)
        with pytest.raises(SystemExit, match="MAIL_EVENTS must look like"):
            secrets("MAIL_EVENTS")
