"""What a subscriber changes by the signed link, and what the account's pages know of it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from newsletter.links import of_preferences, preferences_path, unsubscribe_path
from newsletter.models import Consent, Subscriber, Suppression
from newsletter.services import CannotAddError, add_by_hand, erase, proof_of, unsubscribe
from reviews.models import Reviewer
from tests.accounts.entrance import sign_in
from tests.factories import make_category, make_reviewer, make_tool
from tests.newsletter.post import MATE, everything, fill_in, hmac_of, links, mails, newest_link, press, subscribed
from tests.pages import FormValues, html_of, text_of

pytestmark = pytest.mark.django_db
OTHER = "other@example.net"


def follows(subscriber: Subscriber) -> tuple[set[Any], set[Any], set[Any]]:
    return set(subscriber.categories.all()), set(subscriber.tools.all()), set(subscriber.reviewers.all())


def test_what_is_followed_is_set_by_the_form_and_by_nothing_else(client: Client) -> None:
    subscriber = subscribed()
    path = preferences_path(subscriber)
    category, reviewer = make_category(), make_reviewer()
    tool, other, draft = make_tool(), make_tool(name="Lathe"), make_tool(status="draft", published_at=None)
    sent = {
        "category": category.slug,
        "reviewer": reviewer.slug,
        "tool": [tool.slug, draft.slug, "ghost", "No slug\0"],
        "tool_name": "lathe",
        "only_followed": "on",
    }
    assert client.post(path, sent)["Location"] == f"{path}?saved"
    subscriber.refresh_from_db()
    assert follows(subscriber) == ({category}, {tool, other}, {reviewer})
    assert subscriber.only_followed
    page = client.get(f"{path}?saved")
    assert "Saved." in text_of(page)
    values = FormValues(html_of(page), path).values
    assert values["only_followed"] == "on"
    assert client.post(path, {"tool": tool.slug}).status_code == 302
    subscriber.refresh_from_db()
    assert (follows(subscriber), subscriber.only_followed) == ((set(), {tool}, set()), False)


def test_an_unclear_name_is_asked_about_and_nothing_is_lost(client: Client) -> None:
    subscriber, tool = subscribed(), make_tool(name="Plane")
    for name in ("Latherwell One", "Latherwell Two"):
        make_tool(name=name)
    page = client.post(preferences_path(subscriber), {"tool": tool.slug, "tool_name": "Latherwell"})
    assert all(words in text_of(page) for words in ("Which one?", "Latherwell One", "Latherwell Two"))
    assert f'value="{tool.slug}" checked' in html_of(page)
    assert follows(subscriber)[1] == set()


def test_a_pause_lasts_as_long_as_it_says(client: Client) -> None:
    subscriber, today = subscribed(), timezone.now().date()
    path = f"{preferences_path(subscriber)}pause/"
    assert "Paused" in text_of(client.post(path, {"weeks": "3"}, follow=True))
    subscriber.refresh_from_db()
    assert subscriber.paused_until == today + timedelta(weeks=3)
    assert not Subscriber.objects.mailable().exists()
    assert not Subscriber.objects.mailable(today + timedelta(days=20)).exists()
    assert Subscriber.objects.mailable(today + timedelta(days=21)).exists()
    for weeks in ("0", "27", "-1", "soon", ""):
        assert "A pause lasts 1 to 26 weeks." in text_of(client.post(path, {"weeks": weeks}))
    client.post(path, {"resume": "1"})
    assert Subscriber.objects.mailable().exists()


def test_another_address_confirms_first_and_the_old_one_is_told(client: Client) -> None:
    subscriber, tool = subscribed(), make_tool()
    subscriber.tools.add(tool)
    old_links = preferences_path(subscriber), unsubscribe_path(subscriber)
    answer = client.post(f"{old_links[0]}address/", {"email": OTHER})
    assert answer["Location"] == f"{old_links[0]}?asked"
    assert (mails()[-1].to, mails()[-1].subject) == ([OTHER], "Have Drydock's weekly email come here with one press")
    subscriber.refresh_from_db()
    assert subscriber.address == MATE
    assert "The old address has been told" in text_of(press(client, newest_link()))
    subscriber.refresh_from_db()
    assert (subscriber.address, subscriber.address_key, set(subscriber.tools.all())) == (OTHER, OTHER, {tool})
    notice = mails()[-1]
    assert (notice.to, notice.subject) == ([MATE], "Drydock's weekly email goes elsewhere now")
    assert not any("preferences" in link or "unsubscribe" in link for link in links(notice))
    assert client.get(old_links[0]).status_code == 404  # who reads the old mailbox no longer changes anything
    assert client.post(old_links[1]).status_code == 200  # but a mail in it can still end it
    subscriber.refresh_from_db()
    assert subscriber.state == "unsubscribed"
    steps = Consent.objects.filter(subscriber_id=subscriber.pk).order_by("pk")
    assert [(step.kind, bytes(step.address_hmac) == hmac_of(OTHER)) for step in steps] == [
        *(("added", False), ("changed", False), ("confirmed", True), ("withdrawn", True)),
    ]


def test_moving_to_an_address_that_is_subscribed_makes_one_of_two(client: Client) -> None:
    one, two, tool = subscribed(), subscribed(OTHER), make_tool()
    two.tools.add(tool)
    client.post(f"{preferences_path(one)}address/", {"email": OTHER})
    press(client, newest_link())
    assert [(row.pk, row.address, list(row.tools.all())) for row in Subscriber.objects.all()] == [
        (one.pk, OTHER, [tool])
    ]
    assert client.post(unsubscribe_path(two)).status_code == 200


def test_the_answer_never_tells_whether_the_other_address_is_known(client: Client) -> None:
    path = f"{preferences_path(subscribed())}address/"
    subscribed(OTHER)
    answers = [client.post(path, {"email": email}) for email in (OTHER, "nobody@example.net")]
    assert answers[0].headers == answers[1].headers
    assert "no email address" in text_of(client.post(path, {"email": "nowhere"}))
    for number in range(3):
        assert client.post(path, {"email": f"n{number}@example.net"}).status_code == 302
    assert client.post(path, {"email": "one-too-many@example.net"}).status_code == 429


def test_the_export_has_everything(client: Client) -> None:
    subscriber, tool = subscribed(), make_tool()
    subscriber.tools.add(tool)
    response = client.get(f"{preferences_path(subscriber)}export/")
    assert "attachment" in response["Content-Disposition"]
    found = response.json()
    assert (found["address"], found["state"], found["follows"]["tools"]) == (MATE, "active", [tool.slug])
    assert [(step["step"], step["source"]) for step in found["steps"]] == [("added", "a test")]


def test_erasing_leaves_the_hash_alone(client: Client, capsys: pytest.CaptureFixture[str]) -> None:
    subscriber = subscribed()
    path = f"{preferences_path(subscriber)}erase/"
    page = client.get(path)
    assert "One thing stays: a scrambled form of the address" in text_of(page)
    assert Subscriber.objects.exists()
    assert "Deleted" in text_of(client.post(path))
    assert not Subscriber.objects.exists()
    assert MATE not in str(everything())
    call_command("prove_consent", "Mate+sea@EXAMPLE.org")
    proof = json.loads(capsys.readouterr().out)
    assert [step["step"] for step in proof["steps"]] == ["added", "erased"]
    assert (proof["subscription"], proof["suppression"]["reason"]) == (None, "erased")
    with pytest.raises(CannotAddError):
        add_by_hand(address="mate@example.org", source="last year's list")
    assert client.get(path).status_code == 404
    assert client.post(unsubscribe_path(subscriber)).status_code == 200


def test_the_proof_says_which_words_when_and_how(client: Client) -> None:
    fill_in(client)
    press(client, newest_link())
    proof = proof_of("MATE@example.org")
    assert [(step["step"], step["form"], step["words"][:20]) for step in proof["steps"]] == [
        ("asked", "form on a page", "One email a week: th"),
        ("confirmed", "button in a mail", "One email a week: th"),
    ]
    assert all(len(step["network_tag"]) == 64 for step in proof["steps"])
    assert proof_of("nobody@example.org")["steps"] == []
    with pytest.raises(CommandError, match="no email address"):
        call_command("prove_consent", "nobody")


def test_a_link_is_good_for_its_owner_and_its_purpose_alone(client: Client, settings: Any) -> None:
    one, two = subscribed(), subscribed(OTHER)
    token = preferences_path(one).split("/")[3]
    number, signature = token.split("-", 1)
    for wrong in (f"{two.pk}-{signature}", token[:-1], f"{token}a", "0-x", f"{number}-{'a' * 24}", "9" * 30):
        assert client.get(f"/newsletter/preferences/{wrong}/").status_code == 404, wrong
    assert client.get(unsubscribe_path(one).replace("unsubscribe", "preferences")).status_code == 404
    assert client.get(preferences_path(one).replace("preferences", "unsubscribe")).status_code == 404
    assert of_preferences(token) == one
    settings.NEWSLETTER_KEY, settings.NEWSLETTER_KEY_FALLBACKS = "new", [settings.NEWSLETTER_KEY]
    assert of_preferences(token) == one
    settings.NEWSLETTER_KEY_FALLBACKS = []
    assert of_preferences(token) is None


def test_pages_of_one_reader_are_kept_by_no_cache_and_tell_no_other_site(client: Client) -> None:
    subscriber = subscribed()
    for path in (preferences_path(subscriber), unsubscribe_path(subscriber), f"{preferences_path(subscriber)}erase/"):
        page = client.get(path)
        assert "no-store" in page["Cache-Control"]
        assert page["Referrer-Policy"] == "same-origin"
        assert page["X-Robots-Tag"] == "noindex"
        assert 'name="email" autocomplete="email" maxlength="254" required' not in html_of(page)


def test_forms_of_the_page_need_its_token(client: Client) -> None:
    subscriber = subscribed()
    reader = Client(enforce_csrf_checks=True)
    for name in ("", "pause/", "address/", "erase/"):
        assert reader.post(f"{preferences_path(subscriber)}{name}", {"weeks": "1"}).status_code == 403


def test_one_who_left_is_told_so(client: Client) -> None:
    subscriber = subscribed()
    unsubscribe(subscriber, "test")
    page = client.get(preferences_path(subscriber))
    assert "Not on the list" in text_of(page)
    client.post(preferences_path(subscriber), {"only_followed": "on"})
    subscriber.refresh_from_db()
    assert not subscriber.only_followed


def test_signed_in_the_account_leads_to_its_own_subscription(client: Client) -> None:
    sign_in(client)
    page = client.get("/newsletter/preferences/")
    assert f'value="{MATE}"' in html_of(page)
    assert "Get the weekly email" in text_of(page)
    subscribed("m.ate@example.org")
    subscribed("mate+else@example.org")  # the same mailbox here, perhaps not at every provider
    assert client.get("/newsletter/preferences/").status_code == 200
    Subscriber.objects.all().delete()
    subscriber = subscribed("Mate@example.org")
    assert client.get("/newsletter/preferences/")["Location"] == preferences_path(subscriber)
    assert 'href="/newsletter/preferences/"' in html_of(client.get("/accounts/"))
    assert client.get("/accounts/data/").json()["weekly email"][0]["address"] == "Mate@example.org"
    assert Client().get("/newsletter/preferences/")["Location"].startswith("/accounts/login/")


def test_closing_the_account_ends_its_subscription(client: Client) -> None:
    sign_in(client)
    subscribed()
    subscribed(OTHER)
    assert "weekly email" in text_of(client.get("/accounts/close/"))
    client.post("/accounts/close/")
    assert [row.address for row in Subscriber.objects.all()] == [OTHER]
    assert Suppression.objects.get().reason == "erased"


def test_a_page_with_many_follows_takes_as_many_queries_as_one_with_few(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    subscriber = subscribed()
    for _ in range(12):
        subscriber.tools.add(make_tool())
    assert Reviewer.objects.count() == 0
    with django_assert_max_num_queries(8):
        client.get(preferences_path(subscriber))


def test_adding_by_hand_needs_a_source_and_respects_who_left() -> None:
    with pytest.raises(ValueError, match="source"):
        add_by_hand(address=MATE, source=" ")
    subscriber, is_new = add_by_hand(address=MATE, source="fair of 12 May, on paper")
    assert (subscriber.state, is_new) == ("active", True)
    assert add_by_hand(address="mate+x@example.org", source="again") == (subscriber, False)
    unsubscribe(subscriber, "test")
    with pytest.raises(CannotAddError):
        add_by_hand(address=MATE, source="an old list", kind=Consent.Kind.IMPORTED)
    erase(subscriber, form="test")
    with pytest.raises(CannotAddError):
        add_by_hand(address=MATE, source="an old list", kind=Consent.Kind.IMPORTED)
