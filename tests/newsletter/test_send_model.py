"""Whatever happens in whatever order to workers, readers and issues: nobody is lost, nobody gets a third copy, and a
second one only after a doubt. The statements are real; workers and the mail server are made up.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field
from typing import ClassVar

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from newsletter.models import Attempt, Delivery, Issue, Subscriber
from newsletter.sending import queue
from newsletter.sending.accounting import account_for, count_rows
from newsletter.sending.doubts import let_held_go, send_held_again, settle_doubts
from newsletter.sending.pausing import cancel_issue, pause_issue, resume_issue, skip_cancelled
from newsletter.sending.queue import Claim
from newsletter.sending.slots import clear_slot
from newsletter.sending.transport import Kind, Outcome, Stage
from newsletter.services import unsubscribe
from tests.newsletter.audiences import being_sent

EXAMPLES = int(os.environ.get("SEND_EXAMPLES", "200"))
PART = 200
READERS, SLOTS = 4, 3
ANSWERS = {
    "taken": (1, Outcome(Kind.ACCEPTED, Stage.ANSWER, 250)),
    "later": (0, Outcome(Kind.DEFERRED, Stage.ANSWER, 451)),
    "never": (0, Outcome(Kind.REJECTED, Stage.ANSWER, 550)),
    "faulty": (0, Outcome(Kind.SENDER_FAULT, Stage.ANSWER, 554)),
    "taken in silence": (1, Outcome(Kind.IN_DOUBT, Stage.ANSWER)),
    "lost in silence": (0, Outcome(Kind.IN_DOUBT, Stage.ANSWER)),
}


@dataclass
class Worker:
    """`marked` has passed the fence; `answer` is what it heard and has not written down."""

    slot: int
    claims: list[Claim] = field(default_factory=list)
    marked: Claim | None = None
    answer: Outcome | None = None


class Send(RuleBasedStateMachine):
    issue: Issue
    seen: ClassVar[Counter[str]] = Counter()  # over all examples: what never happened was not tried

    def __init__(self) -> None:
        super().__init__()
        self.savepoint = transaction.savepoint_create()
        self.issue.refresh_from_db()
        self.copies: Counter[int] = Counter()
        self.workers = [Worker(slot) for slot in range(1, SLOTS + 1)]
        self.late: list[tuple[Claim, Outcome | None, bool]] = []  # of workers that have lost their slot

    def teardown(self) -> None:
        try:
            self.come_to_an_end()
        finally:
            transaction.savepoint_rollback(self.savepoint)

    # --- Workers ------------------------------------------------------------------------------------------------------

    @rule(number=st.integers(0, SLOTS - 1), most=st.integers(1, 3))
    def claim(self, number: int, most: int) -> None:
        worker = self.workers[number]
        if not worker.claims and not worker.marked:
            worker.claims = queue.claim(connection, issue_id=self.issue.pk, slot=worker.slot, most=most)

    @rule(number=st.integers(0, SLOTS - 1))
    def mark(self, number: int) -> None:
        worker = self.workers[number]
        self.claim(number, 2)
        if worker.claims and not worker.marked:
            claim = worker.claims.pop(0)
            if queue.mark(connection, claim):
                assert Subscriber.objects.mailable().filter(pk=claim.subscriber_id).exists()
                assert Issue.objects.get().status == "sending"
                worker.marked = claim
            else:
                assert queue.settle_refusal(connection, claim) in {"skipped", "queued"}

    @rule(number=st.integers(0, SLOTS - 1), what=st.sampled_from(sorted(ANSWERS)))
    def send_the_end(self, number: int, what: str) -> None:
        self.mark(number)
        worker = self.workers[number]
        if worker.marked and not worker.answer:
            taken, worker.answer = ANSWERS[what]
            self.copies[worker.marked.pk] += taken

    @rule(number=st.integers(0, SLOTS - 1))
    def think_better_of_it(self, number: int) -> None:
        worker = self.workers[number]
        if worker.marked and not worker.answer:
            worker.answer = Outcome(Kind.ABORTED, Stage.DOT)

    @rule(number=st.integers(0, SLOTS - 1))
    def record(self, number: int) -> None:
        worker = self.workers[number]
        if worker.marked and worker.answer:
            assert queue.record(connection, worker.marked, worker.answer)
            worker.marked = worker.answer = None

    @rule(number=st.integers(0, SLOTS - 1))
    def be_refused_at_the_envelope(self, number: int) -> None:
        worker = self.workers[number]
        if worker.claims and not worker.marked:
            assert queue.record(connection, worker.claims.pop(0), Outcome(Kind.DEFERRED, Stage.RCPT, 450))

    @rule(number=st.integers(0, SLOTS - 1))
    def give_back(self, number: int) -> None:
        worker = self.workers[number]
        queue.release_all(connection, worker.claims)
        worker.claims = []

    @rule(number=st.integers(0, SLOTS - 1), is_killed=st.booleans())
    def lose_the_slot(self, number: int, is_killed: bool) -> None:  # noqa: FBT001
        """Killed it says no more; otherwise it goes on without knowing, and may come to write something down."""
        worker = self.workers[number]
        if not is_killed:
            self.late += [(claim, None, False) for claim in worker.claims]
            self.late += [(worker.marked, worker.answer, True)] if worker.marked else []
        assert clear_slot(connection, worker.slot) == (worker.marked is not None)
        self.workers[number] = Worker(worker.slot)

    @rule(number=st.integers(0, SLOTS - 1), what=st.sampled_from(sorted(ANSWERS)), minutes=st.integers(0, 2))
    def be_cut_off_with_an_answer(self, number: int, what: str, minutes: int) -> None:
        """The slot is lost between end and record; the answer comes at once, after the grace, or last of all."""
        self.send_the_end(number, what)
        self.lose_the_slot(number, is_killed=False)
        if minutes:
            self.pass_time()
        if minutes < 2 and self.late:
            self.late.insert(0, self.late.pop())
            self.come_back_late(what)

    @rule(number=st.integers(0, SLOTS - 1), what=st.sampled_from(["taken in silence", "lost in silence", "killed"]))
    def be_doubted_until_it_is_settled(self, number: int, what: str) -> None:
        self.send_the_end(number, "taken" if what == "killed" else what)
        if what == "killed":
            self.lose_the_slot(number, is_killed=True)
        else:
            self.record(number)
        self.pass_time()

    @precondition(lambda self: self.late)
    @rule(what=st.sampled_from(sorted(ANSWERS)))
    def come_back_late(self, what: str) -> None:
        """One with the fence behind it may still send the end of its message, but not after a third of the grace."""
        claim, answer, was_marked = self.late.pop(0)
        if not was_marked:
            assert not queue.mark(connection, claim)
            assert queue.settle_refusal(connection, claim) == ""
            return
        if answer is None and Delivery.objects.get(pk=claim.pk).state == "in_doubt":
            taken, answer = ANSWERS[what]
            self.copies[claim.pk] += taken
        has_counted = queue.record(connection, claim, answer or Outcome(Kind.ABORTED, Stage.DOT))
        self.seen["late answer that counts"] += has_counted
        self.seen["late answer that does not"] += not has_counted

    # --- Time, readers, editors ---------------------------------------------------------------------------------------

    @rule()
    def pass_time(self) -> None:
        Delivery.objects.filter(state="queued").update(not_before=timezone.now())
        Delivery.objects.filter(state="in_doubt").update(doubt_until=timezone.now())
        settle_doubts(connection)
        skip_cancelled(connection)

    @rule(number=st.integers(0, READERS - 1), sure=st.integers(0, 4))
    def unsubscribe(self, number: int, sure: int) -> None:
        if sure == 0:
            unsubscribe(Subscriber.objects.order_by("pk")[number], "test")

    @rule(again=st.booleans())
    def decide_what_is_held(self, again: bool) -> None:  # noqa: FBT001
        pks = list(Delivery.objects.filter(state="held", final_at=None).values_list("pk", flat=True))
        (send_held_again if again else let_held_go)(connection, issue_id=self.issue.pk, pks=pks)

    @rule(sure=st.integers(0, 4))
    def pause_or_resume(self, sure: int) -> None:
        self.issue.refresh_from_db()
        if self.issue.status == "sending" and sure == 0:
            pause_issue(self.issue)
        elif self.issue.status == "paused":
            resume_issue(self.issue)

    @precondition(lambda self: self.issue.status != "cancelled")
    @rule(sure=st.integers(0, 19))
    def cancel(self, sure: int) -> None:
        if sure == 0:
            cancel_issue(self.issue)
            self.issue.refresh_from_db()

    @rule(policy=st.sampled_from(["resend_once", "hold"]))
    def change_policy(self, policy: str) -> None:
        Issue.objects.update(doubt_policy=policy)

    # --- What always holds --------------------------------------------------------------------------------------------

    @invariant()
    def nobody_gets_a_third_copy_and_a_second_only_after_a_doubt(self) -> None:
        for pk, copies in self.copies.items():
            assert copies <= 2
            if copies == 2:
                assert Attempt.objects.filter(delivery_id=pk, outcome="in_doubt").exists()

    @rule()
    def the_account_adds_up(self) -> None:
        account = account_for(self.issue)
        assert account.adds_up
        assert account.expected == READERS

    def come_to_an_end(self) -> None:
        """Everybody stops, time passes, one worker does what is left: then nobody is lost, and every figure is true."""
        self.issue.refresh_from_db()
        if self.issue.status == "paused":
            resume_issue(self.issue)
        for number in range(SLOTS):
            self.lose_the_slot(number, is_killed=True)
        unsettled = Delivery.objects.filter(final_at=None).exclude(state="held")
        for _ in range(30):
            if not unsettled.exists():
                break
            self.pass_time()
            self.claim(0, 3)
            while self.workers[0].claims:
                self.mark(0)
                self.send_the_end(0, "taken")
                self.record(0)
        for row in Delivery.objects.all():
            self.seen[row.state] += 1
            self.seen[f"{self.copies[row.pk]} copies"] += 1
            assert row.final_at or row.state == "held", row
            assert self.copies[row.pk] or row.state != "accepted"
            assert self.copies[row.pk] or row.state in {"held", "rejected", "expired", "skipped"}
        self.the_account_adds_up()
        counted, live = count_rows(self.issue), account_for(self.issue)
        assert counted.tallies_agree
        assert (counted.settled, counted.skipped, counted.held) == (live.settled, live.skipped, live.held)
        assert counted.again == live.again


@pytest.mark.django_db
@pytest.mark.parametrize("part", range(-(-EXAMPLES // PART)))
def test_whatever_happens(part: int) -> None:
    """In parts, for each is one transaction, which becomes slower the longer it takes."""
    Send.issue = being_sent(READERS)
    run_state_machine_as_test(
        Send,
        settings=settings(
            max_examples=min(PART, EXAMPLES),
            stateful_step_count=30,
            deadline=None,
            derandomize=EXAMPLES <= PART,
            suppress_health_check=list(HealthCheck),
        ),
    )
    looked_for = {"accepted", "rejected", "held", "skipped", "0 copies", "1 copies", "2 copies"}
    assert looked_for | {"late answer that counts", "late answer that does not"} <= {*+Send.seen}, Send.seen
