"""Every page in a real browser: readable by everyone, at any width, in light and dark, with and without script."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.http import HttpRequest
from django.shortcuts import render
from playwright.sync_api import Page

from comparisons.models import Comparison
from reviews.models import Review, Reviewer
from tools.models import Fact, Plan, Tool

pytestmark = pytest.mark.django_db(transaction=True)

PAGES = [
    *("/", "/tools/", "/tools/code-llama-4/", "/tools/parley-recap/", "/tools/leadsman/", "/compare/"),
    *("/compare/?a=Code+Llama+4&b=nothing", "/compare/code-llama-4-vs-mistral-3-1/"),
    *("/compare/parley-recap-vs-quorum-bell/", "/reviewers/", "/reviewers/the-skeptic/", "/about/"),
    *("/methodology/", "/privacy/"),
    *("/compare/bilgewatch-vs-code-llama-4-vs-mistral-3-1/", "/compare/?a=Leadsman&b=Ropewalk&c=nothing&d=Ropewalk"),
    "/compare/code-llama-4-vs-draft-vs-final-vs-parley-recap-vs-quorum-bell/",
    "/compare/code-llama-4-vs-mistral-3-1/?w-the-builder=3&w-the-founder=0",
    "/compare/bilgewatch-vs-code-llama-4-vs-mistral-3-1/?w-the-skeptic=2&w-nobody=1",
    *("/tools/code-llama-4/?w-the-builder=3&w-the-futurist=0&w-the-founder=2", "/tools/leadsman/?w-the-founder=9"),
    *("/leaderboard/", "/leaderboard/divisive/", "/leaderboard/overruled/", "/categories/developer-tools/"),
    *("/tools/?verdict=ship&pricing=free-plan&sort=name", "/tools/?verdict=unreviewed&hosting=self&pricing=usage"),
    "/reviewers/the-skeptic/?category=writing",
    *("/nowhere/", "/compare/code-llama-4-vs-ghost/", "/compare/mistral-3-1-vs-mistral-3-1/"),
    *("/search/", "/search/?q=mistral", "/search/?q=mitsral+model", "/search/?q=llama+vs+mistral"),
    *("/search/?q=agents&in=reviews", "/search/?q=xylophonist"),
    *("/ask/", "/ask/?name=Lathe&website=lathe.example.com"),
    *("/receipts/", "/receipts/?kind=name&tool=ghost", "/tools/code-llama-4/?as_of=2026-11-20"),
    *("/compare/code-llama-4-vs-mistral-3-1/?as_of=2026-11-20", "/tools/code-llama-4/?as_of=2020-01-01"),
]
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def violations(page: Page) -> list[str]:
    found = Axe().run(page, options={"runOnly": TAGS}).response["violations"]
    return [f"{item['id']}: {node['target']} {node['failureSummary']}" for item in found for node in item["nodes"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 768, 1280])
def test_every_page_is_accessible_and_fits(open_page: Callable[..., Page], width: int, scheme: str) -> None:
    page = open_page("/", width=width, scheme=scheme)
    for path in PAGES:
        page.goto(path)
        assert violations(page) == [], path
        too_wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert too_wide == 0, path


def test_the_page_for_our_own_faults_is_accessible(open_page: Callable[..., Page]) -> None:
    page = open_page("/")
    broken = str(render(HttpRequest(), "comparisons/server_error.html").content.decode())
    page.route("**/broken/", lambda route: route.fulfill(body=broken, content_type="text/html"))
    page.goto("/broken/")
    assert "Taking on water" in page.locator("h1").inner_text()
    assert violations(page) == []


def test_an_empty_publication_is_accessible(open_page: Callable[..., Page]) -> None:
    page = open_page("/")
    for model in (Comparison, Review, Reviewer, Fact, Plan, Tool):
        model.objects.all().delete()
    for path in ("/", "/tools/", "/compare/", "/reviewers/", "/ask/"):
        page.goto(path)
        assert violations(page) == [], path


def test_every_page_says_the_same_without_script(open_page: Callable[..., Page]) -> None:
    with_script, without = open_page("/"), open_page("/", script=False)
    for path in PAGES:
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
