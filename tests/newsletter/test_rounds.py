"""What the minute does for a send, what it is told, and what is kept of people afterwards."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import override_settings
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from newsletter.models import Delivery, Issue, Pause, Schedule, Subscriber, Tally
from newsletter.sending import queue, rate
from newsletter.sending.accounting import account_for, close_issue, count_rows
from newsletter.sending.freezing import freeze_issue
from newsletter.sending.pausing import CannotStepError, cancel_issue, measure, pause_issue, resume_issue
from newsletter.sending.rounds import look_after
from newsletter.sending.transport import Kind, Outcome, Stage
from newsletter.services import erase, records_of, tidy
from newsletter.services.ticking import due_issues, set_schedule
from tests.newsletter.audiences import approved, being_sent, make_readers, states

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def due(**fields: Any) -> Issue:
    set_schedule(Schedule(is_on=True), timezone.now() - timedelta(days=3))
    return approved(due_at=timezone.now() - timedelta(minutes=2), **fields)


def settle(issue: Issue, outcome: Outcome, most: int = 1) -> None:
    for claim in queue.claim(connection, issue_id=issue.pk, slot=1, most=most):
        assert queue.mark(connection, claim)
        assert queue.record(connection, claim, outcome)


TAKEN, SILENCE = Outcome(Kind.ACCEPTED, Stage.ANSWER, 250), Outcome(Kind.IN_DOUBT, Stage.ANSWER)


class TestTheMinute:
    def test_starts_what_is_due_once(self) -> None:
        make_readers(3)
        issue = due()
        (started,) = look_after()
        assert (started.pk, started.status, started.expected) == (issue.pk, "sending", 3)
        assert look_after() == []
        assert Delivery.objects.count() == 3

    def test_starts_what_an_interrupted_one_has_frozen(self) -> None:
        make_readers(1)
        freeze_issue(approved())
        assert [issue.status for issue in look_after()] == ["sending"]

    def test_leaves_what_cannot_go_for_the_next(self) -> None:
        make_readers(1)
        issue = due()
        with override_settings(NEWSLETTER_POSTAL_ADDRESS=""):
            assert look_after() == []
        issue.refresh_from_db()
        assert issue.status == "approved"
        assert len(look_after()) == 1

    def test_calls_an_issue_done_when_it_adds_up(self) -> None:
        issue = being_sent(2)
        settle(issue, TAKEN)
        look_after()
        assert not close_issue(issue)
        settle(issue, TAKEN)
        look_after()
        issue.refresh_from_db()
        assert issue.status == "done"
        with pytest.raises(CannotStepError, match="not on its way"):
            cancel_issue(issue)

    def test_halts_what_is_complained_about(self) -> None:
        issue = being_sent(4)
        settle(issue, TAKEN, 3)
        now = timezone.now()
        for pk in Delivery.objects.filter(state="accepted").values_list("pk", flat=True)[:2]:
            Delivery.objects.filter(pk=pk).update(complained_at=now)
        assert measure(connection, issue.pk).has_complaints
        look_after()
        assert Pause.objects.get().kind == "complaints"
        resume_issue(issue)
        look_after()
        issue.refresh_from_db()
        assert issue.status == "sending"

    def test_halts_what_bounces(self) -> None:
        issue = being_sent(220)
        settle(issue, TAKEN, 205)
        wrong = Delivery.objects.filter(state="accepted").values_list("pk", flat=True)[:12]
        Delivery.objects.filter(pk__in=list(wrong)).update(bounced_at=timezone.now())
        look_after()
        assert (Pause.objects.get().kind, Pause.objects.get().measured) == ("bounces", 12)


class TestSteps:
    def test_only_what_is_on_its_way_can_be_halted_and_only_what_was_halted_resumed(self) -> None:
        issue = being_sent(1)
        with pytest.raises(CannotStepError, match="not paused"):
            resume_issue(issue)
        pause_issue(issue, said="Wait for me.")
        with pytest.raises(CannotStepError, match="not on its way"):
            pause_issue(issue)
        assert (Pause.objects.get().said, Pause.objects.get().ended_at) == ("Wait for me.", None)
        resume_issue(issue)
        assert Pause.objects.get().ended_at

    def test_what_is_called_off_is_settled_by_the_minute(self) -> None:
        issue = being_sent(3)
        settle(issue, TAKEN)
        cancel_issue(issue)
        look_after()
        account = account_for(issue)
        assert (account.is_over, account.skipped, account.accepted) == (True, {"cancelled": 2}, 1)


class TestAccount:
    def test_takes_as_many_queries_for_many_as_for_few(self, django_assert_num_queries: DjangoAssertNumQueries) -> None:
        issue = being_sent(30)
        settle(issue, TAKEN, 10)
        settle(issue, SILENCE, 3)
        with django_assert_num_queries(3):
            account = account_for(issue)
        assert (account.accepted, account.in_doubt, account.queued, len(account.doubtful)) == (10, 3, 17, 3)

    def test_is_printed_with_the_names_of_those_in_doubt(self) -> None:
        issue = being_sent(3)
        settle(issue, TAKEN)
        settle(issue, SILENCE)
        told = said(issue.number)
        assert "reader2@example.org in_doubt" in told
        assert "1 in doubt; policy resend once; at most 1 may see it twice." in told
        assert told.endswith("It adds up.\n")

    def test_fails_when_somebody_is_missing_or_counted_wrongly(self) -> None:
        issue = being_sent(2)
        settle(issue, TAKEN)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE newsletter_tally SET count = count + 1")
        with pytest.raises(CommandError, match="differs from the rows"):
            said(issue.number)
        assert not close_issue(issue)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE newsletter_delivery DISABLE TRIGGER deliveries_are_not_deleted")
            cursor.execute("DELETE FROM newsletter_delivery WHERE state = 'queued'")
            cursor.execute("ALTER TABLE newsletter_delivery ENABLE TRIGGER deliveries_are_not_deleted")
        with pytest.raises(CommandError, match="1 are there, 2 were expected"):
            said(issue.number)

    def test_of_what_nobody_was_asked_for(self) -> None:
        issue = approved()
        with pytest.raises(CommandError, match="nobody has been asked"):
            said(issue.number)
        with pytest.raises(CommandError, match="no issue 999"):
            said(999)


class TestPeople:
    def test_an_erased_reader_is_skipped_and_their_address_is_gone(self) -> None:
        issue = being_sent(2)
        first, second = Subscriber.objects.order_by("pk")
        settle(issue, TAKEN)
        for reader in (first, second):
            erase(reader, form="test")
        assert set(Delivery.objects.values_list("address", "address_key")) == {(None, None)}
        (claim,) = queue.claim(connection, issue_id=issue.pk, slot=1, most=5)
        assert not queue.mark(connection, claim)
        queue.settle_refusal(connection, claim)
        assert states(issue) == ["accepted", "skipped"]
        assert account_for(issue).skipped == {"erased": 1}

    def test_addresses_are_forgotten_ninety_days_after_an_issue_is_over(self) -> None:
        issue = being_sent(2)
        settle(issue, TAKEN, 2)
        close_issue(issue)
        tidy(timezone.now() + timedelta(days=89))
        assert Delivery.objects.filter(address=None).count() == 0
        tidy(timezone.now() + timedelta(days=91))
        assert Delivery.objects.filter(address=None, address_key=None).count() == 2

    def test_the_export_says_what_went_out(self) -> None:
        issue = being_sent(1)
        settle(issue, TAKEN)
        (record,) = records_of(Subscriber.objects.get())["issues"]
        assert (record["issue"], record["state"], record["address"]) == (
            issue.number,
            "accepted",
            "reader1@example.org",
        )


class TestRate:
    def test_a_bucket_gives_what_is_in_it(self) -> None:
        rate.meet(connection, "x")
        assert rate.take(connection, "x", most=20, rate=0).count == 20
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE newsletter_carrier SET tokens = 0, filled_at = clock_timestamp() - interval '1 hour'"
            )
        assert rate.take(connection, "x", most=20, rate=5).count == 5
        short = rate.take(connection, "x", most=20, rate=5)
        assert (short.count, short.wait) == (0, 0.2)

    def test_a_clock_that_goes_back_fills_nothing(self) -> None:
        rate.meet(connection, "x")
        with connection.cursor() as cursor:
            cursor.execute("UPDATE newsletter_carrier SET filled_at = clock_timestamp() + interval '1 day'")
        assert rate.take(connection, "x", most=20, rate=5).count == 0

    def test_failures_make_everybody_wait_longer_and_longer(self) -> None:
        rate.meet(connection, "x")
        waits = []
        for number in range(1, 8):
            assert rate.note_failure(connection, "x", "no route") == number
            assert rate.note_failure(connection, "x", "no route") == number  # another worker, at the same time
            permit = rate.take(connection, "x", most=20, rate=0)
            assert permit.count == 0
            waits.append(round(permit.wait))
            with connection.cursor() as cursor:
                cursor.execute("UPDATE newsletter_carrier SET not_before = clock_timestamp()")
        assert waits == [1, 2, 4, 8, 16, 30, 30]
        assert rate.take(connection, "x", most=20, rate=0).count == 1
        rate.note_success(connection, "x")
        assert rate.take(connection, "x", most=20, rate=0).count == 20


def said(number: int) -> str:
    out = StringIO()
    call_command("account_for", str(number), stdout=out)
    return out.getvalue()


class TestWhatTheAccountNotices:
    def test_notices_a_row_that_was_never_counted(self) -> None:
        issue = being_sent(2)
        settle(issue, TAKEN, 2)
        Tally.objects.filter(issue=issue).update(count=1)
        account = account_for(issue)
        assert (account.queued, account.adds_up) == (1, False)
        with pytest.raises(CommandError, match="counted as it happened differs"):
            said(issue.number)

    def test_a_doubt_that_an_answer_ends_was_not_sent_again(self) -> None:
        issue = being_sent(2)
        (mine,) = queue.claim(connection, issue_id=issue.pk, slot=1, most=1)
        queue.mark(connection, mine)
        queue.record(connection, mine, SILENCE)
        assert (account_for(issue).in_doubt, account_for(issue).again) == (1, 0)
        queue.record(connection, mine, TAKEN)
        assert (account_for(issue).in_doubt, account_for(issue).again, count_rows(issue).again) == (0, 0, 0)
        (other,) = queue.claim(connection, issue_id=issue.pk, slot=1, most=1)
        queue.mark(connection, other)
        queue.record(connection, other, SILENCE)
        Delivery.objects.filter(state="in_doubt").update(doubt_until=timezone.now())
        look_after()
        settle(issue, TAKEN)
        assert (account_for(issue).again, count_rows(issue).again) == (1, 1)
        assert "1 were in doubt before and sent once more" in said(issue.number)

    def test_pauses_do_not_slow_the_pace(self) -> None:
        issue = being_sent(4)
        settle(issue, TAKEN, 2)
        first = timezone.now() - timedelta(hours=8)
        Tally.objects.filter(issue=issue).update(since=first)
        Pause.objects.create(issue=issue, kind="by_hand", at=first + timedelta(seconds=4), ended_at=timezone.now())
        assert 0.3 < account_for(issue).per_second < 0.6


def test_a_draft_whose_mail_cannot_be_made_says_so_and_holds_up_nobody() -> None:
    issue = due()
    Schedule.objects.update(mode="automatic")
    Issue.objects.filter(pk=issue.pk).update(status="draft", approved_at=None, created_at=issue.due_at - 9 * DAY)
    issue.blocks.filter(kind="new").update(found=["nothing", "that", "a", "block", "has"])
    other = freeze_issue(approved())
    assert [started.pk for started in look_after()] == [other.pk]
    (waiting,) = due_issues()
    assert waiting.reasons == ["Its mail cannot be made: an editor has to look at its blocks."]


def test_one_thing_that_fails_leaves_the_others_done(caplog: pytest.LogCaptureFixture) -> None:
    under_way = being_sent(2)
    settle(under_way, SILENCE)
    Delivery.objects.filter(state="in_doubt").update(doubt_until=timezone.now())
    broken = due()
    broken.blocks.filter(kind="new").update(found=["nothing", "that", "a", "block", "has"])
    assert look_after() == []
    assert "The weekly email is due and cannot go out" in caplog.text
    assert states(under_way) == ["queued", "queued"]
