"""What readers do on the pages, in a real browser, with and without script."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.e2e.page_types import PAGE_TYPES, fill_harbour

pytestmark = pytest.mark.django_db(transaction=True)

# Those of the matrix that are read without an account or a form. Ways in, and what an address says of a vote, differ.
READ = [page.path for page in PAGE_TYPES if not (page.form or page.reader or page.path.startswith("/accounts/"))]
PAGES = [path for path in READ if "#" not in path]


def test_every_page_says_the_same_without_script(open_page: Callable[..., Page]) -> None:
    with_script, without, harbour = open_page("/"), open_page("/", script=False), fill_harbour()
    for path in map(harbour.address, PAGES):
        with_script.goto(path)
        without.goto(path)
        assert with_script.locator("main").inner_text() == without.locator("main").inner_text(), path


def test_chosen_theme_is_remembered_on_the_device(open_page: Callable[..., Page]) -> None:
    page = open_page("/")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_label("Dark").check()
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert dark != light
    page.goto("/tools/")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == dark
    assert page.get_by_label("Dark").is_checked()
    page.get_by_label("As the system").check()
    page.reload()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == light
    assert page.context.cookies() == []


def test_theme_works_without_script_for_the_page(open_page: Callable[..., Page]) -> None:
    page = open_page("/", script=False)
    light = page.locator("body").screenshot()
    page.get_by_label("Dark").check()
    assert page.locator("body").screenshot() != light
    page.get_by_label("Light").check()
    page.get_by_label("As the system").check()
    assert page.get_by_label("As the system").is_checked()


def test_only_differences_hides_equal_rows_without_script(open_page: Callable[..., Page]) -> None:
    page = open_page("/compare/code-llama-4-vs-mistral-3-1/", script=False)
    rows = page.locator(".spec tbody tr")
    everything = rows.count()
    page.get_by_label("Only the 5 differences").check()
    shown = sum(rows.nth(number).is_visible() for number in range(everything))
    assert (shown, everything > shown) == (5, True)


def test_only_differences_hides_equal_facts_of_three_without_script(open_page: Callable[..., Page]) -> None:
    page = open_page("/compare/bilgewatch-vs-mistral-3-1-vs-ropewalk/", script=False)
    rows, differing = page.locator(".fact"), page.locator(".fact.differs").count()
    everything = rows.count()
    page.get_by_label(f"Only the {differing} differences").check()
    assert sum(rows.nth(number).is_visible() for number in range(everything)) == differing < everything


def test_a_table_of_four_keeps_its_labels_in_sight_and_its_buttons_large(open_page: Callable[..., Page]) -> None:
    page = open_page("/compare/code-llama-4-vs-draft-vs-final-vs-leadsman-vs-mistral-3-1/", width=360)
    region = page.get_by_role("region", name="4 tools compared")
    region.focus()
    label = page.get_by_role("rowheader", name="Community ship")
    before = label.bounding_box()
    assert region.evaluate("box => { box.scrollLeft = 300; return box.scrollLeft }") > 0
    after = label.bounding_box()
    assert before
    assert after
    assert before["x"] == after["x"]
    boxes = [button.bounding_box() for button in page.locator(".fleet .vote-buttons button").all()]
    assert len(boxes) == 8
    assert all(box and box["height"] >= 44 and box["width"] >= 44 for box in boxes)


def test_a_reader_weighs_the_panel_and_comes_back_without_script(open_page: Callable[..., Page]) -> None:
    page = open_page("/tools/code-llama-4/", script=False)
    page.get_by_label("The Founder").select_option("3")
    page.get_by_role("button", name="Weigh").click()
    assert page.locator(".stamp-large").inner_text().lower() == "split"
    page.get_by_role("link", name="Back to the published page").click()
    assert page.locator(".stamp-large").inner_text().lower() == "ship"
    assert page.url.endswith("/tools/code-llama-4/")


def test_a_reader_adds_a_third_tool_and_takes_one_out_without_script(open_page: Callable[..., Page]) -> None:
    page = open_page("/compare/code-llama-4-vs-mistral-3-1/", script=False)
    page.get_by_label("Add a third tool").fill("Bilgewatch")
    page.get_by_role("button", name="Add").click()
    assert page.url.endswith("/compare/bilgewatch-vs-code-llama-4-vs-mistral-3-1/")
    page.get_by_role("link", name="Take out Code Llama 4").click()
    assert page.url.endswith("/compare/bilgewatch-vs-mistral-3-1/")
