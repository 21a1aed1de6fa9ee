"""The desk without script: everything can be entered; and with script nothing of that is in the way."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from comparisons.models import Comparison
from reviews.models import Review
from tests.e2e.looking import overflow
from tests.e2e.test_desk import enter
from tools.models import Fact, Plan, Tool

pytestmark = pytest.mark.django_db(transaction=True)

SOURCE = "https://lathe.example.com/pricing"


def save(page: Page) -> None:
    page.get_by_role("button", name="Save", exact=True).click()


def test_a_tool_a_review_and_a_comparison_are_entered_without_script(open_page: Callable[..., Page]) -> None:
    page = open_page("/admin/tools/tool/add/", script=False)
    enter(page, "Publisher")
    for label, words in (("Maker", "Turners"), ("Tagline", "It turns."), ("Slug", "lathe"), ("Description", "Plain.")):
        page.get_by_label(label).fill(words)
    page.get_by_label("Name:", exact=True).fill("Lathe")
    page.get_by_label("Website").fill("https://lathe.example.com/")
    page.get_by_label("Category").select_option(label="Developer Tools")
    plan, fact = page.locator("#plans-0"), page.locator("#facts-0")
    plan.get_by_label("Name").fill("Solo")
    plan.get_by_label("Amount").fill("9")
    plan.get_by_label("Currency").fill("EUR")
    plan.get_by_label("Period").select_option("month")
    fact.get_by_label("Criterion").select_option(label="Self-hosting")
    fact.get_by_label("Value").fill("yes")
    for row in (plan, fact):
        row.get_by_label("Source").fill(SOURCE)
        row.get_by_label("Checked on").fill(f"{timezone.now():%Y-%m-%d}")
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.locator(".messagelist")).to_contain_text("was added successfully")
    save(page)  # the next row of each table stays blank
    expect(page.locator(".messagelist")).to_contain_text("was changed successfully")
    tool = Tool.objects.get(slug="lathe")
    assert Plan.objects.get(tool=tool).name == "Solo"
    assert Fact.objects.get(tool=tool).value == "yes"

    page.goto("/admin/reviews/review/add/")
    tried = page.locator(".field-tool")
    tried.get_by_label("Type its address or name").fill("Lath")
    page.get_by_label("Reviewer").select_option(label="The Skeptic")
    page.get_by_label("SHIP").check()
    page.get_by_label("Headline").fill("It turns.")
    save(page)
    expect(tried.locator(".errorlist")).to_contain_text("Is it one of these? Lathe.")
    expect(tried.get_by_label("Type its address or name")).to_have_value("Lath")
    tried.get_by_label("Type its address or name").fill("lathe")
    save(page)
    expect(page.locator(".messagelist")).to_contain_text("was added successfully")
    assert Review.objects.get(headline="It turns.").tool == tool

    page.goto("/admin/comparisons/comparison/add/?first_tool=capstan-forms")
    page.locator(".field-second_tool").get_by_label("Type its address or name").fill("Lathe")
    save(page)
    expect(page.locator(".messagelist")).to_contain_text("was added successfully")
    assert str(Comparison.objects.latest("pk")) == "Capstan Forms vs Lathe"


def test_with_script_no_empty_row_and_no_second_field_is_shown(open_page: Callable[..., Page]) -> None:
    page = open_page("/admin/tools/tool/add/", width=360, scheme="dark")
    enter(page, "Publisher")
    for table in ("plans", "facts"):
        expect(page.locator(f"#{table}-group .add-row")).to_be_visible()
        expect(page.locator(f"#{table}-group tr.form-row:not(.empty-form)")).to_have_count(0)
        expect(page.locator(f"#id_{table}-TOTAL_FORMS")).to_have_value("0")
    page.get_by_text("Add another Plan").click()
    expect(page.locator("#plans-0")).to_be_visible()
    page.goto("/admin/reviews/review/add/?tool=capstan-forms")
    expect(page.locator(".field-tool .select2-selection")).to_have_text("Capstan Forms")
    expect(page.locator("[name=tool]")).to_have_count(1)
    assert overflow(page) == 0
