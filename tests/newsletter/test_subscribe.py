"""Getting onto the list: the form, its limits, the mail and the button."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from newsletter import limits
from newsletter.models import Consent, MailLimit, SignUp, Subscriber, SubscriberToken, Suppression
from newsletter.services import erase, settle_sign_ups, suppress, tidy, unsubscribe
from newsletter.wording import CURRENT, agreed_words
from tests.factories import make_category, make_tool
from tests.newsletter.post import (
    AGAIN,
    CONFIRM,
    MATE,
    SAME,
    SENT,
    SUBSCRIBE,
    everything,
    fill_in,
    hmac_of,
    links,
    mails,
    newest_link,
    press,
    subscribed,
)
from tests.pages import FormValues, assert_safe, html_of, text_of

pytestmark = pytest.mark.django_db
Reason = Suppression.Reason


def make_bounced() -> None:
    suppress(MATE, Reason.BOUNCED)


def make_complained() -> None:
    unsubscribe(subscribed(), "test")
    suppress(MATE, Reason.COMPLAINED)


KINDS: dict[str, Callable[[], object]] = {
    "unknown": lambda: None,
    "pending": lambda: (fill_in(Client()), mails(), MailLimit.objects.all().delete()),
    "subscribed": subscribed,
    "unsubscribed": lambda: unsubscribe(subscribed(), "test"),
    "bounced": make_bounced,
    "complained": make_complained,
    "erased": lambda: erase(subscribed(), form="test"),
    "at its limit": lambda: [fill_in(Client()) for _ in range(3)] and mails(),
}


@pytest.fixture(autouse=True)
def _today() -> None:
    """The day's network key is made by whoever comes first; that is not what these tests look at."""
    fill_in(Client(), "first@example.org")
    settle_sign_ups()


def shapes(queries: CaptureQueriesContext) -> list[str]:
    """Statements without their values."""
    return [re.sub(r"'[^']*'|\"s\d+_x\d+\"|\b\d+\b", "?", query["sql"]) for query in queries]


def test_from_the_form_to_the_list(client: Client) -> None:
    response = fill_in(client)
    assert (response.status_code, response["Location"]) == (302, SENT)
    assert not response.cookies
    mail = mails()[-1]
    assert mail.to == [MATE]
    assert Subscriber.objects.get(address=MATE).state == "pending"
    opened = client.get(newest_link())
    assert opened.status_code == 303
    assert (opened["Referrer-Policy"], opened["Location"]) == ("no-referrer", CONFIRM)
    assert "no-store" in opened["Cache-Control"]
    cookie = opened.cookies["confirm"]
    assert (cookie["max-age"], cookie["httponly"], cookie["samesite"], cookie["path"]) == (900, True, "Lax", "/")
    page = client.get(CONFIRM)
    assert "Put me on the list" in text_of(page)
    assert "no-store" in page["Cache-Control"]
    assert Subscriber.objects.get(address=MATE).state == "pending"
    assert "Confirmed" in text_of(client.post(CONFIRM))
    subscriber = Subscriber.objects.get(address=MATE)
    assert (subscriber.state, list(Subscriber.objects.mailable())) == ("active", [subscriber])
    assert "Already confirmed" in text_of(client.get(CONFIRM))
    assert "Already confirmed" in text_of(client.post(CONFIRM))
    steps = Consent.objects.filter(subscriber_id=subscriber.pk).order_by("pk")
    assert [(step.kind, step.form, step.wording, bool(step.network_tag)) for step in steps] == [
        ("asked", "form on a page", CURRENT, True),
        ("confirmed", "button in a mail", CURRENT, True),
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_page_and_work_are_the_same_for_every_address(kind: str, client: Client) -> None:
    KINDS[kind]()
    settle_sign_ups()
    with CaptureQueriesContext(connection) as queries:
        known = fill_in(client)
    with CaptureQueriesContext(connection) as others:
        unknown = fill_in(client, "mate@example.net")
    assert (known.status_code, known.headers, known.content) == (unknown.status_code, unknown.headers, unknown.content)
    assert shapes(queries) == shapes(others)
    assert not any("newsletter_subscriber" in query or "newsletter_suppression" in query for query in shapes(queries))


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        ("unknown", "Confirm Drydock's weekly email with one press"),
        ("pending", "Confirm Drydock's weekly email with one press"),
        ("unsubscribed", "Confirm Drydock's weekly email with one press"),
        ("bounced", "Confirm Drydock's weekly email with one press"),
        ("erased", "Confirm Drydock's weekly email with one press"),
        ("subscribed", "You are on the list of Drydock's weekly email already"),
        ("complained", None),
        ("at its limit", None),
    ],
)
def test_what_each_gets(kind: str, subject: str | None, client: Client) -> None:
    KINDS[kind]()
    before = len(mails())
    fill_in(client)
    assert [mail.subject for mail in mails()[before:]] == ([subject] if subject else [])


@pytest.mark.parametrize("kind", ["unsubscribed", "bounced", "erased"])
def test_whoever_presses_the_button_anew_is_back(kind: str, client: Client) -> None:
    KINDS[kind]()
    fill_in(client)
    assert not Subscriber.objects.mailable().exists()
    press(client, newest_link())
    assert [row.address for row in Subscriber.objects.mailable()] == [MATE]
    assert not Suppression.objects.filter(address_hmac=hmac_of(MATE)).exists()


def test_a_link_from_before_a_complaint_is_held(client: Client) -> None:
    fill_in(client)
    link = newest_link()
    suppress(MATE, Reason.COMPLAINED)
    assert "We do not write to this address" in text_of(press(client, link))
    assert not Subscriber.objects.mailable().exists()


def test_a_link_from_before_leaving_does_not_undo_it(client: Client) -> None:
    fill_in(client)
    link = newest_link()
    unsubscribe(Subscriber.objects.get(address=MATE), "test")
    assert press(client, link).status_code == 404
    assert not Subscriber.objects.mailable().exists()


def test_one_mail_in_a_quarter_of_an_hour_and_three_a_day_from_any_networks() -> None:
    now, key = timezone.now(), hmac_of(MATE)
    taken = [
        minutes
        for minutes in range(0, 3 * 24 * 60, 5)
        if limits.take(limits.MAILS, key, now + timedelta(minutes=minutes))
    ]
    assert taken[:4] == [0, 15, 30, 24 * 60]
    for start in taken:
        assert len([minutes for minutes in taken if start <= minutes < start + 24 * 60]) <= 3


def test_however_many_networks_ask_one_mailbox_gets_one_mail(client: Client) -> None:
    for number, spelling in enumerate((MATE, "MATE@example.org", "mate+sea@example.org", "mate+land@EXAMPLE.org") * 3):
        assert fill_in(Client(REMOTE_ADDR=f"192.0.2.{number}"), spelling)["Location"] == SENT
    assert [mail.to for mail in mails()].count([MATE]) == 1
    assert Subscriber.objects.filter(address_key=MATE).count() == 1


def test_one_network_sends_twenty_forms_an_hour(client: Client) -> None:
    place = Client(REMOTE_ADDR="192.0.2.77")
    answers = [fill_in(place, f"mate{number}@example.org").status_code for number in range(21)]
    assert answers == [302] * 20 + [429]
    assert fill_in(client).status_code == 302


def test_a_filled_trap_is_thanked_and_forgotten(client: Client) -> None:
    response = fill_in(client, hull="https://cheap-rope.example")
    assert response["Location"] == SENT
    assert not SignUp.objects.exists()


@pytest.mark.parametrize(
    ("headers", "waited"),
    [
        pytest.param(SAME, "", id="no script"),
        pytest.param(SAME, "0.4", id="too fast"),
        pytest.param(SAME, "soon", id="nonsense"),
        pytest.param({}, "9", id="says nothing"),
    ],
)
def test_others_press_once_more_and_not_at_once(
    headers: dict[str, str], waited: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = Client(enforce_csrf_checks=True)
    tool = make_tool()
    page = reader.post(SUBSCRIBE, {"email": MATE, "waited": waited, "tool": tool.slug}, headers=headers)
    assert "One more press" in text_of(page)
    assert "no-store" in page["Cache-Control"]
    values = FormValues(html_of(page), AGAIN).values
    assert (values["email"], values["tool"]) == (MATE, tool.slug)
    at_once = reader.post(AGAIN, values)
    assert "One more press" in text_of(at_once)
    assert not SignUp.objects.exists()
    now = timezone.now().timestamp()
    monkeypatch.setattr("newsletter.forms.time.time", lambda: now + 3)
    assert reader.post(AGAIN, values)["Location"] == SENT
    assert SignUp.objects.get().wishes["tools"] == [tool.pk]
    del values["csrfmiddlewaretoken"]
    assert reader.post(AGAIN, values).status_code == 403


def test_another_site_cannot_send_the_form(client: Client) -> None:
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "none"}, {"Origin": "https://evil.example"}):
        assert client.post(SUBSCRIBE, {"email": MATE, "waited": "9"}, headers=headers).status_code == 403
    assert not SignUp.objects.exists()


def test_a_mistyped_address_is_marked(client: Client) -> None:
    page = fill_in(client, "mate at sea")
    assert "That is no email address we can send to" in text_of(page)
    assert not SignUp.objects.exists()


def test_what_the_form_chose_is_followed_once_confirmed_and_by_nobody_else(client: Client) -> None:
    tool, category = make_tool(name="Lathe"), make_category()
    fill_in(client, tool=tool.slug, category=category.slug)
    subscriber_before = everything()["subscriber_tools"]
    press(client, newest_link())
    subscriber = Subscriber.objects.get(address=MATE)
    assert subscriber_before == []
    assert (list(subscriber.tools.all()), list(subscriber.categories.all())) == ([tool], [category])


def test_one_on_the_list_follows_more_by_a_press(client: Client) -> None:
    subscriber, tool = subscribed(), make_tool()
    fill_in(client, tool=tool.slug)
    assert mails()[-1].subject == "Follow it in Drydock's weekly email with one press"
    assert list(subscriber.tools.all()) == []
    press(client, newest_link())
    assert list(subscriber.tools.all()) == [tool]
    assert Consent.objects.filter(subscriber_id=subscriber.pk).count() == 1  # nothing new was agreed to


def test_a_tool_is_chosen_by_its_name_or_from_those_like_it(client: Client) -> None:
    tool = make_tool(name="Lathe")
    make_tool(name="Latherwell One")
    make_tool(name="Latherwell Two")
    page = fill_in(client, tool_name="Latherwell")
    assert "Which one?" in text_of(page)
    assert "Latherwell Two" in text_of(page)
    assert "No tool of that name" in text_of(fill_in(client, tool_name="Xylophonist"))
    assert not SignUp.objects.exists()
    assert fill_in(client, tool_name="lathe")["Location"] == SENT
    assert SignUp.objects.get().wishes["tools"] == [tool.pk]


def test_a_tools_page_leads_to_the_form_with_the_tool_ticked(client: Client) -> None:
    tool = make_tool(name="Lathe")
    assert f'href="{SUBSCRIBE}?tool={tool.slug}"' in html_of(client.get(f"/tools/{tool.slug}/"))
    page = html_of(client.get(f"{SUBSCRIBE}?tool={tool.slug}"))
    assert f'<input type="checkbox" name="tool" value="{tool.slug}" checked>Lathe' in page


@pytest.mark.parametrize("path", ["/", "/tools/", "/newsletter/", SUBSCRIBE, SENT])
def test_public_pages_carry_no_token_and_say_what_is_agreed_to(path: str) -> None:
    one, other = Client(), Client(headers={"accept-language": "de"})
    page = one.get(path)
    assert_safe(page)
    assert not page.cookies
    assert page.content == other.get(path).content
    assert "csrfmiddlewaretoken" not in html_of(page)
    if path != SENT:
        assert agreed_words(CURRENT) in text_of(page)


def test_looking_at_what_is_in_the_mails_changes_nothing(client: Client) -> None:
    subscribed("other@example.org")
    for address in (MATE, "other@example.org"):
        fill_in(client, address)
    every = {link for mail in mails() for link in links(mail)}
    before, scanner = everything(), Client()
    assert len(every) >= 4
    for path in sorted(every):
        for method in (scanner.get, scanner.head):
            for _ in range(2):
                response: Any = method(path, follow=True)
                assert response.status_code == 200, path
    assert everything() == before


def test_a_broken_old_or_missing_link_says_so(client: Client) -> None:
    assert client.get(CONFIRM).status_code == 404
    assert client.get("/c/nonsense/").status_code == 303
    assert "This link leads nowhere" in text_of(client.get(CONFIRM))
    fill_in(client)
    link = newest_link()
    SubscriberToken.objects.update(
        made_at=timezone.now() - timedelta(days=8), expires_at=timezone.now() - timedelta(days=1)
    )
    assert press(client, link).status_code == 404
    assert Subscriber.objects.get(address=MATE).state == "pending"
    assert client.post(CONFIRM, HTTP_COOKIE="").status_code == 404


def test_the_token_is_stored_as_a_hash_alone(client: Client) -> None:
    fill_in(client)
    token = newest_link().split("/")[2]
    assert len(token) == 43
    assert token not in str(everything())


def test_confirming_needs_the_pages_own_token(client: Client) -> None:
    fill_in(client)
    reader = Client(enforce_csrf_checks=True)
    reader.get(newest_link())
    assert reader.post(CONFIRM).status_code == 403
    values = FormValues(html_of(reader.get(CONFIRM)), CONFIRM).values
    assert reader.post(CONFIRM, values).status_code == 200
    assert Subscriber.objects.get(address=MATE).state == "active"


def test_unconfirmed_ones_go_after_seven_days(client: Client) -> None:
    fill_in(client)
    mails()
    subscribed("other@example.org")
    now = timezone.now()
    assert tidy(now + timedelta(days=6, hours=23)) == 0
    assert tidy(now + timedelta(days=7, minutes=1)) == 2  # the one of every test, too
    assert [row.address for row in Subscriber.objects.all()] == ["other@example.org"]
    assert (SubscriberToken.objects.count(), MailLimit.objects.count()) == (0, 0)
    assert Consent.objects.filter(address_hmac=hmac_of(MATE), kind="asked").exists()


def test_a_form_that_fails_keeps_nobody_waiting(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    SignUp.objects.create(address="no address", form="test", wording="", network_tag=b"")
    fill_in(client)
    assert mails()[-1].to == [MATE]
    assert "could not be settled" in caplog.text
    assert [row.address for row in SignUp.objects.all()] == ["no address"]
    tidy(timezone.now() + timedelta(days=1, minutes=1))
    assert not SignUp.objects.exists()


def test_without_a_worker_a_command_does_it(client: Client, capsys: pytest.CaptureFixture[str]) -> None:
    fill_in(client)
    call_command("tend_subscribers")
    assert "1 forms looked at" in capsys.readouterr().out
    assert SubscriberToken.objects.filter(address=MATE).exists()


def test_in_production_the_cookie_is_the_hosts_own(client: Client, settings: Any) -> None:
    settings.LOCAL, settings.CONFIRM_COOKIE_NAME = False, "__Host-confirm"
    cookie = client.get(f"/c/{'a' * 43}/", secure=True).cookies["__Host-confirm"]
    assert (cookie["secure"], cookie["path"], cookie["domain"]) == (True, "/", "")
