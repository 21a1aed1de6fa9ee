"""An issue as its readers get it: every width and light, as a subscriber, and tests to people who are named."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from lxml import html

from accounts.roles import EDITOR, PUBLISHER
from newsletter.models import Issue
from newsletter.rendering import preview
from tests.accounts.entrance import arrived
from tests.editorial.people import at_desk, person
from tests.newsletter.desk import LIST, page_of, week_with
from tests.newsletter.post import subscribed
from tests.pages import html_of, text_of
from tools.models import Tool

pytestmark = pytest.mark.django_db


@pytest.fixture
def issue() -> Issue:
    issue = week_with("Anchor", "Bilge")
    Issue.objects.filter(pk=issue.pk).update(introduction="A **quiet** week.")
    return Issue.objects.get()


@pytest.fixture
def publisher() -> Client:
    return at_desk(person(PUBLISHER))


def address(issue: Issue) -> str:
    return f"{LIST}{issue.pk}/preview/"


def frames(page: Any) -> list[Any]:
    return list(html.fromstring(html_of(page)).xpath("//iframe"))


def look_as(client: Client, issue: Issue, typed: str) -> Any:
    return client.post(address(issue), {"_as": "1", "address": typed}, follow=True)


def test_the_way_there_from_the_form(publisher: Client, issue: Issue) -> None:
    assert address(issue) in html_of(publisher.get(page_of(issue)))
    page = publisher.get(address(issue))
    assert [frame.get("width") for frame in frames(page)] == ["720", "375"]
    assert all("allow-scripts" not in frame.get("sandbox") for frame in frames(page))
    assert "This is the mail as somebody gets it who follows nothing." in text_of(page)


@pytest.mark.parametrize(
    ("width", "sizes"), [("desktop", ["720"]), ("phone", ["375"]), ("text", []), ("x", ["720", "375"])]
)
def test_every_width(publisher: Client, issue: Issue, width: str, sizes: list[str]) -> None:
    page = publisher.get(address(issue), {"width": width})
    assert [frame.get("width") for frame in frames(page)] == sizes


def test_the_text_is_the_mail_s_own(publisher: Client, issue: Issue) -> None:
    page = html.fromstring(html_of(publisher.get(address(issue), {"width": "text"})))
    (shown,) = page.xpath("//pre")
    assert shown.text_content() == preview(issue)[1]


def test_the_frame_holds_the_mail_and_nothing_in_it_can_run(publisher: Client, issue: Issue) -> None:
    frame = publisher.get(frames(publisher.get(address(issue)))[0].get("src"))
    policy = frame["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'self'; sandbox" in policy
    assert "script" not in policy
    assert frame["X-Frame-Options"] == "SAMEORIGIN"
    assert "no-store" in frame["Cache-Control"]
    assert "A <strong" in html_of(frame)
    assert 'src="/static/' in html_of(frame)


def test_light_and_dark_are_the_frame_s_to_say(publisher: Client, issue: Issue) -> None:
    for light, rule in (("light", "@media not all"), ("dark", "@media all"), ("x", "@media not all")):
        shown = html_of(publisher.get(f"{address(issue)}page/", {"light": light}))
        assert rule in shown
        assert "prefers-color-scheme" not in shown
        assert "light dark" not in shown


def test_as_a_subscriber_what_they_follow_comes_first(publisher: Client, issue: Issue) -> None:
    reader = subscribed("mate@example.org")
    reader.tools.add(Tool.objects.get(name="Anchor"))
    page = look_as(publisher, issue, "Mate@Example.org")
    assert "This is the mail as mate@example.org will get it" in text_of(page)
    shown = html_of(publisher.get(frames(page)[0].get("src")))
    assert shown == _framed(preview(issue, reader)[0])
    assert "What you follow" in shown
    assert "What you follow" not in html_of(publisher.get(f"{address(issue)}page/"))


def _framed(mail: str) -> str:
    """As the frame has it: its light chosen, its picture ours, its links in windows of their own."""
    mail = re.sub(r"@media \(prefers-color-scheme: dark\)", "@media not all", mail).replace("light dark", "light")
    return mail.replace('src="http://127.0.0.1:8000/', 'src="/').replace("<a ", '<a target="_blank" rel="noopener" ')


def test_who_asked_for_silence_gets_none_and_the_page_says_so(publisher: Client, issue: Issue) -> None:
    subscribed("quiet@example.org", only_followed=True)
    assert "and this is one: they get none." in text_of(look_as(publisher, issue, "quiet@example.org"))


def test_whoever_is_not_on_the_list_is_not_found(publisher: Client, issue: Issue) -> None:
    assert "Nobody with that address is on the list." in text_of(look_as(publisher, issue, "nobody@example.org"))
    assert "errorlist" in html_of(look_as(publisher, issue, "no address"))
    assert "who follows nothing" in text_of(look_as(publisher, issue, ""))


def test_the_word_for_a_subscriber_cannot_be_guessed_or_handed_on(publisher: Client, issue: Issue) -> None:
    reader = subscribed("mate@example.org")
    page = look_as(publisher, issue, "mate@example.org")
    (word,) = re.findall(r"as=([^&\"]+)", frames(page)[0].get("src"))
    for client, token in (
        (at_desk(person(PUBLISHER)), word),
        (at_desk(person(EDITOR)), word),
        (publisher, str(reader.pk)),
        (publisher, f"{word}x"),
    ):
        assert "mate@example.org" not in html_of(client.get(f"{address(issue)}page/", {"as": token}))
        assert "who follows nothing" in text_of(client.get(address(issue), {"as": token}))


def test_an_editor_sends_tests_and_does_not_look_as_others(issue: Issue) -> None:
    subscribed("mate@example.org")
    editor = at_desk(person(EDITOR))
    page = text_of(editor.get(address(issue)))
    assert "Send a test" in page
    assert "As a subscriber gets it" not in page
    assert editor.post(address(issue), {"_as": "1", "address": "mate@example.org"}).status_code == 403
    assert editor.post(address(issue), {}).status_code == 403


def test_a_test_goes_to_those_who_are_named(publisher: Client, issue: Issue) -> None:
    sent = {"_test": "1", "addresses": "one@example.org, two@example.org\nthree@example.org"}
    page = publisher.post(address(issue), sent, follow=True)
    assert "Tests are on their way to one@example.org, two@example.org, three@example.org." in text_of(page)
    mails = arrived()
    assert [mail.to for mail in mails] == [["one@example.org"], ["two@example.org"], ["three@example.org"]]
    assert {mail.subject for mail in mails} == {"[Test] Bilge, Anchor"}


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Name somebody who is to get the test."),
        (" ,\n", "Name somebody who is to get the test."),
        ("no address", "“no address”:"),
        ("\n".join(f"m{number}@example.org" for number in range(11)), "A test goes to 10 addresses at most."),
    ],
)
def test_what_cannot_be_sent_is_explained(publisher: Client, issue: Issue, typed: str, said: str) -> None:
    page = publisher.post(address(issue), {"_test": "1", "addresses": typed}, follow=True)
    assert said in text_of(page)
    assert arrived() == []


def test_what_is_wrong_with_an_issue_stands_on_its_page(publisher: Client, issue: Issue) -> None:
    Issue.objects.update(subject="", introduction="Hello {{ name }}.")
    page = text_of(publisher.get(page_of(issue)))
    assert "Has to be put right: There is no subject. Write one." in page
    assert "“{{ name }}” in the introduction was not filled in." in page
