"""Several transactions, rounds and processes at once: nothing is skipped, nothing is lost, nobody waits for another."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings, settings
from django.db import connection, transaction
from django.utils import timezone

from comparisons.models import Receipt, Webhook, WebhookDelivery
from comparisons.webhooks import desk
from comparisons.webhooks.ledger import LEASE, lease_receivers
from comparisons.webhooks.rounds import Outcome, send_round
from comparisons.webhooks.tasks import send_webhooks_task
from config.env import BASE_DIR
from tests.comparisons.receiver import OK, Receiver, make_webhook, receiving, states, wait_less
from tests.factories import make_category, make_plan, make_tool
from tools.models import Plan

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 60  # seconds until a test gives up on something that is never going to come


@pytest.fixture
def receiver(settings: LazySettings) -> Iterator[Receiver]:
    settings.WEBHOOKS_MAY_REACH_PRIVATE = True
    with receiving() as found:
        yield found


class Apart:
    """Work in a transaction of another connection, which stays open until it is told to commit."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self.done, self.commit = threading.Event(), threading.Event()
        self._work = work
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        try:
            with transaction.atomic():
                self._work()
                self.done.set()
                assert self.commit.wait(PATIENCE)
        finally:
            connection.close()

    def __enter__(self) -> Apart:
        self._thread.start()
        assert self.done.wait(PATIENCE)
        return self

    def finish(self) -> None:
        self.commit.set()
        self._thread.join(PATIENCE)

    def __exit__(self, *problem: object) -> None:
        self.finish()


def test_a_receipt_that_is_committed_late_is_not_skipped(receiver: Receiver) -> None:
    early, late = make_plan(make_tool()), make_plan(make_tool())
    make_webhook(receiver, "price")
    with Apart(lambda: Plan.objects.filter(pk=early.pk).update(amount=1)) as slow:
        Plan.objects.filter(pk=late.pk).update(amount=2)
        assert (send_round().delivered, send_round().delivered) == (1, 0)
        slow.finish()
        assert send_round().delivered == 1
    receipts = Receipt.objects.filter(kind="price", act="changed").order_by("pk")
    assert [receipt.piece for receipt in receipts] == [early.pk, late.pk], "the later one has the higher number"
    assert receiver.ids == [f"receipt-{receipt.pk}" for receipt in reversed(receipts)]


def test_a_receipt_that_is_rolled_back_is_never_sent(receiver: Receiver) -> None:
    make_webhook(receiver, "tool")
    with transaction.atomic():
        make_tool()
        assert states() == ["queued"]
        transaction.set_rollback(True)
    assert (send_round().delivered, states()) == (0, [])


def test_a_publication_never_fails_because_a_receiver_is_deleted_meanwhile(receiver: Receiver) -> None:
    webhook, category = make_webhook(receiver, "tool"), make_category()
    with Apart(lambda: Webhook.objects.filter(pk=webhook.pk).delete()) as deletion, ThreadPoolExecutor(1) as pool:
        publication = pool.submit(_alone, lambda: make_tool(category=category))
        deletion.finish()
        publication.result(PATIENCE)
    assert (Receipt.objects.filter(kind="tool").count(), WebhookDelivery.objects.count()) == (1, 0)


def test_deleting_a_receiver_waits_for_a_publication_and_takes_its_delivery_along(receiver: Receiver) -> None:
    webhook, category = make_webhook(receiver, "tool"), make_category()
    with Apart(lambda: make_tool(category=category)) as publication, ThreadPoolExecutor(1) as pool:
        deletion = pool.submit(_alone, lambda: Webhook.objects.filter(pk=webhook.pk).delete())
        publication.finish()
        deletion.result(PATIENCE)
    assert (Receipt.objects.filter(kind="tool").count(), WebhookDelivery.objects.count()) == (1, 0)


def _alone(work: Callable[[], Any]) -> Any:
    try:
        return work()
    finally:
        connection.close()


def test_a_receiver_that_is_deleted_while_it_thinks_ends_no_round(receiver: Receiver) -> None:
    gone, other = make_webhook(receiver, "tool"), make_webhook(receiver, "price")

    def delete(sock: Any) -> None:
        Webhook.objects.filter(pk=gone.pk).delete()
        connection.close()
        sock.sendall(OK)

    make_tool()
    receiver.replies = [delete]
    assert (send_round().delivered, states()) == (1, [])
    make_plan(make_tool())
    assert send_round().delivered == 1
    assert WebhookDelivery.objects.get().webhook == other


def test_rounds_at_once_send_each_receipt_once(receiver: Receiver) -> None:
    for _ in range(3):
        make_webhook(receiver, "tool")
    for _ in range(5):
        make_tool()
    with ThreadPoolExecutor(4) as pool:
        outcomes: list[Outcome] = list(pool.map(lambda _: _alone(send_round), range(8)))
    assert sum(outcome.delivered for outcome in outcomes) == 15
    assert len(receiver.got) == 15
    assert set(states()) == {"delivered"}


def test_a_slow_receiver_holds_up_nobody_else(receiver: Receiver) -> None:
    """The slow one answers only after the quick one has everything."""
    quick_is_done = threading.Event()

    def slowly(sock: Any) -> None:
        assert quick_is_done.wait(PATIENCE)
        sock.sendall(OK)

    with receiving(always=slowly) as slow:
        make_webhook(slow, "tool")
        quick = make_webhook(receiver, "tool")
        for _ in range(2):
            make_tool()

        def last(sock: Any) -> None:
            sock.sendall(OK)
            quick_is_done.set()

        receiver.replies = [200, last]
        assert send_round().delivered == 4
    assert len(receiver.got) == 2
    assert WebhookDelivery.objects.filter(webhook=quick, state="delivered").count() == 2


def test_no_transaction_is_open_while_a_receiver_thinks(receiver: Receiver) -> None:
    counts: list[int] = []

    def count(sock: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND backend_type = 'client backend' AND pid <> pg_backend_pid() AND xact_start IS NOT NULL"
            )
            counts.extend(cursor.fetchone())
        connection.close()
        sock.sendall(OK)

    receiver.always = count
    make_webhook(receiver, "tool")
    for _ in range(2):
        make_tool()
    assert send_round().delivered == 2
    assert counts == [0, 0]


def test_a_leased_receiver_is_nobody_elses_until_the_lease_is_over(receiver: Receiver) -> None:
    make_webhook(receiver, "tool")
    make_tool()
    assert len(lease_receivers(10)) == 1
    assert (send_round().delivered, lease_receivers(10)) == (0, [])
    wait_less(LEASE)
    assert send_round().delivered == 1


def test_a_round_that_is_killed_after_sending_sends_again_under_the_same_id(receiver: Receiver) -> None:
    arrived, answer = threading.Event(), threading.Event()

    def hold(sock: Any) -> None:
        arrived.set()
        answer.wait(PATIENCE)

    receiver.replies = [hold]
    webhook = make_webhook(receiver, "tool")
    make_tool()
    server, _, _ = os.environ["DATABASE_URL"].rpartition("/")
    names = {"DATABASE_URL": f"{server}/{connection.settings_dict['NAME']}", "WEBHOOKS_MAY_REACH_PRIVATE": "1"}
    command = [sys.executable, "manage.py", "send_webhooks"]
    with subprocess.Popen(command, cwd=BASE_DIR, env={**os.environ, **names}) as process:
        assert arrived.wait(PATIENCE)
        process.send_signal(signal.SIGKILL)
    answer.set()
    assert (states(), send_round().delivered) == (["queued"], 0), "its lease is not over"
    wait_less(LEASE)
    assert send_round().delivered == 1
    assert len(receiver.ids) == 2
    assert len(set(receiver.ids)) == 1
    assert all(got.is_signed_with(webhook.secret) for got in receiver.got)


def test_beat_wakes_the_sender_every_minute() -> None:
    (entry,) = (entry for entry in settings.CELERY_BEAT_SCHEDULE.values() if entry["task"] == send_webhooks_task.name)
    assert entry["schedule"] == 60


def test_a_day_without_a_worker_is_not_a_day_of_failures(receiver: Receiver) -> None:
    receiver.replies = [500]
    webhook = make_webhook(receiver, "tool")
    make_tool()
    send_round()
    wait_less(timedelta(days=1, hours=1))
    assert send_round().delivered == 1
    webhook.refresh_from_db()
    assert (webhook.paused_at, webhook.failing_since) == (None, None)


def test_a_replay_finds_what_was_entered_with_its_history(receiver: Receiver) -> None:
    make_tool(published_at=timezone.now() - timedelta(days=300))
    webhook = make_webhook(receiver, "tool")
    assert desk.replay(webhook, since=timezone.now() - timedelta(days=1)) == 1
