"""Reasons and track records in a real browser, where the words are long and the window is narrow."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from comparisons.models import Receipt
from reviews.models import Review
from reviews.services import save_review, withdraw_review
from tests.e2e.looking import overflow, violations
from tools.models import Tool

pytestmark = pytest.mark.django_db(transaction=True)

REASON = "The licence was read again: it forbids what the first review took for granted, and the price has doubled."
PAGES = {
    "reviewer": "/reviewers/the-skeptic/",
    "reviewers": "/reviewers/",
    "tool": "/tools/code-llama-4/",
    "pair": "/compare/code-llama-4-vs-mistral-3-1/",
    "fleet": "/compare/bilgewatch-vs-code-llama-4-vs-mistral-3-1/",
    "receipts": "/receipts/?tool=code-llama-4",
    "receipt": "/receipts/{receipt}/",
}


def change_minds() -> int:
    """The Skeptic says the opposite of one tool and takes another back; the number of the first receipt."""
    review = Review.objects.get(tool__slug="code-llama-4", reviewer__slug="the-skeptic")
    review.verdict = "skip" if review.verdict == "ship" else "ship"
    save_review(review, reason=REASON)
    withdraw_review(Review.objects.get(tool__slug="ropewalk", reviewer__slug="the-skeptic"), reason="x" * 500)
    return Receipt.objects.get(kind="verdict", act="changed").pk


def picture(page: Page, name: str) -> None:
    """For whoever wants to look: SHOTS names the folder."""
    if shots := os.environ.get("SHOTS"):
        page.screenshot(path=Path(shots) / f"{name}.png", full_page=True)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_reasons_and_records_fit_and_can_be_read(open_page: Callable[..., Page], width: int, scheme: str) -> None:
    number = change_minds()
    page = open_page("/reviewers/the-skeptic/", width=width, scheme=scheme)
    for name, path in PAGES.items():
        page.goto(path.format(receipt=number))
        picture(page, f"{name}-{width}-{scheme}")
        assert overflow(page) == 0, path
        assert violations(page) == [], path
        if name in ("reviewer", "receipts", "receipt"):
            expect(page.locator(".reason").filter(has_text=REASON).first).to_be_visible()
        if name in ("tool", "pair", "fleet"):
            expect(page.locator(".turned").filter(has_text=REASON)).to_be_visible()
            expect(page.locator(".ship-rate").first).to_have_text("ships 67% of tools, 8 of 12")


def test_an_editor_is_asked_why_and_readers_read_the_answer(open_page: Callable[..., Page]) -> None:
    User.objects.create_superuser("editor@example.org", "harbour-light", name="Editor")
    page = open_page("/admin/reviews/review/?q=Code+Llama", width=1280)
    page.get_by_label("Email").fill("editor@example.org")
    page.get_by_label("Password").fill("harbour-light")
    page.get_by_role("button", name="Log in").click()
    page.locator("#result_list tbody th a").first.click()
    page.locator("[name=verdict]:not(:checked)").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".errorlist")).to_contain_text("Readers have seen the other verdict.")
    page.get_by_label("Reason for readers").fill(REASON)
    picture(page, "desk-review")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".messagelist")).to_contain_text("was changed successfully")
    page.goto("/admin/tools/tool/?q=Leadsman")
    page.locator("input.action-select").first.check()
    page.locator("select[name=action]").select_option(label="Withdraw")
    page.locator("button[name=index]").click()
    page.get_by_label("Reason for readers").fill("Its maker has sunk.")
    page.get_by_role("button", name="Withdraw").click()
    expect(page.locator(".messagelist")).to_contain_text("Leadsman is withdrawn")
    page.goto("/receipts/?kind=tool")
    expect(page.locator(".reason").first).to_have_text("Its maker has sunk.")
    page.goto("/tools/code-llama-4/")
    expect(page.locator(".turned")).to_contain_text(REASON)
    assert Tool.objects.get(slug="leadsman").status == "withdrawn"
