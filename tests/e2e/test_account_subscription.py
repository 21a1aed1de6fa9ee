"""The weekly email on the page of an account, in a real browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from newsletter.models import Consent, Subscriber
from tests.accounts.entrance import newest_code
from tests.e2e.looking import overflow, violations

pytestmark = pytest.mark.django_db(transaction=True)


def test_one_press_in_the_account_subscribes_and_wishes_are_kept(open_page: Callable[..., Page]) -> None:
    page = open_page("/accounts/login/?next=/accounts/")
    page.get_by_label("Email address").fill("mate@example.org")
    page.get_by_role("button", name="Send the code").click()
    expect(page.locator(".finding")).to_contain_text("Sent to mate@example.org")
    page.get_by_label("Six-digit code").fill(newest_code())
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.set_viewport_size({"width": 360, "height": 800})
    assert violations(page) == []
    page.get_by_role("button", name="Subscribe", exact=True).click()
    expect(page.locator("main")).to_contain_text("You are on the list. The next issue comes to you.")
    assert violations(page) == []
    assert overflow(page) == 0
    page.get_by_label("A tool, by name").fill("Code Llama 4")
    page.get_by_role("button", name="Save what you follow").click()
    expect(page.locator("main")).to_contain_text("Saved.")
    page.goto("/accounts/")
    expect(page.get_by_role("checkbox", name="Code Llama 4")).to_be_checked()
    assert (Subscriber.objects.mailable().count(), Consent.objects.count()) == (1, 1)
