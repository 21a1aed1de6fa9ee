"""Which receipts a receiver gets, what arrives, and that it can be proved to be ours."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from comparisons.models import Receipt, Webhook, WebhookDelivery
from comparisons.webhooks.desk import change, ping, replay, rotate_secret
from comparisons.webhooks.payload import receipt_event
from comparisons.webhooks.rounds import send_round
from comparisons.webhooks.tasks import send_webhooks_task
from config.env import BASE_DIR
from editorial.services import withdraw
from tests.comparisons.receiver import Receiver, make_webhook, receiving, states, wait_less
from tests.factories import make_plan, make_review, make_tool
from tests.passing_time import pass_time
from tools.models import Plan, Tool
from tools.services import publish_tool

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
DRAFT: dict[str, Any] = {"status": "draft", "published_at": None}


@pytest.fixture
def receiver(settings: LazySettings) -> Iterator[Receiver]:
    settings.WEBHOOKS_MAY_REACH_PRIVATE = True
    with receiving() as found:
        yield found


def told(receiver: Receiver) -> list[tuple[str, str]]:
    return [(got.event["data"]["kind"], got.event["data"]["act"]) for got in receiver.got]


def test_a_changed_price_arrives_whole_signed_and_once(receiver: Receiver) -> None:
    plan = make_plan(make_tool(name="Lathe", slug="lathe"), amount=Decimal(20))
    webhook = make_webhook(receiver)
    Plan.objects.filter(pk=plan.pk).update(amount=Decimal("25.10"))
    outcomes = [send_round(), send_round()]
    assert [(outcome.delivered, outcome.failed) for outcome in outcomes] == [(1, 0), (0, 0)]
    (got,) = receiver.got
    receipt = Receipt.objects.get(act="changed")
    assert got.line == "POST /hook?from=dock HTTP/1.1"
    assert got.event["type"] == "receipt"
    (told,) = json.loads(Client().get("/api/v1/receipts/", {"kind": "price", "limit": "100"}).content)["items"][-1:]
    assert got.event["data"] == told  # the very record of the open data
    assert (told["id"], told["act"], told["before"], told["after"]["amount"]) == (
        *(receipt.pk, "changed"),
        *({"amount": "20"}, "25.1"),
    )
    assert got.event["timestamp"][:-1] == told["effective_at"][:23]
    assert got.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert got.headers["content-type"] == "application/json; charset=utf-8"
    assert got.headers["user-agent"] == "Drydock-Webhooks/1 (+http://127.0.0.1:8000)"
    assert got.event_id == f"receipt-{receipt.pk}"
    assert got.is_signed_with(webhook.secret)
    assert not got.is_signed_with(make_webhook("https://other.example/").secret)
    delivery = WebhookDelivery.objects.get(webhook=webhook)
    assert (delivery.state, delivery.attempts, delivery.status_code, delivery.error) == ("delivered", 1, 200, "")
    webhook.refresh_from_db()
    assert (webhook.last_ok_at is not None, webhook.failing_since, webhook.busy_until) == (True, None, None)


def test_the_example_for_receivers_checks_what_arrives(receiver: Receiver) -> None:
    page = (BASE_DIR / "docs" / "webhooks.md").read_text()
    (example,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    scope: dict[str, Any] = {}
    exec(example, scope)  # noqa: S102
    webhook = make_webhook(receiver)
    make_tool()
    send_round()
    got, is_genuine = receiver.got[0], scope["is_genuine"]
    assert is_genuine(got.headers, got.body, webhook.secret)
    assert not is_genuine(got.headers, got.body + b" ", webhook.secret)
    assert not is_genuine(got.headers, got.body, make_webhook("https://other.example/").secret)
    assert not is_genuine({**got.headers, "webhook-id": "receipt-0"}, got.body, webhook.secret)
    old = str(int(time.time()) - 301)
    assert not is_genuine({**got.headers, "webhook-timestamp": old}, got.body, webhook.secret)
    assert not is_genuine({**got.headers, "webhook-timestamp": "soon"}, got.body, webhook.secret)


def test_a_receiver_gets_the_kinds_it_wants_from_its_registration_on(receiver: Receiver) -> None:
    make_review(make_tool())
    make_webhook(receiver, "verdict", "price")
    assert send_round().delivered == 0, "nothing of what was there before"
    review = make_review(make_tool())
    make_plan(review.tool)
    withdraw(review.tool)
    call_command("send_webhooks", stdout=StringIO())
    assert told(receiver) == [
        *(("verdict", "published"), ("price", "published")),
        *(("price", "withdrawn"), ("verdict", "withdrawn")),
    ]


def test_all_kinds_when_none_is_chosen_and_no_kind_that_is_none(receiver: Receiver) -> None:
    webhook = make_webhook(receiver)
    make_review(make_tool())
    send_webhooks_task()
    assert {kind for kind, _ in told(receiver)} == {"category", "tool", "reviewer", "verdict"}
    with pytest.raises(IntegrityError), transaction.atomic():
        Webhook.objects.filter(pk=webhook.pk).update(kinds=["gossip"])


def test_every_receiver_gets_its_own_and_one_that_is_off_gets_nothing(receiver: Receiver) -> None:
    first, second = make_webhook(receiver, "tool"), make_webhook(receiver, "tool")
    make_webhook(receiver, "tool", is_active=False)
    make_tool()
    send_round()
    assert len(receiver.got) == 2
    assert sorted(got.is_signed_with(first.secret) for got in receiver.got) == [False, True]
    assert sorted(got.is_signed_with(second.secret) for got in receiver.got) == [False, True]


def test_a_scheduled_receipt_goes_out_when_it_takes_effect(receiver: Receiver) -> None:
    make_webhook(receiver, "tool")
    publish_tool(make_tool(**DRAFT), at=timezone.now() + HOUR)
    assert (send_round().delivered, states()) == (0, ["queued"])
    pass_time(2 * HOUR)
    wait_less(2 * HOUR)
    assert (send_round().delivered, told(receiver)) == (1, [("tool", "published")])


def test_what_was_scheduled_before_the_registration_goes_out_too(receiver: Receiver) -> None:
    make_tool()
    publish_tool(make_tool(**DRAFT), at=timezone.now() + HOUR)
    make_webhook(receiver, "tool")
    pass_time(2 * HOUR)
    wait_less(2 * HOUR)
    assert (send_round().delivered, told(receiver)) == (1, [("tool", "published")])


def test_a_void_receipt_is_never_sent(receiver: Receiver) -> None:
    make_webhook(receiver, "tool")
    moved, cancelled = make_tool(**DRAFT), make_tool(**DRAFT)
    publish_tool(moved, at=timezone.now() + HOUR)
    publish_tool(cancelled, at=timezone.now() + HOUR)
    withdraw(cancelled)
    publish_tool(moved, at=timezone.now() + 3 * HOUR)
    pass_time(2 * HOUR)
    wait_less(2 * HOUR)
    assert (send_round().delivered, receiver.got, states()) == (0, [], ["queued"])
    pass_time(2 * HOUR)
    wait_less(2 * HOUR)
    send_round()
    assert [got.event["data"]["id"] for got in receiver.got] == [
        Receipt.objects.filter(kind="tool", piece=moved.pk).latest("pk").pk
    ]


def test_receipts_arrive_in_order(receiver: Receiver) -> None:
    make_webhook(receiver, "tool")
    for _ in range(7):
        make_tool()
    send_round()
    numbers = [got.event["data"]["id"] for got in receiver.got]
    assert numbers == sorted(numbers)
    assert len(numbers) == 7


def test_a_round_sends_twenty_to_a_receiver_and_the_next_one_goes_on(receiver: Receiver) -> None:
    make_webhook(receiver, "price")
    tool = make_tool()
    for _ in range(23):
        make_plan(tool)
    assert [send_round().delivered for _ in range(3)] == [20, 3, 0]


def test_both_secrets_sign_for_a_week_after_a_new_one(receiver: Receiver) -> None:
    webhook = make_webhook(receiver, "tool")
    old = webhook.secret
    rotate_secret(webhook)
    assert webhook.secret != old
    make_tool()
    send_round()
    (got,) = receiver.got
    assert (got.is_signed_with(webhook.secret), got.is_signed_with(old)) == (True, True)
    wait_less(timedelta(days=7, seconds=1))
    make_tool()
    send_round()
    assert (receiver.got[1].is_signed_with(webhook.secret), receiver.got[1].is_signed_with(old)) == (True, False)


def test_a_replay_sends_again_under_the_same_ids(receiver: Receiver) -> None:
    before = make_tool()
    webhook = make_webhook(receiver, "tool")
    make_tool()
    send_round()
    since = Receipt.objects.filter(kind="tool", piece=before.pk).get().effective_at
    assert replay(webhook, since=since) == 2
    send_round()
    assert len(receiver.ids) == 3
    assert len(set(receiver.ids)) == 2
    assert states() == ["delivered", "delivered"]


def test_a_replay_leaves_what_is_to_come_for_its_moment(receiver: Receiver) -> None:
    webhook = make_webhook(receiver, "tool")
    publish_tool(make_tool(**DRAFT), at=timezone.now() + HOUR)
    replay(webhook, since=timezone.now() - HOUR)
    assert send_round().delivered == 0


def test_a_ping_says_what_came_back_and_changes_nothing(receiver: Receiver) -> None:
    webhook = make_webhook(receiver)
    receiver.replies = [b"HTTP/1.1 204 Fine\r\n\r\n", 500]
    assert [ping(webhook).status, ping(webhook).error] == [204, "It answered 500."]
    assert [got.event["type"] for got in receiver.got] == ["ping", "ping"]
    assert len(set(receiver.ids)) == 2
    assert receiver.got[0].is_signed_with(webhook.secret)
    webhook.refresh_from_db()
    assert (webhook.failing_since, webhook.last_ok_at) == (None, None)


def test_new_kinds_and_the_switch_decide_on_what_is_written_later(receiver: Receiver) -> None:
    webhook = make_webhook(receiver, "tool")
    make_tool()
    webhook.kinds, webhook.is_active = ["price"], False
    change(webhook)
    make_plan(make_tool())
    assert send_round().delivered == 0
    webhook.is_active = True
    change(webhook)
    make_plan(make_tool())
    send_round()
    assert told(receiver) == [("tool", "published"), ("price", "published")]


def test_a_reason_is_told_where_a_receipt_has_one() -> None:
    make_tool()
    receipt = Receipt.objects.filter(kind="tool").get()
    receipt.reason = "We had misread the page."
    assert b'"reason": "We had misread the page."' in receipt_event(receipt).body


def test_without_receivers_nothing_is_queued_and_a_round_is_short(django_assert_num_queries: Any) -> None:
    make_tool()
    assert not WebhookDelivery.objects.exists()
    with django_assert_num_queries(6):  # of which two open and close the transaction of the leases
        send_round()


def test_old_deliveries_are_forgotten_and_what_waited_a_month_expires(receiver: Receiver) -> None:
    make_webhook(receiver, "tool")
    make_tool()
    send_round()
    receiver.replies = [500]
    make_tool()
    send_round()
    wait_less(timedelta(days=30, seconds=1))
    make_tool()
    send_round()
    assert states() == ["expired", "delivered"]
    assert Webhook.objects.get().failing_since is None, "nobody had tried for a month, and now it answers"


def test_deleting_a_receiver_deletes_its_deliveries(admin_client: Client) -> None:
    webhook = make_webhook("https://receiver.example/hook", "tool")
    make_tool()
    admin_client.post(f"/admin/comparisons/webhook/{webhook.pk}/delete/", {"post": "yes"})
    assert not Webhook.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert not WebhookDelivery.objects.exists()
    assert Tool.objects.exists()
