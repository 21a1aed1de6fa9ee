"""What an operator sees of receivers and does with them, and who may."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from accounts.models import User
from comparisons.models import Webhook, WebhookDelivery
from comparisons.webhooks.rounds import send_round
from tests.comparisons.receiver import Receiver, make_webhook, receiving, states, wait_less
from tests.factories import make_tool
from tests.pages import html_of, text_of
from tests.passing_time import pass_time

pytestmark = pytest.mark.django_db
LIST, DELIVERIES = "/admin/comparisons/webhook/", "/admin/comparisons/webhookdelivery/"
FORM = {"name": "Harbour master", "url": "https://hooks.example.org/in", "kinds": ["price"], "is_active": "on"}


@pytest.fixture
def receiver(settings: LazySettings) -> Iterator[Receiver]:
    settings.WEBHOOKS_MAY_REACH_PRIVATE = True
    with receiving() as found:
        yield found


def page_of(webhook: Webhook) -> str:
    return f"{LIST}{webhook.pk}/receiver/"


def act(client: Client, webhook: Webhook, **form: str) -> Any:
    answer = client.post(page_of(webhook), form, follow=True)
    assert answer.status_code == 200
    return answer


def colleague(*rights: str) -> Client:
    user = User.objects.create_user("mate@desk.example", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=rights, content_type__app_label="comparisons"))
    client = Client()
    client.force_login(user)
    return client


def test_a_receiver_is_registered_and_its_secret_shown_on_demand(admin_client: Client) -> None:
    answer = admin_client.post(f"{LIST}add/", FORM, follow=True)
    webhook = Webhook.objects.get()
    assert (webhook.name, webhook.url, webhook.kinds, webhook.is_active) == (
        *("Harbour master", "https://hooks.example.org/in", ["price"], True),
    )
    assert answer.redirect_chain[-1][0] == page_of(webhook)
    assert webhook.secret not in html_of(answer)
    assert webhook.secret not in html_of(admin_client.get(f"{LIST}{webhook.pk}/change/"))
    shown = act(admin_client, webhook, step="show")
    assert webhook.secret in html_of(shown)
    assert "no-store" in shown["Cache-Control"]
    assert webhook.secret not in html_of(admin_client.get(page_of(webhook)))
    assert LogEntry.objects.latest("pk").change_message == "Show the secret."


def test_several_are_registered_one_after_the_other(admin_client: Client) -> None:
    answer = admin_client.post(f"{LIST}add/", {**FORM, "is_active": "", "_addanother": "1"})
    assert answer["Location"] == f"{LIST}add/"
    assert re.search(r"Harbour master off 0 - https://hooks.example.org/in", text_of(admin_client.get(LIST)))


def test_a_new_secret_replaces_the_old_one(admin_client: Client) -> None:
    webhook = make_webhook("https://hooks.example.org/")
    old = webhook.secret
    shown = act(admin_client, webhook, step="rotate")
    webhook.refresh_from_db()
    assert (webhook.old_secret, webhook.secret in html_of(shown), old in html_of(shown)) == (old, True, False)
    assert "Deliveries are signed with both secrets until" in text_of(shown)
    page = text_of(admin_client.get(page_of(webhook)))
    assert "Signed with the old secret too until" in page
    assert ("Make a new secret" in page, "Stop the old secret" in page) == (False, True)
    assert "Stop it first." in text_of(act(admin_client, webhook, step="rotate"))
    assert "with the new secret alone" in text_of(act(admin_client, webhook, step="stop_old"))
    found = Webhook.objects.get()
    assert (found.secret, found.old_secret, found.old_secret_until) == (webhook.secret, "", None)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"url": "https://127.0.0.1/hook"}, "127.0.0.1 is not a public address"),
        ({"url": "https://2130706433/"}, "Write a numeric address in full"),
        ({"url": "https://me:pw@example.org/"}, "Leave name and password out"),
        ({"url": "ftp://example.org/"}, "The address must begin with https://."),
        ({"kinds": ["gossip"]}, "gossip is not one of the available choices"),
        ({"name": ""}, "This field is required."),
    ],
)
def test_what_cannot_be_is_said_beside_the_form(admin_client: Client, wrong: dict[str, Any], words: str) -> None:
    answer = admin_client.post(f"{LIST}add/", {**FORM, **wrong})
    assert (answer.status_code, words in text_of(answer), Webhook.objects.exists()) == (200, True, False)


def test_a_receiver_is_changed_without_touching_its_state(admin_client: Client) -> None:
    webhook = make_webhook("https://hooks.example.org/", "tool")
    Webhook.objects.update(paused_at=timezone.now(), pause_reason="No success.")
    admin_client.post(f"{LIST}{webhook.pk}/change/", {"name": "New", "url": "https://new.example/", "kinds": []})
    webhook.refresh_from_db()
    assert (webhook.name, webhook.url, webhook.kinds, webhook.is_active) == ("New", "https://new.example/", [], False)
    assert webhook.pause_reason == "No success."


def test_a_ping_shows_the_answer(admin_client: Client, receiver: Receiver) -> None:
    webhook = make_webhook(receiver)
    receiver.replies = [200, 301]
    assert "It answered 200: the ping arrived." in text_of(act(admin_client, webhook, step="ping"))
    assert "The ping did not arrive. It answered 301 and leads elsewhere." in text_of(
        act(admin_client, webhook, step="ping")
    )


def test_a_paused_receiver_stands_out_and_is_resumed(admin_client: Client, receiver: Receiver) -> None:
    webhook = make_webhook(receiver, "tool")
    assert "webhook has failed" not in html_of(admin_client.get("/admin/")).partition("app-list")[0]
    receiver.replies = [500, 500]
    make_tool(name="Lathe")
    send_round()
    assert f"{webhook.name}: this webhook has failed since" in text_of(admin_client.get("/admin/"))
    assert "FAILING since" in text_of(admin_client.get(LIST))
    wait_less(timedelta(days=1))
    send_round()
    index = text_of(admin_client.get("/admin/"))
    assert f"{webhook.name}: this webhook is paused. No success since" in index
    assert "1 waiting." in index
    assert re.search(r"PAUSED since .*: No success since", text_of(admin_client.get(LIST)))
    page = text_of(admin_client.get(page_of(webhook)))
    assert "It answered 500." in page
    assert "Resume now" in page
    answer = act(admin_client, webhook, step="resume")
    assert "What has waited goes out within a minute, in order." in text_of(answer)
    assert "Resume now" not in text_of(answer)
    assert (send_round().delivered, states()) == (1, ["delivered"])
    assert "is paused" not in text_of(admin_client.get("/admin/"))


def test_a_replay_since_a_day(admin_client: Client, receiver: Receiver) -> None:
    make_tool()
    pass_time(timedelta(days=2))
    webhook = make_webhook(receiver, "tool")
    today = timezone.now().date()
    assert "1 queued." in text_of(act(admin_client, webhook, since="2026-11-01"))
    assert "0 queued." in text_of(act(admin_client, webhook, since=today.isoformat()))
    for wrong, words in (
        ("soon", "Enter a valid date."),
        ((today + timedelta(days=1)).isoformat(), "That day has not come yet."),
        ("", "This field is required."),
    ):
        assert words in text_of(act(admin_client, webhook, since=wrong))
    assert WebhookDelivery.objects.count() == 1


def test_deliveries_are_there_to_look_at(admin_client: Client, receiver: Receiver) -> None:
    webhook, other = make_webhook(receiver, "tool"), make_webhook(receiver, "price")
    receiver.replies = [418]
    make_tool()
    send_round()
    assert "It answered 418." in text_of(admin_client.get(f"{DELIVERIES}?webhook__id__exact={webhook.pk}"))
    assert "0 deliveries to webhooks" in text_of(admin_client.get(f"{DELIVERIES}?webhook__id__exact={other.pk}"))
    assert admin_client.get(f"{DELIVERIES}add/").status_code == 403
    admin_client.post(DELIVERIES, {"action": "delete_selected", "_selected_action": "1", "post": "yes"})
    delivery = WebhookDelivery.objects.get()
    assert str(delivery) == f"receipt {delivery.receipt_id} to webhook {webhook.pk}"


@pytest.mark.parametrize(
    ("rights", "may_see", "may_act"),
    [((), 403, 403), (("view_webhook",), 200, 403), (("change_webhook",), 200, 200)],
    ids=["neither", "view", "change"],
)
def test_who_may_do_what(rights: tuple[str, ...], may_see: int, may_act: int) -> None:
    webhook, client = make_webhook("https://hooks.example.org/"), colleague(*rights)
    page = client.get(page_of(webhook))
    assert (page.status_code, client.post(page_of(webhook), {"step": "show"}).status_code) == (may_see, may_act)
    assert ("Show the secret" in html_of(page)) == (may_act == 200)
    assert Client().get(page_of(webhook)).status_code == 302


def test_whoever_may_not_see_receivers_hears_nothing_of_them(admin_client: Client) -> None:
    make_webhook("https://hooks.example.org/")
    Webhook.objects.update(paused_at=timezone.now(), pause_reason="No success.")
    assert "is paused" in text_of(admin_client.get("/admin/"))
    assert "is paused" not in text_of(colleague("view_comparison").get("/admin/"))


def test_nonsense_changes_nothing(admin_client: Client) -> None:
    webhook = make_webhook("https://hooks.example.org/")
    assert "Choose one of the buttons." in text_of(act(admin_client, webhook, step="burn"))
    for key in ("999999999", "x", "9" * 40):
        assert admin_client.get(f"{LIST}{key}/receiver/").status_code == 404


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_asks_the_same_of_the_database_however_long(
    admin_client: Client, number: int, django_assert_max_num_queries: Any
) -> None:
    for _ in range(number):
        make_webhook("https://hooks.example.org/", "tool")
    make_tool()
    with django_assert_max_num_queries(6):
        admin_client.get(LIST)
    with django_assert_max_num_queries(9):
        admin_client.get(DELIVERIES)
