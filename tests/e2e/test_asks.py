"""Asking for an inspection in a real browser, with and without script."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from playwright.sync_api import Page

from accounts.models import User
from tests.e2e.looking import violations
from tests.factories import make_user, make_wanted

pytestmark = pytest.mark.django_db(transaction=True)


def sign_in(page: Page, user: User) -> None:
    client = Client()
    client.force_login(user)
    session = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": page.evaluate("location.origin")}])


@pytest.mark.parametrize("script", [True, False])
def test_a_reader_asks_sees_it_counted_and_takes_it_back(open_page: Callable[..., Page], *, script: bool) -> None:
    page, user = open_page("/tools/", script=script), make_user()
    make_wanted("Lathe", "https://lathe.example.com/")
    sign_in(page, user)
    page.get_by_role("main").get_by_role("link", name="Ask for an inspection").click()
    page.get_by_label("Name of the tool").fill("lathe")
    page.get_by_label("Its website").fill("www.lathe.example.com")
    page.get_by_label("Why it should be inspected").fill("It turns.")
    page.get_by_role("button", name="Ask for an inspection").click()
    assert page.locator(".flash").inner_text() == (
        "Entered: Lathe. 2 readers have asked. We mail you once, when it is published."
    )
    assert "?asked=" in page.url
    page.get_by_role("button", name="Take back Lathe").click()
    assert "You have asked for nothing" in page.locator("main").inner_text()
    page.goto("/ask/")
    assert "1 reader" in page.locator(".wanted").inner_text()


def test_problems_and_what_is_here_already_are_read_aloud(open_page: Callable[..., Page]) -> None:
    page = open_page("/ask/")
    page.get_by_label("Name of the tool").fill("Lathe")
    page.get_by_label("Its website").fill("localhost")
    page.get_by_role("button", name="Ask for an inspection").click()
    assert "1 entry needs attention" in page.get_by_role("alert").inner_text()
    assert page.get_by_label("Its website").get_attribute("aria-invalid") == "true"
    assert violations(page) == []
    page.get_by_label("Its website").fill("https://mistral.ai/")
    page.get_by_role("button", name="Ask for an inspection").click()
    assert "It is here already." in page.get_by_role("status").inner_text()
    assert violations(page) == []
