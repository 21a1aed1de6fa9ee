"""An editor's week in a real browser: make the issue, put it in order, write, look at it, approve it; and its page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from newsletter.models import Block, Issue
from tests.e2e.looking import overflow, violations
from tests.e2e.test_desk_history import enter
from tests.newsletter.archived import send_issues
from tests.newsletter.desk import LIST, SCHEDULE, inspect

pytestmark = pytest.mark.django_db(transaction=True)


def order(page: Page) -> list[str]:
    return [" ".join(title.split()) for title in page.locator(".block.has_original .block__title").all_inner_texts()]


def test_the_way_of_an_issue_to_its_approval(open_page: Callable[..., Page]) -> None:
    for name in ("Anchor", "Bilge", "Capstan"):
        inspect(name)
    page = open_page(LIST)
    enter(page, "Ada")
    page.get_by_role("button", name="Make this week's issue now").click()
    expect(page.locator(".block.has_original .block__title").first).to_have_text("Capstan")
    assert order(page)[:3] == ["Capstan", "Bilge", "Anchor"]
    assert violations(page, {"include": [["#content"]]}) == []
    page.get_by_role("button", name="Down: New verdict Capstan").press("Enter")
    assert order(page)[:3] == ["Bilge", "Capstan", "Anchor"]
    expect(page.get_by_role("button", name="Down: New verdict Capstan")).to_be_focused()
    page.get_by_role("button", name="Add another Note").click()
    page.get_by_label("The note, in Markdown").first.fill("The panel meets on *Tuesday*.")
    page.get_by_label("Subject:").fill("Three of a kind")
    page.get_by_label("Introduction:").fill("A **quiet** week.")
    page.get_by_role("button", name="Save and preview").click()
    mail = page.frame_locator("iframe >> nth=0")
    expect(mail.get_by_role("heading", name="Three of a kind")).to_be_visible()
    expect(mail.locator("strong", has_text="quiet")).to_be_visible()
    assert mail.locator("img").first.evaluate("image => image.naturalWidth") > 0
    page.get_by_role("link", name="Dark", exact=True).click()
    colour = (
        page.frame_locator("iframe >> nth=1").locator("body").evaluate("body => getComputedStyle(body).backgroundColor")
    )
    assert colour == "rgb(11, 23, 33)"
    assert violations(page, {"include": [["#content"]], "exclude": [["iframe"]]}) == []
    page.get_by_role("link", name="Back to writing").click()
    page.get_by_role("button", name="Approve").click()
    expect(page.locator(".messagelist .success")).to_contain_text("is approved.")
    expect(page.get_by_role("button", name="Save", exact=True)).to_have_count(0)
    issue = Issue.objects.get()
    names = list(issue.blocks.values_list("name", flat=True))
    assert (issue.status, names[:3], names[-1]) == (
        "approved",
        ["Bilge", "Capstan", "Anchor"],
        "The panel meets on *Tuesday*.",
    )
    assert Block.objects.get(kind="note").words == "The panel meets on *Tuesday*."


def test_the_desk_and_the_archive_on_a_phone(open_page: Callable[..., Page]) -> None:
    inspect("Anchor", "sk")
    send_issues()
    found = {}
    page = open_page("/newsletter/", width=360, scheme="dark")
    for path in ("/newsletter/", "/newsletter/7/"):
        page.goto(path)
        found[path] = [*violations(page), overflow(page)]
    page.goto(SCHEDULE)
    enter(page, "Ada")
    for path in (SCHEDULE, LIST, f"{LIST}{Issue.objects.get(number=7).pk}/change/"):
        page.goto(path)
        found[path] = [*violations(page), overflow(page)]
    assert {path: faults for path, faults in found.items() if faults != [0]} == {}
