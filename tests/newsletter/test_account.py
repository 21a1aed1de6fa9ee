"""The weekly email on the page of an account, and the account that a subscription knows."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from newsletter.models import Consent, SignUp, Subscriber, Suppression
from newsletter.services import suppress, unsubscribe
from tests.accounts.entrance import sign_in
from tests.factories import make_category, make_user
from tests.newsletter.post import MATE, fill_in, hmac_of, mails, newest_link, press, subscribed
from tests.pages import FormValues, html_of, text_of

pytestmark = pytest.mark.django_db
ACCOUNT, JOIN = "/accounts/", "/newsletter/account/"


@pytest.fixture
def mate(client: Client) -> Client:
    sign_in(client, MATE)
    return client


def test_one_press_is_enough_for_a_proved_address_and_the_consent_says_so(mate: Client) -> None:
    assert "You have proved that mate@example.org is yours: one press is enough." in text_of(mate.get(ACCOUNT))
    sent = len(mails())
    answer = mate.post(JOIN)
    assert answer["Location"] == f"{ACCOUNT}#weekly"
    assert "You are on the list. The next issue comes to you." in text_of(mate.get(ACCOUNT))
    subscriber = Subscriber.objects.mailable().get()
    assert (subscriber.address, subscriber.user) == (MATE, User.objects.get())
    consent = Consent.objects.get()
    assert consent.kind == "confirmed"
    assert consent.form == "button in the account, whose address was proved by a code"
    assert consent.wording
    assert consent.network_tag
    assert len(mails()) == sent
    mate.post(JOIN)
    assert Consent.objects.count() == 1


def test_an_account_that_has_proved_nothing_gets_the_mail_first(client: Client) -> None:
    client.force_login(make_user(email=MATE))
    assert "A mail with one button goes to mate@example.org first." in text_of(client.get(ACCOUNT))
    assert "A mail with one button is on its way to you." in text_of(client.post(JOIN, follow=True))
    assert not Subscriber.objects.filter(state="active").exists()
    press(Client(), newest_link())
    subscriber = Subscriber.objects.get()
    assert (subscriber.state, subscriber.user) == ("active", None)


def test_the_page_has_the_same_form_as_the_signed_link(mate: Client) -> None:
    subscriber, category = subscribed(), make_category(name="Rigging")
    page = html_of(mate.get(ACCOUNT))
    subscriber.refresh_from_db()
    assert subscriber.user == User.objects.get()
    action = f"/newsletter/preferences/{page.partition('/newsletter/preferences/')[2].partition(chr(34))[0]}"
    values = {"category": category.slug, "only_followed": "on"}
    assert mate.post(action, values)["Location"] == f"{action}?saved"
    subscriber.refresh_from_db()
    assert (subscriber.categories.get(), subscriber.only_followed) == (category, True)
    assert FormValues(html_of(mate.get(ACCOUNT)), action).values["only_followed"] == "on"


def test_a_confirmation_links_the_account_of_that_very_address(mate: Client) -> None:
    user = User.objects.get()
    other = subscribed("mate+list@example.org")
    assert other.user is None
    assert "goes to mate@example.org first" in text_of(mate.get(ACCOUNT))
    other.delete()
    reader = Client()
    fill_in(reader, "Mate@example.org")
    press(reader, newest_link())
    subscriber = Subscriber.objects.get()
    assert subscriber.user_id == user.pk
    token = html_of(mate.get(ACCOUNT)).partition("/newsletter/preferences/")[2].partition("/")[0]
    mate.post(f"/newsletter/preferences/{token}/address/", {"email": "elsewhere@example.org"})
    press(reader, newest_link())
    assert Subscriber.objects.get(user=None).address == "elsewhere@example.org"


def test_another_spelling_on_the_list_is_asked_by_mail(mate: Client) -> None:
    subscribed("mate+list@example.org")
    assert "A mail with one button is on its way to you." in text_of(mate.post(JOIN, follow=True))
    assert mails()[-1].to == ["mate+list@example.org"]
    assert Subscriber.objects.get().address == "mate+list@example.org"


@pytest.mark.parametrize(
    ("reason", "words", "comes_back"),
    [
        ("unsubscribed", "one press is enough", True),
        ("erased", "one press is enough", True),
        ("bounced", "A mail with one button goes to", False),
        ("soft", "A mail with one button goes to", False),
        ("complained", "We do not write to this address", False),
        ("by hand", "We do not write to this address", False),
    ],
)
def test_what_a_press_takes_back_and_what_it_does_not(mate: Client, reason: str, words: str, comes_back: bool) -> None:  # noqa: FBT001
    suppress(MATE, Suppression.Reason(reason))
    assert words in text_of(mate.get(ACCOUNT))
    mate.post(JOIN)
    assert Subscriber.objects.mailable().exists() == comes_back
    assert Suppression.objects.exists() == (not comes_back)
    assert SignUp.objects.exists() == (words.startswith("A mail"))


def test_who_left_comes_back_by_one_press(mate: Client) -> None:
    unsubscribe(subscribed(), "a test")
    mate.post(JOIN)
    assert Subscriber.objects.mailable().get().address == MATE


def test_an_account_that_no_mail_reaches_may_choose_another_address(client: Client) -> None:
    client.force_login(make_user(email="mate@localhost"))
    page = text_of(client.get(ACCOUNT))
    assert "No weekly email can go to the address of this account." in page
    assert "We do not write to this address." in text_of(client.post(JOIN, follow=True))
    assert not SignUp.objects.exists()


def test_nobody_presses_from_elsewhere_or_signed_out(mate: Client) -> None:
    assert mate.get(JOIN).status_code == 405
    assert Client().post(JOIN)["Location"].startswith("/accounts/login/")
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(User.objects.get())
    assert strict.post(JOIN).status_code == 403
    for _ in range(20):
        mate.post(JOIN)
    assert mate.post(JOIN).status_code == 429


def test_the_accounts_records_and_its_closing_include_the_subscription(mate: Client) -> None:
    mate.post(JOIN)
    records = mate.get("/accounts/data/").json()["weekly email"]
    assert [(one["address"], one["state"], len(one["steps"])) for one in records] == [(MATE, "active", 1)]
    assert mate.post("/accounts/close/")["Location"] == "/accounts/closed/"
    assert not Subscriber.objects.exists()
    assert bytes(Suppression.objects.get().address_hmac) == hmac_of(MATE)
    assert Consent.objects.latest("pk").form == "account closed"
