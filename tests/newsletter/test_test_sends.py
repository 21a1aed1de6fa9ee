"""An issue tried out on a few people before anybody else gets it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEntry, OutgoingMail
from newsletter.links import unsubscribe_path
from newsletter.models import MailLimit, Subscriber
from newsletter.rendering import preview
from newsletter.services import unsubscribe
from newsletter.services.testing import CannotTestError, send_test
from tests.accounts.entrance import arrived
from tests.factories import make_tool, make_user
from tests.newsletter.letters import full_issue
from tests.newsletter.post import subscribed

pytestmark = pytest.mark.django_db


def sent(*addresses: str, **more: Any) -> list[Any]:
    issue = full_issue()
    send_test(issue, addresses, **more)
    return arrived()


def leave(mail: Any) -> str:
    """Where one click of this mail goes."""
    found = re.fullmatch(
        r"<http://127\.0\.0\.1:8000(/newsletter/unsubscribe/\S+/)>", mail.extra_headers["List-Unsubscribe"]
    )
    assert found
    return found[1]


def test_a_test_is_the_issue_under_a_subject_that_says_so() -> None:
    (mail,) = sent("boss@example.org")
    assert (mail.subject, mail.to) == ("[Test] Four to nil against Gantry Agents", ["boss@example.org"])
    issue_html, issue_text = preview(full_issue(number=88, iso_week="2026-W48"))
    assert mail.body.replace("boss@", "you@").replace("87", "88") == issue_text.replace("87", "88")
    ((html, kind),) = mail.alternatives
    assert kind == "text/html"
    assert html.replace("boss@", "you@").replace("87", "88") == issue_html.replace("87", "88")
    message = mail.message()
    assert message["From"] == "Drydock <hello@127.0.0.1>"
    assert message["List-Id"] == "Notices to Shippers <weekly.drydock.example>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Precedence"] == "bulk"
    assert re.fullmatch(r"<test\.[0-9a-f]{32}@weekly\.drydock\.example>", message["Message-ID"])


def test_it_is_written_down_and_sent_after_the_commit(django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks() as callbacks:
        send_test(full_issue(), ["boss@example.org", "mate@example.org"])
    assert len(callbacks) == 2
    assert OutgoingMail.objects.count() == 2


def test_the_links_of_a_stranger_do_nothing_even_as_somebody_elses_issue() -> None:
    mate = subscribed("mate@example.org")
    mate.tools.add(make_tool(pk=3))
    (mail,) = sent("boss@example.org", as_subscriber=mate)
    assert "WHAT YOU FOLLOW" in mail.body
    assert "as boss@example.org." in mail.body
    assert "mate@example.org" not in mail.body + mail.alternatives[0][0]
    assert Client().post(leave(mail), {"List-Unsubscribe": "One-Click"}).status_code == 404
    assert Subscriber.objects.get().state == "active"


def test_somebody_on_the_list_gets_links_of_their_own() -> None:
    mate, boss = subscribed("mate@example.org"), subscribed("boss@example.org")
    mate.tools.add(make_tool(pk=3))
    (mail,) = sent("Boss@example.org", as_subscriber=mate)
    assert "WHAT YOU FOLLOW" in mail.body
    assert leave(mail) == unsubscribe_path(boss)
    Client().post(leave(mail), {"List-Unsubscribe": "One-Click"})
    assert {one.address: one.state for one in Subscriber.objects.all()} == {
        "mate@example.org": "active",
        "boss@example.org": "unsubscribed",
    }


def test_without_anybody_to_look_like_somebody_on_the_list_sees_their_own_issue() -> None:
    mate = subscribed("mate@example.org")
    mate.tools.add(make_tool(pk=3))
    first, second = sent("mate@example.org", "mate+test@example.com")
    assert "WHAT YOU FOLLOW" in first.body
    assert "WHAT YOU FOLLOW" not in second.body


def test_another_spelling_of_a_mailbox_is_not_its_owner() -> None:
    subscribed("mate@example.org")
    (mail,) = sent("mate+plus@example.org")
    assert Client().get(leave(mail)).status_code == 404


def test_who_has_left_gets_no_link_of_theirs() -> None:
    unsubscribe(subscribed("mate@example.org"), "a test")
    (mail,) = sent("mate@example.org")
    assert Client().get(leave(mail)).status_code == 404


@pytest.mark.parametrize(
    ("addresses", "said"),
    [
        ([], "Name somebody"),
        (["mate"], "“mate”: That is no email address"),
        (["mate@example.org\nBcc: all@example.org"], "That is no email address"),
        ([f"mate{number}@example.org" for number in range(11)], "10 addresses at most"),
    ],
)
def test_what_cannot_be_sent_is_refused_whole(addresses: list[str], said: str) -> None:
    with pytest.raises(CannotTestError, match=said):
        send_test(full_issue(), ["boss@example.org", *addresses] if addresses else addresses)
    assert (OutgoingMail.objects.count(), MailLimit.objects.count()) == (0, 0)


def test_one_mailbox_gets_so_many_tests_an_hour() -> None:
    issue = full_issue()
    for _ in range(12):
        send_test(issue, ["boss@example.org"])
    with pytest.raises(CannotTestError, match=r"boss\+x@example.org had enough tests"):
        send_test(issue, ["mate@example.org", "boss+x@example.org"])
    assert OutgoingMail.objects.count() == 12
    send_test(issue, ["mate@example.org"])


def test_all_tests_together_are_limited() -> None:
    issue = full_issue()
    for number in range(30):
        send_test(issue, [f"mate{number}@example.org"])
    with pytest.raises(CannotTestError, match="enough tests for now"):
        send_test(issue, ["boss@example.org"])


def test_no_test_without_a_postal_address(settings: Any) -> None:
    settings.NEWSLETTER_POSTAL_ADDRESS = ""
    with pytest.raises(CannotTestError, match="no postal address"):
        send_test(full_issue(), ["boss@example.org"])


def test_the_log_of_the_desk_knows_how_many_and_not_who() -> None:
    editor, issue = make_user(), full_issue()
    send_test(issue, ["boss@example.org", "boss@example.org", "mate@example.org"], by=editor)
    entry = AuditEntry.objects.order_by("pk").last()
    assert entry
    assert (entry.actor, entry.kind, entry.object_id) == (editor, "newsletter.issue", str(issue.pk))
    assert entry.words == "Sent a test to 2 addresses."
    assert entry.at <= timezone.now()
