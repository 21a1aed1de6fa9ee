"""Leaving: by one click of a mail program (RFC 8058), by the button of the page, again and again."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from newsletter.links import of_unsubscribe, sign, unsubscribe_path
from newsletter.models import Consent, Subscriber, Suppression
from newsletter.services import CannotAddError, add_by_hand, suppress
from tests.accounts.entrance import arrived, ask
from tests.newsletter.post import MATE, everything, fill_in, hmac_of, links, mails, newest_link, press, subscribed
from tests.pages import html_of, text_of

pytestmark = pytest.mark.django_db
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def test_one_click_works_without_cookie_token_or_origin() -> None:
    subscriber = subscribed()
    program = Client(enforce_csrf_checks=True)
    response = program.post(unsubscribe_path(subscriber), ONE_CLICK, headers={"Origin": "https://mail.example"})
    assert (response.status_code, dict(response.cookies)) == (200, {})
    subscriber.refresh_from_db()
    assert (subscriber.state, bool(subscriber.ended_at)) == ("unsubscribed", True)
    assert not Subscriber.objects.mailable().exists()
    step = Consent.objects.filter(kind="withdrawn").get()
    assert (step.form, step.subscriber_id) == ("one click in a mail program", subscriber.pk)
    assert bytes(Suppression.objects.get().address_hmac) == hmac_of(MATE)


def test_repeating_it_is_harmless(client: Client) -> None:
    path = unsubscribe_path(subscribed())
    client.post(path, ONE_CLICK)
    before = everything()
    for body in (ONE_CLICK, {}, {"List-Unsubscribe": "Two-Clicks"}):
        assert client.post(path, body).status_code == 200
    assert everything() == before


def test_multipart_and_plain_bodies_are_both_taken(client: Client) -> None:
    for number, kind in enumerate(("multipart/form-data; boundary=x", "application/x-www-form-urlencoded")):
        subscriber = subscribed(f"mate{number}@example.org")
        body = (
            '--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n'
            if "multipart" in kind
            else "List-Unsubscribe=One-Click"
        )
        assert client.generic("POST", unsubscribe_path(subscriber), body, kind).status_code == 200
        subscriber.refresh_from_db()
        assert subscriber.state == "unsubscribed"
    assert set(Consent.objects.filter(kind="withdrawn").values_list("form", flat=True)) == {
        "one click in a mail program"
    }


def test_looking_at_it_shows_one_button_and_changes_nothing(client: Client) -> None:
    subscriber = subscribed()
    before = everything()
    page = client.get(unsubscribe_path(subscriber))
    assert html_of(page).count("<button") == 2  # the other one opens the menu
    assert "No more weekly email?" in text_of(page)
    for method in (client.head, client.options, client.get):
        method(unsubscribe_path(subscriber))
    assert everything() == before
    assert "Done" in text_of(client.post(unsubscribe_path(subscriber)))
    assert Consent.objects.get(kind="withdrawn").form == "button on the page"


def test_a_link_holds_while_keys_change_and_only_ours_do(client: Client, settings: Any) -> None:
    subscriber, other = subscribed(), subscribed("other@example.org")
    path = unsubscribe_path(subscriber)
    token = path.split("/")[3]
    assert of_unsubscribe(token) == subscriber
    settings.NEWSLETTER_KEY_FALLBACKS = [settings.NEWSLETTER_KEY]
    settings.NEWSLETTER_KEY = "another"
    assert client.get(path).status_code == 200
    assert unsubscribe_path(subscriber) != path
    signature = token.split("-", 1)[1]
    wrong = [
        f"{other.pk}-{signature}",
        token.upper(),
        f"{subscriber.pk}",
        f"0{token}",
        sign("other", subscriber.pk, b""),
    ]
    for forged in wrong:
        assert client.post(f"/newsletter/unsubscribe/{forged}/", ONE_CLICK).status_code == 404, forged
    assert Subscriber.objects.mailable().count() == 2
    client.post(path, ONE_CLICK)
    assert list(Subscriber.objects.mailable()) == [other]


def test_who_left_under_an_old_key_stays_away_under_a_new_one(client: Client, settings: Any) -> None:
    client.post(unsubscribe_path(subscribed()), ONE_CLICK)
    settings.NEWSLETTER_KEY, settings.NEWSLETTER_KEY_FALLBACKS = "another", [settings.NEWSLETTER_KEY]
    with pytest.raises(CannotAddError):
        add_by_hand(address=MATE, source="an old list")
    fill_in(client)
    press(client, newest_link())
    assert not Suppression.objects.exists()
    assert Subscriber.objects.mailable().count() == 1


def test_a_suppression_keeps_mail_away_whatever_the_state_says() -> None:
    subscriber = subscribed()
    suppress(MATE, Suppression.Reason.BOUNCED)
    assert subscriber.state == "active"
    assert not Subscriber.objects.mailable().exists()


def test_the_stronger_reason_stays(client: Client) -> None:
    subscriber = subscribed()
    suppress(MATE, Suppression.Reason.COMPLAINED)
    client.post(unsubscribe_path(subscriber), ONE_CLICK)
    assert Suppression.objects.get().reason == "complained"
    suppress(MATE, Suppression.Reason.BY_HAND)
    assert Suppression.objects.get().reason == "by hand"


def test_account_mail_still_flows(client: Client) -> None:
    client.post(unsubscribe_path(subscribed()), ONE_CLICK)
    ask(client, MATE)
    assert arrived()[-1].to == [MATE]


def test_the_mail_that_says_already_has_the_headers_and_they_work(client: Client) -> None:
    subscriber = subscribed()
    fill_in(client)
    mail = mails()[-1]
    assert mail.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail.extra_headers["List-Unsubscribe"] == f"<http://127.0.0.1:8000{unsubscribe_path(subscriber)}>"
    assert f"List-Unsubscribe: {mail.extra_headers['List-Unsubscribe']}" in mail.message().as_string()
    assert unsubscribe_path(subscriber) in links(mail)
    Client().post(unsubscribe_path(subscriber), ONE_CLICK)
    assert not Subscriber.objects.mailable().exists()
