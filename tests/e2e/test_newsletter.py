"""The weekly email in a real browser: from a form on a page by way of the local mailbox to the preferences and out."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from accounts.models import OutgoingMail
from accounts.services import send_mail
from newsletter.links import preferences_path
from newsletter.models import SignUp, Subscriber
from newsletter.services import settle_sign_ups
from tests.newsletter.post import MATE, everything, fill_in, links, mails, subscribed
from tests.pages import html_of

pytestmark = pytest.mark.django_db(transaction=True)
Open = Callable[..., Page]


@pytest.fixture
def _mailbox(settings: Any, tmp_path: Path) -> None:
    """The mailbox of a local run, at /__mail__/."""
    settings.MAILERS = {"default": {"BACKEND": "django_mail_preview.backends.EmailBackend"}}
    settings.MAIL_PREVIEW_ROOT = tmp_path


def work() -> None:
    """What the worker does."""
    settle_sign_ups()
    for pk in OutgoingMail.objects.values_list("pk", flat=True):
        assert send_mail(pk)


def link_in_mailbox(reader: Client, subject: str) -> str:
    """The link with a button in a mail that the mailbox shows. Its own pages do not keep to our policy, so they are
    read and not looked at.
    """
    mail = re.search(rf'href="(/__mail__/[^"]+)">{subject}', html_of(reader.get("/__mail__/")))
    assert mail
    found = re.search(r"/c/[A-Za-z0-9_-]{43}/", html_of(reader.get(mail[1])))
    assert found
    return found[0]


@pytest.mark.usefixtures("_mailbox")
def test_the_whole_way_without_script(open_page: Open, site: str, client: Client) -> None:
    page = open_page("/tools/code-llama-4/", script=False)
    page.get_by_label("Email address").fill(MATE)
    page.get_by_role("button", name="Send it to me").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("One more press")
    page.get_by_label("Mistral").or_(page.get_by_label("The Skeptic")).check()
    page.wait_for_timeout(2100)
    page.get_by_role("button", name="Send it to me").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Look into your mail")
    work()
    page.goto(link_in_mailbox(client, "Confirm Drydock&#x27;s weekly email"))
    assert page.url == f"{site}/newsletter/confirm/"
    expect(page.locator(".finding")).to_contain_text(MATE)
    page.get_by_role("button", name="Put me on the list").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Confirmed")
    page.get_by_role("link", name="What you follow, a pause, your records").click()
    expect(page.get_by_label("The Skeptic")).to_be_checked()
    page.get_by_label("A tool, by name").fill("code llama 4")
    page.get_by_label("Only when something I follow changed").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_have_text("Saved.")
    expect(page.get_by_label("Code Llama 4")).to_be_checked()
    page.get_by_label("Weeks").fill("2")
    page.get_by_role("button", name="Pause from today").click()
    expect(page.get_by_role("status")).to_have_text("Paused. It comes back by itself.")
    page.get_by_role("button", name="End the pause").click()
    expect(page.get_by_role("status")).to_have_text("The next issue comes again.")
    page.get_by_role("link", name="Unsubscribe").click()
    page.get_by_role("button", name="Unsubscribe").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Done")
    assert Subscriber.objects.get().state == "unsubscribed"


def test_with_script_one_press_is_enough_after_two_seconds(open_page: Open) -> None:
    page = open_page("/")
    page.wait_for_timeout(2100)
    page.get_by_label("Email address").fill(MATE)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Look into your mail")
    assert SignUp.objects.get().address == MATE


def test_a_browser_that_runs_scripts_and_follows_every_link_but_presses_nothing(
    open_page: Open, client: Client
) -> None:
    subscribed("other@example.org")
    fill_in(client)
    fill_in(client, "other@example.org")
    every = sorted({link for mail in mails() for link in links(mail)})
    subscriber = Subscriber.objects.get(address="other@example.org")
    every.append(preferences_path(subscriber))
    page = open_page("/newsletter/", refused="404")
    before, seen = everything(), set[str]()
    for path in every:
        page.goto(path)
        page.wait_for_load_state("networkidle")
        for onward in page.locator("main a[href*='/newsletter/']:not([download])").all():
            seen.add(str(onward.get_attribute("href")))
    for path in sorted(seen):
        page.goto(path)
    assert any(path.endswith("/erase/") for path in seen)
    assert everything() == before
