"""Suggestions while a reader types, and search as a plain form."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_picker_suggests_as_one_types_and_the_form_takes_it(open_page: Callable[..., Page]) -> None:
    page = open_page("/compare/")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/suggest/" in request.url else None)
    before = page.locator("#tool-names option").count()
    with page.expect_response("**/search/suggest/?q=mistr"):
        page.get_by_label("First tool").press_sequentially("mistr", delay=20)
    expect(page.locator("#tool-names option")).to_have_count(1)
    assert page.locator("#tool-names option").get_attribute("value") == "Mistral 3.1"
    assert len(asked) == 1
    page.get_by_label("First tool").fill("Mistral 3.1")
    page.get_by_label("Second tool").fill("")
    page.get_by_label("First tool").fill("")
    expect(page.locator("#tool-names option")).to_have_count(before)
    page.get_by_label("First tool").fill("Mistral 3.1")
    page.get_by_label("Second tool").fill("Code Llama 4")
    page.get_by_role("button", name="Compare", exact=True).click()
    page.wait_for_url("**/compare/code-llama-4-vs-mistral-3-1/")


@pytest.mark.parametrize(
    ("path", "label", "button", "leads_to"),
    [
        ("/tools/code-llama-4/", "Compare Code Llama 4 with", "Compare", "/compare/code-llama-4-vs-mistral-3-1/"),
        (
            "/compare/code-llama-4-vs-ropewalk/",
            "Add a third tool",
            "Add",
            "/compare/code-llama-4-vs-mistral-3-1-vs-ropewalk/",
        ),
        (
            "/compare/bilgewatch-vs-code-llama-4-vs-ropewalk/",
            "Add a fourth tool",
            "Add",
            "/compare/bilgewatch-vs-code-llama-4-vs-mistral-3-1-vs-ropewalk/",
        ),
    ],
)
def test_a_field_for_one_more_tool_suggests_as_one_types(
    open_page: Callable[..., Page], path: str, label: str, button: str, leads_to: str
) -> None:
    page = open_page(path)
    expect(page.locator("#tool-names option")).to_have_count(0)
    with page.expect_response("**/search/suggest/?q=mistr"):
        page.get_by_label(label).press_sequentially("mistr", delay=20)
    expect(page.locator("#tool-names option")).to_have_attribute("value", "Mistral 3.1")
    page.get_by_label(label).fill("Mistral 3.1")
    page.get_by_role("button", name=button, exact=True).click()
    page.wait_for_url(f"**{leads_to}")


def test_a_field_for_one_more_tool_works_without_script(open_page: Callable[..., Page]) -> None:
    page = open_page("/tools/code-llama-4/", script=False)
    page.get_by_label("Compare Code Llama 4 with").fill("mistral 3.1")
    page.get_by_role("button", name="Compare", exact=True).click()
    page.wait_for_url("**/compare/code-llama-4-vs-mistral-3-1/")


def test_without_script_the_picker_says_what_was_meant(open_page: Callable[..., Page]) -> None:
    page = open_page("/compare/", script=False)
    page.get_by_label("First tool").fill("mistrall")
    page.get_by_label("Second tool").fill("Code Llama 4")
    page.get_by_role("button", name="Compare", exact=True).click()
    expect(page.locator(".field-error")).to_have_text(
        "No tool called “mistrall” is listed here. Did you mean Mistral 3.1?"
    )


@pytest.mark.parametrize("script", [True, False])
def test_search_from_the_menu_to_a_tool(open_page: Callable[..., Page], *, script: bool) -> None:
    page = open_page("/", script=script)
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Search").click()
    page.get_by_label("Search tools, comparisons and reviews").fill("mitsral")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("status")).to_contain_text("This is what mistral finds.")
    expect(page.get_by_label("Search tools, comparisons and reviews")).to_have_value("mitsral")
    page.get_by_role("link", name="Mistral 3.1").first.click()
    expect(page.locator("h1")).to_have_text("Mistral 3.1")


@pytest.mark.parametrize("script", [True, False])
@pytest.mark.parametrize("path", ["/", "/tools/", "/categories/writing/"])
def test_search_where_readers_look_for_tools(open_page: Callable[..., Page], path: str, *, script: bool) -> None:
    page = open_page(path, script=script)
    form = page.get_by_role("main").get_by_role("search")
    form.get_by_label("Search tools, comparisons and reviews").fill("mitsral")
    form.get_by_role("button", name="Search").click()
    page.wait_for_url("**/search/?q=mitsral")
    expect(page.get_by_role("link", name="Mistral 3.1").first).to_be_visible()


@pytest.mark.parametrize("script", [True, False])
def test_the_order_beside_the_search_goes_with_the_filters(open_page: Callable[..., Page], *, script: bool) -> None:
    page = open_page("/tools/?verdict=ship", script=script)
    page.get_by_label("Order").select_option(label="Name")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**/tools/?sort=name&verdict=ship")
    names = page.locator(".cell-tool a").all_inner_texts()
    assert names == sorted(names, key=str.lower)
    assert page.get_by_label("Order").input_value() == "name"
