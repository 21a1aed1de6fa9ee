"""A database that is older than it was: nothing goes out from it, and nobody who left is mailed (F22, small)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client, override_settings

from accounts.roles import PUBLISHER
from newsletter import journal
from newsletter.models import Delivery, Issue, Restoration, Subscriber, Suppression
from newsletter.sending import queue
from newsletter.sending.database import closing, own_session
from newsletter.sending.guard import in_the_way
from newsletter.sending.message_ids import message_id
from newsletter.sending.pausing import CannotStepError
from newsletter.sending.restoring import mark_restored
from newsletter.sending.rounds import look_after, send_issue
from newsletter.sending.transport import Kind, Outcome, Stage
from newsletter.services import erase, suppress, unsubscribe, unsuppress
from newsletter.services.replaying import replay
from tests.editorial.people import at_desk, person
from tests.newsletter.audiences import approved, being_sent, make_readers, states
from tests.newsletter.post import hmac_of

pytestmark = pytest.mark.django_db
Committed = Callable[..., Any]


@pytest.fixture(autouse=True)
def file(tmp_path: Path) -> Iterator[Path]:
    """The journal of this test alone."""
    path = tmp_path / "kept" / "journal"
    with override_settings(NEWSLETTER_JOURNAL=str(path)):
        yield path


def told(name: str, *arguments: str) -> str:
    out = StringIO()
    call_command(name, *arguments, stdout=out)
    return out.getvalue()


def go_back(numbers: int = 1) -> None:
    """What a restore does to the sequence."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval('newsletter_journal_number', %s)", [numbers])


def settle(issue: Issue, kind: Kind = Kind.ACCEPTED, most: int = 1) -> list[int]:
    claims = queue.claim(connection, issue_id=issue.pk, slot=1, most=most)
    for claim in claims:
        assert queue.mark(connection, claim)
        assert queue.record(connection, claim, Outcome(kind, Stage.ANSWER))
    return [claim.pk for claim in claims]


class TestTheJournal:
    def test_has_a_line_for_everybody_who_leaves_and_no_address(
        self, file: Path, django_capture_on_commit_callbacks: Committed
    ) -> None:
        one, two, three = make_readers(3)
        with django_capture_on_commit_callbacks(execute=True):
            unsubscribe(one, "test")
            erase(two, form="test")
            suppress(three.address_key, Suppression.Reason.COMPLAINED)
        lines = file.read_text().splitlines()
        assert [line.split()[3:] for line in lines] == [
            ["unsubscribed", hmac_of(one.address).hex()],
            ["erased", hmac_of(two.address).hex()],
            ["complained", hmac_of(three.address).hex()],
        ]
        assert "@" not in file.read_text()
        assert file.stat().st_mode & 0o777 == 0o600
        assert not Suppression.objects.filter(is_journaled=False).exists()

    def test_has_none_for_what_was_taken_back_before_it_was_committed(
        self, file: Path, django_capture_on_commit_callbacks: Committed
    ) -> None:
        with django_capture_on_commit_callbacks(execute=False):
            suppress("mate@example.org", Suppression.Reason.BY_HAND)
        assert not file.exists()

    def test_what_did_not_reach_the_file_is_written_later(
        self, file: Path, django_capture_on_commit_callbacks: Committed, caplog: pytest.LogCaptureFixture
    ) -> None:
        file.parent.mkdir()
        file.mkdir()  # nothing can be appended to a folder
        with django_capture_on_commit_callbacks(execute=True):
            suppress("mate@example.org", Suppression.Reason.BY_HAND)
        assert "cannot be written" in caplog.text
        file.rmdir()
        with django_capture_on_commit_callbacks(execute=True):
            look_after()
        assert [entry.what for entry in journal.entries()] == ["by_hand"]
        with django_capture_on_commit_callbacks(execute=True):
            look_after()
        assert len(list(journal.entries())) == 1

    def test_a_torn_line_costs_no_other(self, file: Path, django_capture_on_commit_callbacks: Committed) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            suppress("mate@example.org", Suppression.Reason.BY_HAND)
        whole = file.read_bytes()
        file.write_bytes(b"\xff\x00 torn\n2026-11-26T10 nothing\n" + whole + whole[:40])
        assert len(list(journal.entries())) == 1
        with django_capture_on_commit_callbacks(execute=True):
            suppress("other@example.org", Suppression.Reason.BY_HAND)
        assert len(list(journal.entries())) == 2


class TestTheReplay:
    def test_takes_back_who_left_and_leaves_who_came_back(self, django_capture_on_commit_callbacks: Committed) -> None:
        gone, erased, back, later = make_readers(4)
        with django_capture_on_commit_callbacks(execute=True):
            for reader in (gone, back, later):
                suppress(reader.address_key, Suppression.Reason.UNSUBSCRIBED)
            suppress(erased.address_key, Suppression.Reason.ERASED)
            unsuppress(back.address_key)
        Suppression.objects.all().delete()  # and the database is as it was before
        Subscriber.objects.filter(pk=later.pk).update(confirmed_at="2090-01-01T00:00Z")
        assert replay() == 2
        states = dict(Subscriber.objects.values_list("address", "state"))
        assert states == {gone.address: "unsubscribed", back.address: "active", later.address: "active"}
        assert not Subscriber.objects.mailable().filter(address_key__in=[gone.address_key, erased.address_key]).exists()
        assert replay() == 0

    def test_of_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        assert replay() == 0
        with pytest.raises(CommandError, match="cannot be read"):
            told("replay_suppressions", str(tmp_path / "nowhere"))


class TestTheGuard:
    def test_notices_what_the_database_has_forgotten(self, django_capture_on_commit_callbacks: Committed) -> None:
        make_readers(2)
        issue = approved()
        with django_capture_on_commit_callbacks(execute=True):
            for number in range(3):
                suppress(f"mate{number}@example.org", Suppression.Reason.UNSUBSCRIBED)
        assert in_the_way() == ""
        go_back()
        assert "an older state of it was restored" in in_the_way()
        with pytest.raises(CannotStepError, match="older state"):
            send_issue(issue)
        assert not Delivery.objects.exists()

    def test_knows_the_lines_of_another_database_for_another_s(self, file: Path) -> None:
        file.parent.mkdir()
        file.write_text(f"2026-11-26T10:00:00+00:00 {'0' * 16} 999999999 going 2026-W48\n")
        assert in_the_way() == ""

    def test_is_not_deceived_by_workers_who_write_while_it_reads(self) -> None:
        is_enough = Event()

        def write() -> None:
            with closing(own_session()) as session:
                while not is_enough.is_set():
                    journal.append(journal.next_entry(session, journal.GOING, "2026-W48"))

        with ThreadPoolExecutor(1) as pool:
            writer = pool.submit(write)
            said = {in_the_way() for _ in range(500)}
            is_enough.set()
            writer.result()
        assert said == {""}

    def test_sends_nothing_when_the_setting_says_another_generation(self) -> None:
        issue = being_sent(2)
        with override_settings(NEWSLETTER_GENERATION=2):
            assert "generation 1, and NEWSLETTER_GENERATION says 2" in in_the_way()
            assert queue.claim(connection, issue_id=issue.pk, slot=1, most=5) == []

    def test_says_so_at_the_desk(self) -> None:
        issue = being_sent(2)
        client: Client = at_desk(person(PUBLISHER))
        with override_settings(NEWSLETTER_GENERATION=2):
            for address in ("/admin/", f"/admin/newsletter/issue/{issue.pk}/sending/"):
                assert "Sending is off" in client.get(address).content.decode()

    def test_a_journal_that_cannot_be_kept_stops_the_send(self, file: Path) -> None:
        file.parent.mkdir()
        file.mkdir()
        assert "cannot be read" in in_the_way()


class TestAfterwards:
    def test_holds_whatever_may_have_been_sent_since_the_backup(self) -> None:
        issue = being_sent(6)
        settle(issue)
        settle(issue, Kind.IN_DOUBT)
        (claim,) = queue.claim(connection, issue_id=issue.pk, slot=1, most=1)
        said = told("mark_restored")
        assert "5 deliveries are held" in said
        assert "NEWSLETTER_GENERATION=2" in said
        assert not queue.mark(connection, claim)
        assert sorted(states(issue)) == ["accepted", *["held"] * 5]
        assert "Sending is off" in in_the_way()
        assert look_after() == []
        with override_settings(NEWSLETTER_GENERATION=2):
            assert in_the_way() == ""

    def test_twice_is_another_generation(self) -> None:
        assert [mark_restored().number, mark_restored().number] == [2, 3]
        Restoration.objects.all().delete()  # by a restore of a state from before
        with override_settings(NEWSLETTER_GENERATION=3):
            assert "Sending is off" in in_the_way()
            assert mark_restored().number == 4

    def test_a_log_of_the_mail_server_settles_what_it_names(self, tmp_path: Path) -> None:
        issue = being_sent(4)
        told("mark_restored")
        taken = list(Delivery.objects.order_by("pk")[:2])
        log = tmp_path / "mail.log"
        other = message_id(taken[1].pk, "0123456789abcdef@elsewhere.example")
        log.write_text(
            f"postfix/cleanup[7]: AB: message-id={message_id(taken[0].pk, issue.message_tail)}\n"
            f"postfix/cleanup[7]: AC: message-id={other}\nnothing\n"
        )
        said = told("reconcile", str(issue.number), str(log))
        assert said == "1 named, 1 of them were held and are accepted now; 3 are still held.\n"
        assert "0 of them were held" in told("reconcile", str(issue.number), str(log))
        with pytest.raises(CommandError, match="Nobody has been asked"):
            told("reconcile", "99", str(log))

    def test_what_another_machine_has_sent_is_called_off(self, file: Path, tmp_path: Path) -> None:
        make_readers(2)
        issue, other = approved(), tmp_path / "other.journal"
        journal.append(journal.next_entry(connection, journal.GOING, issue.iso_week))
        file.rename(other)
        assert "called off now: 0." in told("replay_suppressions")
        assert "called off now: 1." in told("replay_suppressions", str(other))
        issue.refresh_from_db()
        assert issue.status == "cancelled"

    def test_an_issue_that_went_out_does_not_go_out_again(self, django_capture_on_commit_callbacks: Committed) -> None:
        make_readers(2)
        issue = approved()
        with django_capture_on_commit_callbacks(execute=True):
            journal.note(journal.STARTED, issue.iso_week)  # it was, before the restore
        with pytest.raises(CannotStepError, match="went out already"):
            send_issue(issue)
        assert mark_restored().cancelled == 1
        issue.refresh_from_db()
        assert (issue.status, issue.note) == ("cancelled", "It went out before the database was restored.")
