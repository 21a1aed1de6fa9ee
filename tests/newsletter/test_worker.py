"""A worker with a real session of its own, a real mail server, and what may come between."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from celery.contrib.testing.worker import start_worker
from django.core import mail
from django.db import connection
from django.test import override_settings
from django.utils import timezone

from config.celery import app
from config.env import BASE_DIR
from newsletter.locks import SLOT
from newsletter.models import Attempt, Carrier, Delivery, Issue, Pause, Schedule, Subscriber
from newsletter.sending.accounting import account_for, count_rows
from newsletter.sending.connecting import Patience, Security, Server
from newsletter.sending.database import own_session
from newsletter.sending.draining import Drained, drain
from newsletter.sending.pausing import MOST_FAILURES, cancel_issue, pause_issue, resume_issue
from newsletter.sending.rounds import look_after
from newsletter.sending.slots import clear_deserted_slots
from newsletter.sending.smtp import SmtpTransport
from newsletter.sending.waking import wake_drains
from newsletter.sending.worker import Orders
from newsletter.services import unsubscribe
from newsletter.services.ticking import set_schedule
from tests.newsletter.audiences import approved, being_sent, make_readers, states
from tests.sink import Rule, Sink

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[Sink]:
    with Sink(tmp_path / "mail.log") as made:
        yield made


def work(sink: Sink, reached: Callable[[str], None] = lambda _: None, **orders: Any) -> Drained:
    server = Server("127.0.0.1", sink.port, Security.PLAIN)
    transport = SmtpTransport(server, patience=Patience(connect=2, talk=5, envelope=5, body=5, answer=1))
    return drain(transport, Orders("sink", **{"seconds": 20, "reached": reached, **orders}))


def once(at: str, act: Callable[[], object], nth: int = 1) -> Callable[[str], None]:
    """Do something when the worker comes to a point for the nth time."""
    seen: list[str] = []

    def reached(point: str) -> None:
        seen.append(point)
        if point == at and seen.count(at) == nth:
            act()

    return reached


def end_sessions() -> None:
    """As a restart of the database would."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE application_name = 'newsletter' AND datname = current_database()"
        )


def pass_time() -> None:
    Delivery.objects.filter(state="queued").update(not_before=timezone.now())
    Delivery.objects.filter(state="in_doubt").update(doubt_until=timezone.now())
    Carrier.objects.update(not_before=timezone.now())


def addresses(sink: Sink) -> list[str]:
    return sorted(mail.recipient for mail in sink.accepted())


def test_everybody_gets_their_own_message_once_and_the_issue_is_done(sink: Sink) -> None:
    issue = being_sent(25)
    assert work(sink) == Drained(accepted=25)
    assert addresses(sink) == sorted(f"reader{number}@example.org" for number in range(1, 26))
    rows = {row.address: row for row in Delivery.objects.all()}
    for taken in sink.accepted():
        assert taken.message_id == f"<{rows[taken.recipient].pk}.{issue.message_tail}>"
    issue.refresh_from_db()
    assert issue.status == "done"
    account = account_for(issue)
    assert (account.is_over, account.accepted, account.per_second > 0) == (True, 25, True)
    assert Attempt.objects.filter(outcome="accepted").count() == 25
    assert work(sink) == Drained()


def lose_what_was_recorded(number: int) -> None:
    """As a restart of the database would that had not come to the disk with it."""
    row = Delivery.objects.filter(state="accepted").order_by("-pk")[0]
    tried = Attempt.objects.get(delivery_id=row.pk)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            "UPDATE newsletter_delivery SET state = 'transmitting', slot = %s, attempts = 0, accepted_at = NULL, "
            "final_at = NULL WHERE id = %s",
            [number, row.pk],
        )
        cursor.execute("DELETE FROM newsletter_attempt WHERE delivery_id = %s", [tried.delivery_id])
        cursor.execute("UPDATE newsletter_tally SET count = count - 1")
        cursor.execute("SET session_replication_role = DEFAULT")
    end_sessions()


@pytest.mark.parametrize("nth", [3, 12])
def test_what_was_recorded_at_leisure_and_lost_with_the_database_is_recorded_anew(sink: Sink, nth: int) -> None:
    issue = being_sent(12)
    work(sink, once("recorded", lambda: lose_what_was_recorded(1), nth))
    pass_time()
    work(sink)
    assert len(sink.accepted()) == len(set(addresses(sink))) == 12
    assert states(issue) == ["accepted"] * 12
    assert count_rows(issue).tallies_agree


def test_an_issue_starts_with_one_message(sink: Sink) -> None:
    being_sent(70)
    batches: list[int] = []
    work(
        sink,
        lambda point: batches.append(Delivery.objects.filter(state="claimed").count()) if point == "claimed" else None,
    )
    assert batches == [1, 10, 50, 9]


@pytest.mark.parametrize("rule", [Rule("greeting", "554 5.7.1 Go away"), Rule("mail", "550 5.7.1 Not from you")])
def test_what_the_server_has_against_us_halts_the_issue_and_burns_nobody(sink: Sink, rule: Rule) -> None:
    issue = being_sent(3)
    sink.script(rule)
    work(sink)
    issue.refresh_from_db()
    pause = Pause.objects.get()
    assert (issue.status, pause.kind) == ("paused", "sender")
    assert rule.reply in pause.said
    assert (states(issue), Attempt.objects.count()) == (["queued"] * 3, 0)
    sink.script()
    resume_issue(issue)
    assert work(sink).accepted == 3


def test_a_server_that_does_not_answer_burns_nobody_and_is_not_asked_all_the_time(sink: Sink) -> None:
    issue = being_sent(3)
    sink.refuse()
    tries: list[str] = []
    assert work(sink, lambda point: tries.append(point) if point == "claimed" else None, seconds=2).has_more
    assert len(tries) <= 3  # after one second, and two more
    assert (states(issue), set(Delivery.objects.values_list("attempts", flat=True))) == (["queued"] * 3, {0})
    sink.listen()
    pass_time()
    assert work(sink).accepted == 3
    assert Carrier.objects.get().failures == 0


def test_twenty_failures_in_a_row_halt_the_issue(sink: Sink) -> None:
    issue = being_sent(1)
    sink.refuse()
    Carrier.objects.create(name="sink", failures=19)
    work(sink, seconds=1)
    issue.refresh_from_db()
    assert (issue.status, Pause.objects.get().kind, states(issue)) == ("paused", "connections", ["queued"])


def test_certain_refusals_come_again_or_not_and_never_twice(sink: Sink) -> None:
    issue = being_sent(4)
    sink.script(
        Rule("rcpt", "550 5.1.1 No such mailbox", match="reader1@"),
        Rule("rcpt", "450 4.2.0 Later", match="reader2@", times=1),
        Rule("dot", "451 4.3.0 Later", match="reader3@", times=1),
    )
    work(sink)
    assert states(issue) == ["rejected", "queued", "queued", "accepted"]
    account = account_for(issue)
    assert (account.deferred, account.queued, account.rejected, account.adds_up) == (2, 0, 1, True)
    pass_time()
    work(sink)
    assert states(issue) == ["rejected", "accepted", "accepted", "accepted"]
    assert addresses(sink) == [f"reader{number}@example.org" for number in (2, 3, 4)]


def test_a_silent_server_leaves_a_doubt_that_is_settled_by_policy(sink: Sink) -> None:
    issue = being_sent(2)
    sink.script(Rule("dot", drop=True, accepts=True, match="reader1@", times=1))
    work(sink)
    assert states(issue) == ["in_doubt", "accepted"]
    account = account_for(issue)
    assert (account.in_doubt, account.twice_at_most, [row.address for row in account.doubtful]) == (
        *(1, 1),
        ["reader1@example.org"],
    )
    look_after()
    work(sink)
    assert len(addresses(sink)) == 2
    pass_time()
    look_after()
    work(sink)
    assert addresses(sink) == ["reader1@example.org", "reader1@example.org", "reader2@example.org"]
    assert len({mail.message_id for mail in sink.accepted()}) == 2
    issue.refresh_from_db()
    assert issue.status == "done"


def test_too_many_doubts_halt_the_issue_and_count_anew_after_it_was_resumed(sink: Sink) -> None:
    issue = being_sent(11)
    sink.script(Rule("dot", drop=True))
    work(sink)
    issue.refresh_from_db()
    assert (issue.status, Pause.objects.get().kind, Pause.objects.get().measured) == ("paused", "doubts", 6)
    resume_issue(issue)
    work(sink)
    issue.refresh_from_db()
    assert (issue.status, states(issue)) == ("sending", ["in_doubt"] * 11)


def test_whoever_leaves_between_claim_and_mark_gets_nothing(sink: Sink) -> None:
    issue = being_sent(3)
    reader = Subscriber.objects.get(address="reader2@example.org")
    work(sink, once("marking", lambda: unsubscribe(reader, "test"), nth=2))
    assert addresses(sink) == ["reader1@example.org", "reader3@example.org"]
    assert states(issue) == ["accepted", "skipped", "accepted"]
    issue.refresh_from_db()
    assert (issue.status, account_for(issue).skipped) == ("done", {"unsubscribed": 1})


@pytest.mark.parametrize(("stop", "left"), [(pause_issue, "queued"), (cancel_issue, "skipped")])
def test_a_halt_takes_effect_at_the_next_message(sink: Sink, stop: Callable[[Issue], None], left: str) -> None:
    issue = being_sent(5)
    work(sink, once("recorded", lambda: stop(issue), nth=2))
    look_after()
    assert (len(addresses(sink)), states(issue)) == (2, ["accepted"] * 2 + [left] * 3)


def test_one_that_is_told_to_stop_finishes_its_message_and_gives_back_the_rest(sink: Sink) -> None:
    issue = being_sent(5)
    told: list[bool] = []
    drained = work(sink, once("marking", lambda: told.append(True), nth=3), is_told_to_stop=lambda: bool(told))
    assert (drained.accepted, drained.has_more) == (3, True)
    assert states(issue) == ["accepted"] * 3 + ["queued"] * 2
    assert clear_deserted_slots() == 0


def test_nothing_is_begun_after_its_time_and_the_rest_is_given_back(sink: Sink) -> None:
    issue = being_sent(20)
    sink.script(Rule("dot", delay=0.4))
    drained = work(sink, seconds=3)
    assert (0 < drained.accepted < 10, drained.has_more) == (True, True)
    assert states(issue).count("queued") == 20 - drained.accepted == 20 - len(sink.accepted())


def test_what_was_begun_in_time_and_is_ready_after_it_is_not_ended(sink: Sink) -> None:
    issue = being_sent(1)
    sink.script(Rule("data", delay=3.0))
    assert work(sink, seconds=2, slack=0) == Drained(has_more=True)
    assert Carrier.objects.get().said == "It takes so long that no message is sent in time."
    found = Delivery.objects.get(issue=issue)
    assert (sink.accepted(), found.state, found.attempts, found.doubts) == ([], "queued", 0, 0)


def test_a_reader_who_spells_the_address_anew_is_skipped_and_holds_up_nobody(sink: Sink) -> None:
    issue = being_sent(3)
    Subscriber.objects.filter(address="reader2@example.org").update(address="Reader2@example.org")
    assert work(sink) == Drained(accepted=2)
    issue.refresh_from_db()
    assert (issue.status, account_for(issue).skipped) == ("done", {"moved": 1})


@pytest.mark.parametrize("said", ["421 4.7.0 <{}> try later", "554 5.7.1 <{}>: Recipient refused: not at this relay"])
def test_a_reader_to_whom_the_server_has_something_against_us_does_not_hold_up_the_others(
    sink: Sink, said: str
) -> None:
    issue = being_sent(4)
    sink.script(Rule("rcpt", said.format("reader1@relay.example.org"), match="reader1@"))
    for _ in range(3):
        work(sink, seconds=2)
        issue.refresh_from_db()
        if issue.status == "paused":
            resume_issue(issue)
        Carrier.objects.update(not_before=timezone.now())
    assert addresses(sink) == [f"reader{number}@example.org" for number in (2, 3, 4)]
    assert states(issue) == ["queued", "accepted", "accepted", "accepted"]
    assert not Pause.objects.filter(said__contains="@").exists()


def test_a_recipient_may_be_called_relay(sink: Sink) -> None:
    issue = being_sent(2)
    sink.script(Rule("rcpt", "554 5.7.1 <mate@relay.example.org>: Recipient address rejected", match="reader1@"))
    work(sink)
    assert (states(issue), Pause.objects.exists()) == (["rejected", "accepted"], False)


def test_an_issue_that_goes_on_gives_the_mail_server_as_many_tries_as_any(sink: Sink) -> None:
    issue = being_sent(2)
    work(sink, seconds=0)  # it has met the carrier
    Carrier.objects.update(failures=MOST_FAILURES)
    pause_issue(issue)
    resume_issue(issue)
    sink.script(Rule("greeting", "421 4.3.2 Not now", times=1))
    work(sink, seconds=4)
    assert (states(issue), Pause.objects.filter(kind="connections").exists()) == (["accepted"] * 2, False)


@pytest.mark.parametrize("point", ["claiming", "claimed", "marking", "marked", "answered", "recorded"])
def test_a_database_that_comes_back_costs_nobody_a_second_copy(sink: Sink, point: str) -> None:
    issue = being_sent(4)
    work(sink, once(point, end_sessions, nth=1 if point.startswith("claim") else 2))
    clear_deserted_slots()
    work(sink)
    assert addresses(sink) == [f"reader{number}@example.org" for number in range(1, 5)]
    assert states(issue) == ["accepted"] * 4


def test_what_was_claimed_in_a_slot_that_nobody_takes_again_is_sent_all_the_same(sink: Sink) -> None:
    issue = being_sent(4)
    with closing(own_session()) as other:
        other.execute("SELECT pg_advisory_lock(%s, 1)", [SLOT])
        work(sink, once("claimed", end_sessions, nth=2))
    assert addresses(sink) == [f"reader{number}@example.org" for number in range(1, 5)]
    assert states(issue) == ["accepted"] * 4


def test_a_mail_that_cannot_be_made_is_held_alone(sink: Sink) -> None:
    issue = being_sent(3)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE newsletter_delivery DISABLE TRIGGER the_audience_is_frozen")
        wrong = "reader2@example.org\r\nBcc: everybody@example.org"
        Delivery.objects.filter(address="reader2@example.org").update(address=wrong)
        Subscriber.objects.filter(address="reader2@example.org").update(address=wrong)
        cursor.execute("ALTER TABLE newsletter_delivery ENABLE TRIGGER the_audience_is_frozen")
    work(sink)
    assert states(issue) == ["accepted", "held", "accepted"]
    assert Delivery.objects.get(state="held").reason == "unmade"
    assert addresses(sink) == ["reader1@example.org", "reader3@example.org"]


def test_there_are_as_many_workers_as_slots(sink: Sink) -> None:
    being_sent(1)
    with override_settings(NEWSLETTER_SLOTS=1), closing(own_session()) as other:
        other.execute("SELECT pg_advisory_lock(%s, 1)", [SLOT])
        assert work(sink) == Drained(had_slot=False)
    assert work(sink).accepted == 1


def test_a_bucket_is_shared_by_all_workers(sink: Sink) -> None:
    being_sent(4)
    Carrier.objects.create(name="sink", tokens=2)
    drained = work(sink, messages_a_second=2, seconds=0.3)
    assert drained.accepted <= 3
    assert drained.has_more


def test_without_a_broker_one_command_starts_what_is_due_and_sends_it(sink: Sink) -> None:
    make_readers(3)
    set_schedule(Schedule(is_on=True), timezone.now() - timedelta(days=3))
    issue = approved(due_at=timezone.now() - timedelta(minutes=2))
    server, _, _ = os.environ["DATABASE_URL"].rpartition("/")
    named = {
        "DATABASE_URL": f"{server}/{connection.settings_dict['NAME']}",
        **{"REDIS_URL": "redis://127.0.0.1:1/0", "MAIL_URL": f"smtp://127.0.0.1:{sink.port}"},
    }
    ran = subprocess.run(
        [sys.executable, "manage.py", "send_mail"],
        cwd=BASE_DIR,
        env={**os.environ, **named},
        timeout=60,
        check=True,
        capture_output=True,
        text=True,
    )
    assert ran.stdout == "3 accepted, 0 not.\n"
    assert len(addresses(sink)) == 3
    issue.refresh_from_db()
    assert issue.status == "done"


def test_woken_workers_send_and_one_wake_up_too_many_does_no_harm() -> None:
    issue = being_sent(3)
    with start_worker(app, perform_ping_check=False, shutdown_timeout=30, queues=["send"]):
        wake_drains(5)
        deadline = timezone.now() + timedelta(seconds=20)
        while Issue.objects.get(pk=issue.pk).status != "done" and timezone.now() < deadline:
            pass
    app.amqp.queues.select([app.conf.task_default_queue])  # what a worker of this process hears is kept for the next
    assert sorted(message.to[0] for message in mail.outbox) == [f"reader{number}@example.org" for number in (1, 2, 3)]
    assert [message.message()["Message-ID"] for message in mail.outbox] == [
        f"<{pk}.{issue.message_tail}>" for pk in Delivery.objects.order_by("pk").values_list("pk", flat=True)
    ]
