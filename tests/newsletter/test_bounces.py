"""Reports that come by mail: only those about a message of ours, to an address that we signed, count."""

from __future__ import annotations

import mailbox
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django.fixtures import Settings

from newsletter.models import Delivery, MailEvent
from newsletter.sending import queue
from newsletter.sending.letters import Letters
from newsletter.sending.return_paths import of_return_path, return_path
from newsletter.tasks import read_bounces_task
from tests.certificates import make_certificate, server_context
from tests.newsletter.audiences import being_sent
from tests.newsletter.imap import Imap
from tests.newsletter.reporting import arrived, id_of, suppressions, withdrawn

pytestmark = pytest.mark.django_db

REPORT = """\
From: MAILER-DAEMON@mx.example.org
To: {to}
Date: {date}
Subject: Undelivered Mail
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="x"

--x
Content-Type: text/plain

I am sorry.
--x
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; {recipient}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {words}

--x
Content-Type: text/rfc822-headers

Subject: The weekly email
--x--
"""
COMPLAINT = """\
From: feedback@provider.example
To: abuse@drydock.example
Date: {date}
Subject: complaint
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="x"

--x
Content-Type: text/plain

A reader complained.
--x
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: Provider/1.0
Version: 1

--x
Content-Type: message/rfc822

Return-Path: <{path}>
Subject: The weekly email

Ahoy.
--x--
"""


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> mailbox.Maildir:
    settings.NEWSLETTER_BOUNCE_ADDRESS = "bounces@drydock.example"
    settings.NEWSLETTER_BOUNCE_MAILBOX = f"maildir://{tmp_path / 'bounces'}"
    return mailbox.Maildir(tmp_path / "bounces")


def the_one() -> Delivery:
    return Delivery.objects.select_related("issue").get()


def path() -> str:
    return return_path(id_of(the_one()), "")


def report(
    to: str | None = None, action: str = "failed", status: str = "5.1.1", words: str = "550 5.1.1 Nobody"
) -> bytes:
    now = format_datetime(datetime.now(UTC))
    told = {"to": path() if to is None else to, "date": now, "recipient": "forwarded@elsewhere.example"}
    return REPORT.format(**told, action=action, status=status, words=words).replace("\n", "\r\n").encode()


def complained(about: str, kind: str = "abuse") -> bytes:
    now = format_datetime(datetime.now(UTC))
    return COMPLAINT.format(date=now, path=about, kind=kind).replace("\n", "\r\n").encode()


def read(folder: mailbox.Maildir, *mails: bytes) -> None:
    for mail in mails:
        folder.add(mail)
    call_command("read_bounces")


def test_report_of_a_mailbox_that_is_not_there_suppresses_it(
    folder: mailbox.Maildir, capsys: pytest.CaptureFixture[str]
) -> None:
    arrived()
    read(folder, report())
    assert capsys.readouterr().out == "1 mails read, 1 of them reports about ours.\n"
    assert suppressions() == {the_one().address: "bounced"}
    assert the_one().bounced_at is not None
    assert list(folder.iterkeys()) == []
    read(folder, report())
    assert MailEvent.objects.values("provider", "event_id").distinct().count() == MailEvent.objects.count()


@pytest.mark.parametrize(
    ("action", "status", "words", "kind"),
    [
        ("failed", "5.1.1", "550 5.1.1 Nobody", "hard"),
        ("failed", "5.0.0", "550 5.1.1 Nobody", "hard"),  # the receiving server's own words come first
        ("failed", "5.2.2", "552 Mailbox full", "soft"),
        ("failed", "4.4.1", "connect timed out", "soft"),
        ("failed", "5", "550 Nobody", "hard"),
        ("delivered", "2.0.0", "250 Ok", "delivered"),
    ],
)
def test_kinds_of_reports(folder: mailbox.Maildir, action: str, status: str, words: str, kind: str) -> None:
    arrived()
    read(folder, report(None, action, status, words))
    assert [event.kind for event in MailEvent.objects.all()] == [kind]
    assert suppressions() == ({the_one().address: "bounced"} if kind == "hard" else {})


def test_complaint_by_mail_suppresses_and_withdraws(folder: mailbox.Maildir) -> None:
    arrived()
    read(folder, complained(path(), "fraud"), complained("bounces@drydock.example"))
    assert (suppressions(), len(list(folder.iterkeys()))) == ({}, 2)
    read(folder, complained(path()))
    assert suppressions() == {the_one().address: "complained"}
    assert withdrawn() == [the_one().subscriber_id]


def test_forged_reports_do_nothing_and_stay_for_a_person(folder: mailbox.Maildir) -> None:
    arrived(2)
    first, second = Delivery.objects.order_by("subscriber_id").select_related("issue")
    own, other = return_path(id_of(first), ""), return_path(id_of(second), "")
    number, secret, tag = own.partition("+")[2].partition("@")[0].split(".")
    forged = [
        "",
        "bounces@drydock.example",
        f"bounces+{second.pk}.{secret}.{tag}@drydock.example",  # the signature of one's own message under another's
        f"bounces+{number}.{secret}.{'0' * 20}@drydock.example",
        f"bounces+{number}.{'0' * 16}.{tag}@drydock.example",
        own.replace("drydock.example", "elsewhere.example"),
        own.replace("bounces+", "hello+"),
    ]
    read(folder, *(report(to) for to in forged), report(other, action="delayed"), b"", b"\xff\xfe", b"Subject: x")
    assert (suppressions(), MailEvent.objects.count()) == ({}, 0)
    assert {"S" in mail.get_flags() for mail in folder.itervalues()} == {True}
    assert len(folder) == len(forged) + 4
    read(folder)
    assert len(folder) == len(forged) + 4


def test_return_path_names_the_message_in_whatever_case() -> None:
    arrived()
    assert of_return_path(path()) == of_return_path(f"<{path().upper()}>") == id_of(the_one())
    assert len(path().partition("@")[0]) <= 64


def test_every_message_names_its_own_return_path() -> None:
    issue = being_sent(2)
    letters = Letters(issue)
    paths = [letters.sender_for(claim) for claim in queue.claim(connection, issue_id=issue.pk, slot=1, most=2)]
    ids = [id_of(delivery) for delivery in Delivery.objects.order_by("pk").select_related("issue")]
    assert sorted(str(of_return_path(path)) for path in paths) == sorted(ids)


def test_key_that_was_changed_is_still_recognised(settings: Settings) -> None:
    arrived()
    old = path()
    settings.NEWSLETTER_KEY, settings.NEWSLETTER_KEY_FALLBACKS = "another", [settings.NEWSLETTER_KEY]
    assert path() != old
    assert of_return_path(old) == id_of(the_one())
    settings.NEWSLETTER_KEY_FALLBACKS = []
    assert of_return_path(old) is None


def test_without_a_bounce_address_failures_go_to_the_sender(settings: Settings) -> None:
    settings.NEWSLETTER_BOUNCE_ADDRESS = ""
    assert return_path("<1.0123456789abcdef@127.0.0.1>", "hello@drydock.example") == "hello@drydock.example"


# --- Over IMAP --------------------------------------------------------------------------------------------------------


@pytest.fixture
def imap(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Imap]:
    certificate, key = make_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with Imap(server_context(certificate, key)) as made:
        settings.NEWSLETTER_BOUNCE_MAILBOX = f"imaps://bounces:s%40lt@127.0.0.1:{made.port}/INBOX"
        yield made


def test_mailbox_over_imap_is_read_marked_and_emptied(imap: Imap) -> None:
    arrived()
    imap.mails = {7: (report(), set()), 8: (b"Subject: Hello\r\n\r\nMate", set()), 9: (report(), {"\\Seen"})}
    read_bounces_task()
    assert {uid: flags for uid, (_, flags) in imap.mails.items()} == {8: {"\\Seen"}, 9: {"\\Seen"}}
    assert suppressions() == {the_one().address: "bounced"}
    assert imap.logins == ['LOGIN bounces "s@lt"']
    read_bounces_task()
    assert MailEvent.objects.count() == 1


def test_mailbox_that_cannot_be_read_is_told_in_a_sentence(
    imap: Imap, settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    imap.password = "pepper"
    with pytest.raises(CommandError, match=r"cannot be read: wrong"):
        call_command("read_bounces")
    read_bounces_task()
    assert "The mailbox for bounces cannot be read" in caplog.text
    imap.password = "s@lt"
    settings.NEWSLETTER_BOUNCE_MAILBOX = settings.NEWSLETTER_BOUNCE_MAILBOX.replace("INBOX", "Lost")
    with pytest.raises(CommandError, match="no folder Lost"):
        call_command("read_bounces")
    monkeypatch.delenv("SSL_CERT_FILE")
    logins = len(imap.logins)
    with pytest.raises(CommandError, match="certificate verify failed"):
        call_command("read_bounces")
    assert len(imap.logins) == logins
    for wrong in ("imap://bounces:x@127.0.0.1/", "maildir:///nowhere/at/all"):
        settings.NEWSLETTER_BOUNCE_MAILBOX = wrong
        with pytest.raises(CommandError, match=r"NEWSLETTER_BOUNCE_MAILBOX must look like|cannot be read"):
            call_command("read_bounces")
    settings.NEWSLETTER_BOUNCE_MAILBOX = ""
    with pytest.raises(CommandError, match="is not set"):
        call_command("read_bounces")
    read_bounces_task()
