"""Subscribers at the desk: found, looked at, added by hand, ended, suppressed, erased; and what stays behind."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEntry
from accounts.roles import EDITOR, PUBLISHER, SUPPORT
from newsletter.finding import wanted
from newsletter.models import Consent, Subscriber, Suppression
from newsletter.services import suppress, unsubscribe
from tests.editorial.people import at_desk, person
from tests.factories import make_category, make_reviewer, make_tool
from tests.newsletter.post import MATE, fill_in, hmac_of, mails, newest_link, press, subscribed
from tests.pages import html_of, text_of

pytestmark = pytest.mark.django_db
LIST, ADD = "/admin/newsletter/subscriber/", "/admin/newsletter/subscriber/add/"
STOPPED = "/admin/newsletter/suppression/"
WHY = "Asked us by phone."


@pytest.fixture
def support() -> Client:
    return at_desk(person(SUPPORT))


def page_of(subscriber: Subscriber) -> str:
    return f"{LIST}{subscriber.pk}/change/"


def step(client: Client, subscriber: Subscriber, name: str, **fields: str) -> Any:
    given = {"reason": WHY, **fields}
    typed = {f"{name}-{field}": text for field, text in given.items()}
    return client.post(page_of(subscriber), {"step": name, **typed}, follow=True)


def listed(client: Client, query: str = "") -> set[str]:
    page: Any = client.get(f"{LIST}{query}")
    assert page.status_code == 200
    return {row.address for row in page.context_data["cl"].result_list}


def fill() -> dict[str, Subscriber]:
    """One in each state, and two whose state and suppression differ."""
    today = timezone.now().date()
    found = {name: subscribed(f"{name}@example.org") for name in ("active", "paused", "left", "bounced", "rested")}
    found["paused"].paused_until, found["rested"].paused_until = today + timedelta(days=7), today
    for name in ("paused", "rested"):
        found[name].save()
    unsubscribe(found["left"], "a test")
    suppress("bounced@example.org", Suppression.Reason.BOUNCED)
    fill_in(Client(), "waiting@example.org")
    mails()
    return found


def test_every_subscriber_is_in_exactly_one_state(support: Client) -> None:
    fill()
    by_state = {
        "waiting": {"waiting@example.org"},
        "active": {"active@example.org", "rested@example.org"},
        "paused": {"paused@example.org"},
        "unsubscribed": {"left@example.org"},
        "suppressed": {"bounced@example.org"},
    }
    for name, addresses in by_state.items():
        assert listed(support, f"?standing={name}") == addresses
    assert listed(support) == set.union(*by_state.values())
    page = html_of(support.get(LIST))
    for words in ("waiting for confirmation", "paused", "unsubscribed", "suppressed", "active"):
        assert f"{words}</td>" in page
    assert listed(support, "?confirmed_at__gte=2999-01-01%2000:00:00%2B00:00") == set()
    assert listed(support, "?standing=nonsense") == listed(support)


@pytest.mark.parametrize(
    "typed",
    [
        *(
            "Mate.At.Sea+drydock@googlemail.com",
            "MATEATSEA@GMAIL.COM",
            "mate.at",
            "mateat",
            "Mate.at.s",
            "mate.at.sea@goog",
        ),
        *("  mateatsea@gmail.com ", "mateatsea+other@gm", "MATE"),
    ],
)
def test_any_spelling_and_any_beginning_finds_an_address(support: Client, typed: str) -> None:
    subscribed("mate.at.sea@gmail.com"), subscribed("bosun@example.org")
    assert listed(support, f"?q={typed.replace('+', '%2B')}") == {"mate.at.sea@gmail.com"}


@pytest.mark.parametrize("typed", ["ate.at", "%", "_ate", "mate@gmail.com", "@", "9" * 30, "mate@bücher\u200d.ex"])
def test_what_is_nobodys_beginning_finds_nobody(support: Client, typed: str) -> None:
    subscribed("mate.at.sea@gmail.com")
    page: Any = support.get(LIST, {"q": typed})
    assert (page.status_code, list(page.context_data["cl"].result_list)) == (200, [])


def test_a_domain_of_other_letters_and_a_number_are_found(support: Client) -> None:
    subscriber = subscribed("mate@bücher.example")
    for typed in ("mate@bücher.example", "mate@xn--bcher", str(subscriber.pk), f"#{subscriber.pk}"):
        page: Any = support.get(LIST, {"q": typed})
        assert [row.pk for row in page.context_data["cl"].result_list] == [subscriber.pk]


def test_the_list_uses_indexes_at_any_size(support: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO newsletter_subscriber (address, address_key, address_hmac, state, key, only_followed, "
            "confirmed_at, ended_at) SELECT 'n' || n || '@example.org', 'n' || n || '@example.org', "
            "sha256(n::text::bytea), CASE WHEN n % 50 = 0 THEN 'unsubscribed' ELSE 'active' END, '', false, "
            "now() - n * interval '1 minute', CASE WHEN n % 50 = 0 THEN now() END FROM generate_series(1, 60000) AS n"
        )
        cursor.execute("ANALYZE newsletter_subscriber")
        cursor.execute("ANALYZE newsletter_suppression")
    for term in ("n4711", "n4711@example.org", "N4711@Exam", "4711"):
        plan = Subscriber.objects.filter(wanted(term)).order_by("-pk")[:100].explain()
        assert "Seq Scan" not in plan, f"{term}: {plan}"
        assert "newsletter_subscriber_address_key" in plan
    for query in ("", "?standing=unsubscribed", "?standing=active", "?standing=paused", "?standing=waiting"):
        page: Any = support.get(f"{LIST}{query}")
        plan = page.context_data["cl"].result_list.explain()
        assert "Seq Scan on newsletter_subscriber" not in plan, f"{query}: {plan}"
        assert page.context_data["cl"].result_count <= 10_000
    by_day = Subscriber.objects.filter(confirmed_at__gte=timezone.now() - timedelta(days=1)).explain()
    assert "subscribers_by_confirmation" in by_day


def test_the_page_of_one_tells_the_whole_story(support: Client) -> None:
    category, tool, reviewer = make_category(name="Rigging"), make_tool(name="Windlass"), make_reviewer(name="Ada")
    reader = Client()
    fill_in(reader, MATE, tool=tool.slug)
    press(reader, newest_link())
    subscriber = Subscriber.objects.get()
    subscriber.categories.add(category)
    subscriber.reviewers.add(reviewer)
    page = text_of(support.get(page_of(subscriber)))
    for words in ("On the list since", "Rigging", "Windlass", "Ada", "Asked by form", "Confirmed by a press"):
        assert words in page
    assert "None: weekly email may go to this address." in page
    assert "1 of at most 3" in page
    assert "wording 2026-11" in page
    assert page.index("Asked by form") < page.index("Confirmed by a press")
    waiting = "bosun@example.org"
    fill_in(Client(), waiting)
    mails()
    page = text_of(support.get(page_of(Subscriber.objects.get(address=waiting))))
    assert "Waiting for confirmation: asked" in page
    assert "1 link in a mail is still open." in page


def test_the_proof_is_a_file_and_taking_it_is_in_the_log(support: Client) -> None:
    subscriber = subscribed()
    answer = support.post(f"{LIST}{subscriber.pk}/proof/")
    assert "attachment" in answer["Content-Disposition"]
    proof = json.loads(answer.content)
    assert (proof["address"], [one["step"] for one in proof["steps"]]) == (MATE, ["added"])
    assert AuditEntry.objects.filter(action="exported", kind="newsletter.subscriber").count() == 1
    assert support.post(f"{LIST}999999/proof/").status_code == 302


def test_support_unsubscribes_somebody_for_a_reason(support: Client) -> None:
    subscriber = subscribed()
    assert "Say why" in text_of(step(support, subscriber, "unsubscribe", reason=" "))
    assert "Leave addresses out" in text_of(step(support, subscriber, "unsubscribe", reason=f"{MATE} rang"))
    subscriber.refresh_from_db()
    assert subscriber.state == "active"
    assert "Unsubscribed." in text_of(step(support, subscriber, "unsubscribe"))
    subscriber.refresh_from_db()
    assert subscriber.state == "unsubscribed"
    left = Consent.objects.latest("pk")
    assert (left.kind, left.form, left.source) == ("withdrawn", "desk", WHY)
    assert Suppression.objects.get().reason == "unsubscribed"
    assert WHY in text_of(support.get(page_of(subscriber)))
    assert 'value="unsubscribe"' not in html_of(support.get(page_of(subscriber)))


def test_support_suppresses_and_lifts(support: Client) -> None:
    subscriber = subscribed()
    assert "Suppressed." in text_of(step(support, subscriber, "suppress"))
    assert Suppression.objects.get().source == WHY
    assert not Subscriber.objects.mailable().exists()
    page = text_of(support.get(page_of(subscriber)))
    assert "Gets nothing: the address is suppressed." in page
    assert "Only an editor takes it back." in page
    assert "Lifted." in text_of(step(support, subscriber, "lift"))
    assert Subscriber.objects.mailable().get() == subscriber
    assert "Choose one of the buttons." in text_of(support.post(page_of(subscriber), {"step": "keelhaul"}))


def test_erasing_takes_the_address_typed_and_leaves_the_hash_alone(support: Client) -> None:
    subscriber = subscribed("Mate@Example.org")
    number = subscriber.pk
    assert "keyed hash, from which nobody can read the address" in text_of(support.get(page_of(subscriber)))
    assert "not the address of this page" in text_of(step(support, subscriber, "erase", typed="other@example.org"))
    assert "Type the address, so that" in text_of(step(support, subscriber, "erase", typed=""))
    assert Subscriber.objects.exists()
    assert "Erased." in text_of(step(support, subscriber, "erase", typed="mate@example.org"))
    assert not Subscriber.objects.exists()
    assert Suppression.objects.get().reason == "erased"
    gone = Consent.objects.latest("pk")
    assert (gone.kind, gone.form, gone.source, gone.subscriber_id) == ("erased", "desk", WHY, number)
    assert bytes(gone.address_hmac) == hmac_of(MATE)
    for model in (LogEntry, AuditEntry, Consent, Suppression):
        assert not any("mate@" in str(row).lower() for row in model._default_manager.values_list()), model
    assert "mate@" not in text_of(support.get(LIST)).lower()


def test_somebody_is_added_by_hand_with_where_the_consent_is_from(support: Client) -> None:
    category, reviewer, tool = make_category(), make_reviewer(), make_tool(name="Windlass")
    given = {"email": "Mate+list@Example.org", "source": "Signed the sheet in Bergen"}
    wishes = {"categories": category.pk, "reviewers": reviewer.pk, "tools": "windlass\n"}
    page = text_of(support.post(ADD, {**given, **wishes}, follow=True))
    assert "Added. The next issue goes there." in page
    subscriber = Subscriber.objects.get()
    assert (subscriber.address, subscriber.state) == ("Mate+list@example.org", "active")
    followed = [subscriber.categories.get(), subscriber.reviewers.get(), subscriber.tools.get()]
    assert followed == [category, reviewer, tool]
    consent = Consent.objects.get()
    assert (consent.kind, consent.source) == ("added", "Signed the sheet in Bergen")
    assert "on the list already" in text_of(support.post(ADD, given))
    assert mails() == []


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"email": ""}, "Type the address."),
        ({"email": "mate at sea"}, "That is no email address we can send to."),
        ({"email": "mate@example.org\r\nBcc: x@example.org"}, "That is no email address we can send to."),
        ({"source": "  "}, "Say where the consent is from"),
        ({"source": "mate@example.org said so"}, "Leave addresses out"),
        ({"tools": "Ghost\nPhantom"}, "No tool of that name is listed here: Ghost, Phantom."),
        ({"tools": "x\n" * 51}, "At most 50 tools at once."),
        ({"email": "left@example.org"}, "This address is suppressed since"),
        ({"email": "complained@example.org"}, "complained. Lift that first"),
    ],
)
def test_what_cannot_be_added_is_said(support: Client, fields: dict[str, str], words: str) -> None:
    unsubscribe(subscribed("left@example.org"), "a test")
    suppress("complained@example.org", Suppression.Reason.COMPLAINED)
    before = Consent.objects.count()
    page = support.post(ADD, {"email": MATE, "source": "A stand", **fields})
    assert words in text_of(page)
    assert Consent.objects.count() == before


def test_suppressions_are_found_by_the_address_and_only_superusers_add_and_lift(admin_client: Client) -> None:
    subscriber = subscribed()
    page = text_of(
        admin_client.post(f"{STOPPED}add/", {"email": "Mate+x@example.org", "reason": "Wrote to us"}, follow=True)
    )
    assert "Suppressed. No weekly email goes there." in page
    letters = hmac_of(MATE).hex()
    assert Suppression.objects.get().reason == "by hand"
    found: Any = admin_client.get(STOPPED, {"q": "MATE@example.org"})
    assert [bytes(row.pk).hex() for row in found.context_data["cl"].result_list] == [letters]
    assert f'href="{page_of(subscriber)}"' in html_of(found)
    assert MATE not in html_of(found).replace("MATE@example.org", "")
    nobody: Any = admin_client.get(STOPPED, {"q": "mate"})
    assert list(nobody.context_data["cl"].result_list) == []
    path = f"{STOPPED}{letters}/change/"
    assert "Say why" in text_of(admin_client.post(path, {"reason": ""}))
    assert "Lifted." in text_of(admin_client.post(path, {"reason": "A mix-up"}, follow=True))
    assert not Suppression.objects.exists()
    assert {"added", "changed"} <= set(AuditEntry.objects.values_list("action", flat=True))
    assert AuditEntry.objects.filter(words="Lifted: A mix-up", object_id=letters).exists()
    for wrong in ("zz", "00", letters):
        assert admin_client.get(f"{STOPPED}{wrong}/change/").status_code == 302


def test_who_may_look_and_who_may_act() -> None:
    subscriber = subscribed()
    suppress(MATE, Suppression.Reason.COMPLAINED)
    stopped = f"{STOPPED}{hmac_of(MATE).hex()}/change/"
    publisher, support = at_desk(person(PUBLISHER)), at_desk(person(SUPPORT))
    assert 'name="step"' not in html_of(publisher.get(page_of(subscriber)))
    assert step(publisher, subscriber, "unsubscribe").status_code == 403
    assert publisher.get(stopped).status_code == support.get(stopped).status_code == 200
    assert support.post(stopped, {"reason": WHY}).status_code == 403
    assert publisher.get(ADD).status_code == 403
    for path in (LIST, page_of(subscriber), STOPPED, stopped):
        assert at_desk(person(EDITOR)).get(path).status_code == 403
