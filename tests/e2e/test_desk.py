"""The editors' desk in a real browser, under its strict policy."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_editor_signs_in_adds_a_plan_by_script_and_publishes(open_page: Callable[..., Page]) -> None:
    User.objects.create_superuser("editor@example.org", "harbour-light", name="Editor")
    page = open_page("/admin/")
    page.get_by_label("Email").fill("Editor@example.org")
    page.get_by_label("Password").fill("harbour-light")
    page.get_by_role("button", name="Log in").click()
    page.goto("/admin/tools/tool/?status__exact=draft")
    page.get_by_role("link", name="Capstan Forms").click()
    page.get_by_text("Add another Plan").click()
    row = page.locator("#plans-group .dynamic-plans").last
    row.locator("[name$=-name]").fill("Trial")
    row.locator("[name$=-period]").select_option("free")
    row.locator("[name$=-source]").fill("https://capstan.example.com/pricing")
    row.locator("[name$=-checked_on]").fill("2026-11-20")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".messagelist")).to_contain_text("was changed successfully")
    page.goto("/admin/tools/tool/?status__exact=draft")
    page.locator("input.action-select").first.check()
    page.locator("select[name=action]").select_option(label="Publish")
    page.locator("button[name=index]").click()
    expect(page.locator(".messagelist")).to_contain_text("Capstan Forms is published")
    page.goto("/tools/capstan-forms/")
    expect(page.locator(".hull-entry")).to_contain_text("Free")
