"""A tool that is here already: warned of while it is entered, and merged where it got in all the same."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.looking import overflow, violations
from tests.e2e.test_desk import OURS, enter
from tools.models import Tool

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_editor_is_warned_and_a_publisher_merges(open_page: Callable[..., Page]) -> None:
    kept, gone = Tool.objects.published().order_by("pk")[:2]
    other = Tool.objects.published().order_by("pk")[2]
    page = open_page("/admin/tools/tool/add/")
    enter(page, "Publisher")
    page.get_by_label("Name:", exact=True).fill(kept.name.upper())
    expect(page.get_by_role("status")).to_contain_text(f"{kept.name} (published): the same name")
    page.get_by_label("Maker").fill("Turners")
    page.get_by_label("Tagline").fill("It turns.")
    page.get_by_label("Slug").fill("entered-twice")
    page.get_by_label("Website").fill("https://twice.example.com/")
    page.get_by_label("Category").select_option(index=1)
    page.get_by_role("button", name="Save", exact=True).click()
    warning = page.locator(".errorlist.nonfield")
    expect(warning).to_contain_text("This may be one that is here already:")
    expect(page.get_by_label("Tagline")).to_have_value("It turns.")
    assert violations(page, context={"include": [[".errorlist.nonfield"]]}) == []
    warning.get_by_label("It is another tool: save all the same").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".messagelist")).to_contain_text("was added successfully")
    page.goto("/admin/tools/tool/duplicates/")
    assert violations(page, context=OURS) == []
    page.get_by_role("link", name=f"Merge: {kept.name}").first.click()
    expect(page.locator("h1").last).to_contain_text(f"into {kept.name}?")
    page.goto(f"/admin/comparisons/merge/add/?gone={gone.pk}&kept={kept.pk}")
    assert violations(page, context=OURS) == []
    page.set_viewport_size({"width": 360, "height": 800})
    assert overflow(page) <= 0
    page.get_by_label("Reason for readers").fill("They are one product.")
    page.get_by_role("button", name="for good").click()
    expect(page.locator(".messagelist")).to_contain_text(f"{gone.name} is part of {kept.name} now")
    page.goto(f"/compare/{'-vs-'.join(sorted((gone.slug, other.slug)))}/")
    assert page.url.endswith(f"/compare/{'-vs-'.join(sorted((kept.slug, other.slug)))}/")
    page.goto(f"/tools/{gone.slug}/")
    expect(page.locator("main")).to_contain_text(f"Took in {gone.name}.")
    page.goto(f"/admin/tools/tool/{gone.pk}/change/")  # to look at alone, rows of prices and all
    assert violations(page, context=OURS) == []
