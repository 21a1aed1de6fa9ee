"""From the front page to a comparison, by keyboard alone and by touch on a phone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.django_db(transaction=True)

ADDRESS = "/compare/code-llama-4-vs-mistral-3-1/"


def tab_to(page: Page, wanted: str) -> None:
    """Press Tab until the focused element has this name or text; fail when it cannot be reached."""
    for _ in range(60):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            "(element => element.labels?.[0]?.textContent || element.textContent)(document.activeElement).trim()"
        )
        if focused == wanted:
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", f"focus on {wanted} cannot be seen"
            return
    pytest.fail(f"{wanted} cannot be reached by keyboard")


def test_home_to_comparison_by_keyboard_alone(open_page: Callable[..., Page]) -> None:
    page = open_page("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Go to the content"
    tab_to(page, "First tool")
    page.keyboard.type("Mistral 3.1")
    tab_to(page, "Second tool")
    page.keyboard.type("code-llama-4")
    tab_to(page, "Compare")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{ADDRESS}")
    expect(page.locator("h1")).to_have_text("Code Llama 4 vs Mistral 3.1")
    expect(page.locator(".finding")).to_have_text(
        "The panel leans Mistral 3.1, 4 of 4 against 3 of 4; they split on The Founder."
    )
    tab_to(page, "Full survey of Code Llama 4")
    tab_to(page, "The Builder")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.locator("details.more").first.get_attribute("open") is not None


def test_home_to_comparison_by_touch_on_a_phone(open_page: Callable[..., Page]) -> None:
    page = open_page("/", width=360, touch=True)
    page.get_by_role("button", name="Menu").tap()
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Compare").tap()
    page.wait_for_url("**/compare/")
    page.get_by_label("First tool").tap()
    page.get_by_label("First tool").fill("Code Llama 4")
    page.get_by_label("Second tool").tap()
    page.get_by_label("Second tool").fill("Mistral 3.1")
    page.get_by_role("button", name="Compare", exact=True).tap()
    page.wait_for_url(f"**{ADDRESS}")
    expect(page.locator(".basin-figure")).to_have_text(["75%", "100%"])
    page.get_by_text("The rest of the remark").first.tap()
    assert page.locator("details.more").first.get_attribute("open") is not None


def test_a_mistyped_name_is_explained_where_it_was_typed(open_page: Callable[..., Page]) -> None:
    page = open_page("/compare/")
    page.get_by_label("First tool").fill("Mistral")
    page.get_by_label("Second tool").fill("Code Llama 4")
    page.get_by_role("button", name="Compare", exact=True).click()
    first = page.get_by_label("First tool")
    expect(first).to_have_value("Mistral")
    expect(first).to_have_attribute("aria-invalid", "true")
    expect(first).to_have_accessible_description("No tool called “Mistral” is listed here. Did you mean Mistral 3.1?")


def test_touch_targets_are_large_enough(open_page: Callable[..., Page]) -> None:
    page = open_page("/compare/", width=360, touch=True)
    for control in page.locator("main .button, main .input, .menu-button").all():
        box = control.bounding_box()
        assert box
        assert box["height"] >= 44
