"""The steps of a delivery, as statements of the database."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from newsletter.models import Attempt, Delivery, Issue, Subscriber, Suppression
from newsletter.sending import queue
from newsletter.sending.doubts import let_held_go, send_held_again, settle_doubts
from newsletter.sending.pausing import cancel_issue, pause_issue, resume_issue, skip_cancelled
from newsletter.sending.queue import Claim
from newsletter.sending.slots import clear_slot
from newsletter.sending.transport import Kind, Outcome, Stage
from newsletter.services import erase, pause, suppress, unsubscribe
from tests.newsletter.audiences import being_sent, states

pytestmark = pytest.mark.django_db

TAKEN = Outcome(Kind.ACCEPTED, Stage.ANSWER, 250, "2.0.0", "2.0.0 Ok: queued as ABC", "ABC")
LATER = Outcome(Kind.DEFERRED, Stage.RCPT, 450, "4.2.0", "Later")
NEVER = Outcome(Kind.REJECTED, Stage.RCPT, 550, "5.1.1", "No <reader1@example.org> here")
SILENCE = Outcome(Kind.IN_DOUBT, Stage.ANSWER)


def claim(issue: Issue, most: int = 1, slot: int = 1) -> list[Claim]:
    return queue.claim(connection, issue_id=issue.pk, slot=slot, most=most)


def claim_one(issue: Issue, slot: int = 1) -> Claim:
    (claimed,) = claim(issue, 1, slot)
    return claimed


def row(**fields: Any) -> Delivery:
    return Delivery.objects.get(**fields)


def pass_doubt() -> None:
    Delivery.objects.filter(state="in_doubt").update(doubt_until=timezone.now())


class TestClaim:
    def test_takes_what_is_ready_once(self) -> None:
        issue = being_sent(3)
        first, second = claim(issue, 2), claim(issue, 2, slot=2)
        assert (len(first), len(second), claim(issue)) == (2, 1, [])
        assert {claimed.address for claimed in first + second} == {f"reader{n}@example.org" for n in (1, 2, 3)}
        assert states(issue) == ["claimed"] * 3

    def test_takes_nothing_of_an_issue_that_is_not_on_its_way(self) -> None:
        issue = being_sent(1)
        pause_issue(issue)
        assert claim(issue) == []
        resume_issue(issue)
        assert len(claim(issue)) == 1

    def test_can_be_given_back_whole(self) -> None:
        issue = being_sent(3)
        claims = claim(issue, 3)
        assert queue.mark(connection, claims[0])
        queue.release_all(connection, claims)
        assert sorted(states(issue)) == ["queued", "queued", "transmitting"]


class TestMark:
    def test_is_given_once_and_to_the_owner_alone(self) -> None:
        issue = being_sent(1)
        mine = claim_one(issue)
        assert queue.mark(connection, mine)
        assert not queue.mark(connection, mine)

    def test_is_refused_after_the_slot_went_to_somebody_else(self) -> None:
        issue = being_sent(1)
        stale = claim_one(issue)
        assert clear_slot(connection, 1) == 0
        mine = claim_one(issue, slot=2)
        assert not queue.mark(connection, stale)
        assert queue.settle_refusal(connection, stale) == ""
        assert queue.mark(connection, mine)

    @pytest.mark.parametrize(
        ("reason", "change"),
        [
            ("unsubscribed", lambda reader: unsubscribe(reader, "test")),
            ("suppressed", lambda reader: suppress(reader.address_key, Suppression.Reason.BOUNCED)),
            ("paused", lambda reader: pause(reader, weeks=2)),
            ("erased", lambda reader: erase(reader, form="test")),
            (
                "moved",
                lambda reader: Subscriber.objects.update(address_key="new@example.org", address="new@example.org"),
            ),
        ],
    )
    def test_is_refused_for_whoever_wants_no_mail_any_more(self, reason: str, change: Any) -> None:
        issue = being_sent(1)
        mine = claim_one(issue)
        change(Subscriber.objects.get())
        assert not queue.mark(connection, mine)
        assert queue.settle_refusal(connection, mine) == "skipped"
        found = row()
        assert (found.state, found.reason, found.attempts) == ("skipped", reason, 0)
        assert not Attempt.objects.exists()

    def test_is_refused_while_the_issue_is_paused_and_the_reader_waits(self) -> None:
        issue = being_sent(1)
        mine = claim_one(issue)
        pause_issue(issue)
        assert not queue.mark(connection, mine)
        assert queue.settle_refusal(connection, mine) == "queued"
        assert row().token is None

    def test_is_refused_once_the_issue_is_called_off(self) -> None:
        issue = being_sent(2)
        mine = claim_one(issue)
        cancel_issue(issue)
        assert not queue.mark(connection, mine)
        assert queue.settle_refusal(connection, mine) == "skipped"
        assert skip_cancelled(connection) == 1
        assert set(Delivery.objects.values_list("state", "reason")) == {("skipped", "cancelled")}


class TestRecord:
    def marked(self, readers: int = 1, **fields: Any) -> tuple[Issue, Claim]:
        issue = being_sent(readers, **fields)
        mine = claim_one(issue)
        assert queue.mark(connection, mine)
        return issue, mine

    def test_accepted(self) -> None:
        _, mine = self.marked()
        assert queue.record(connection, mine, TAKEN)
        found, attempt = row(), Attempt.objects.get()
        assert (found.state, found.slot, found.attempts, found.code, found.provider_id) == (
            "accepted",
            None,
            1,
            250,
            "ABC",
        )
        assert (attempt.n, attempt.token, attempt.outcome, attempt.slot) == (1, mine.token, "accepted", 1)
        assert attempt.marked_at == found.marked_at
        assert not queue.record(connection, mine, TAKEN)

    def test_rejected_without_keeping_the_address_in_the_words(self) -> None:
        issue = being_sent(1)
        assert queue.record(connection, claim_one(issue), NEVER)
        assert (row().state, Attempt.objects.get().said) == ("rejected", "No <...> here")

    def test_later_and_later_until_it_is_given_up(self) -> None:
        issue = being_sent(1)
        waits = []
        for _ in range(8):
            assert queue.record(connection, claim_one(issue), LATER)
            found = row()
            waits.append((found.not_before - timezone.now()).total_seconds() / 60)
            assert claim(issue) == []
            Delivery.objects.update(not_before=timezone.now())
        assert (found.state, found.attempts, Attempt.objects.count()) == ("expired", 8, 8)
        for wait, usual in zip(waits[:7], (1, 4, 15, 60, 180, 360, 360), strict=True):
            assert 0.45 * usual < wait < 1.55 * usual

    def test_given_up_after_two_days(self) -> None:
        issue = being_sent(2)
        for claimed, hours in zip(claim(issue, 2), (47, 49), strict=True):
            began = timezone.now() - timedelta(hours=hours)
            told = {"n": 1, "slot": 1, "token": claimed.token, "outcome": "deferred", "stage": "rcpt"}
            Attempt.objects.create(delivery_id=claimed.pk, started_at=began, ended_at=began, **told)
            Delivery.objects.filter(pk=claimed.pk).update(attempts=1)
            assert queue.record(connection, claimed, LATER)
        assert states(issue) == ["queued", "expired"]

    @pytest.mark.parametrize("kind", [Kind.ABORTED, Kind.SENDER_FAULT])
    def test_what_is_no_fault_of_the_reader_costs_them_nothing(self, kind: Kind) -> None:
        issue, mine = self.marked()
        assert queue.record(connection, mine, Outcome(kind, Stage.ANSWER, 554))
        found = row()
        assert (found.state, found.attempts, found.doubts, found.token) == ("queued", 0, 0, None)
        assert len(claim(issue)) == 1

    def test_nothing_without_the_token(self) -> None:
        issue, stale = self.marked()
        clear_slot(connection, 1)
        pass_doubt()
        settle_doubts(connection)
        claim_one(issue, slot=2)
        for outcome in (TAKEN, LATER, NEVER, SILENCE, Outcome(Kind.ABORTED, Stage.MARK)):
            assert not queue.record(connection, stale, outcome)
        assert row().state == "claimed"


class TestDoubt:
    def test_the_dead_workers_message_and_no_other(self) -> None:
        issue = being_sent(3)
        claims = claim(issue, 3)
        assert queue.mark(connection, claims[1])
        assert clear_slot(connection, 1) == 1
        assert states(issue).count("queued") == 2
        found = row(state="in_doubt")
        assert (found.pk, found.doubts, found.attempts) == (claims[1].pk, 1, 1)
        assert Attempt.objects.get().outcome == "in_doubt"
        assert clear_slot(connection, 1) == 0

    def doubtful(self, **fields: Any) -> tuple[Issue, Claim]:
        issue = being_sent(1, **fields)
        mine = claim_one(issue)
        queue.mark(connection, mine)
        queue.record(connection, mine, SILENCE)
        return issue, mine

    def again(self, issue: Issue) -> Claim:
        pass_doubt()
        assert settle_doubts(connection) == 1
        mine = claim_one(issue)
        assert queue.mark(connection, mine)
        return mine

    def test_is_left_alone_during_the_grace(self) -> None:
        issue, _ = self.doubtful()
        assert settle_doubts(connection) == 0
        assert (row().state, claim(issue)) == ("in_doubt", [])

    def test_is_sent_once_more_and_then_held(self) -> None:
        issue, _ = self.doubtful()
        queue.record(connection, self.again(issue), SILENCE)
        pass_doubt()
        settle_doubts(connection)
        found = row()
        assert (found.state, found.reason, found.doubts) == ("held", "doubt", 2)
        assert send_held_again(connection, issue_id=issue.pk, pks=[found.pk]) == 0
        assert let_held_go(connection, issue_id=issue.pk, pks=[found.pk]) == 1
        assert row().final_at

    def test_is_held_at_once_where_nobody_may_get_two(self) -> None:
        issue, _ = self.doubtful(doubt_policy="hold")
        pass_doubt()
        settle_doubts(connection)
        found = row()
        assert (found.state, found.reason) == ("held", "doubt")
        assert send_held_again(connection, issue_id=issue.pk, pks=[found.pk]) == 1
        assert queue.mark(connection, claim_one(issue))

    @pytest.mark.parametrize("settled", [False, True])
    @pytest.mark.parametrize("policy", ["resend_once", "hold"])
    def test_ends_with_a_late_answer_unless_it_was_sent_again(self, policy: str, settled: bool) -> None:  # noqa: FBT001
        issue, mine = self.doubtful(doubt_policy=policy)
        if settled:
            pass_doubt()
            settle_doubts(connection)
        assert queue.record(connection, mine, TAKEN)
        assert (row().state, claim(issue)) == ("accepted", [])
        assert set(Attempt.objects.values_list("n", "outcome", "token")) == {
            (1, "in_doubt", mine.token),
            (2, "accepted", mine.token),
        }

    def test_ends_with_a_late_no_and_is_no_doubt_any_more(self) -> None:
        _, mine = self.doubtful()
        assert queue.record(connection, mine, Outcome(Kind.DEFERRED, Stage.ANSWER, 451))
        assert (row().state, row().doubts) == ("queued", 0)

    def test_of_a_cancelled_issue_is_let_go(self) -> None:
        issue, _ = self.doubtful()
        cancel_issue(issue)
        pass_doubt()
        settle_doubts(connection)
        found = row()
        assert (found.state, found.reason, found.final_at is None) == ("held", "cancelled", False)
