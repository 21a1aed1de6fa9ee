"""History at the desk in a real browser: two who save at once, what is typed and not saved, and the way back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group
from playwright.sync_api import Page, expect

from accounts.models import User
from tests.e2e.looking import overflow, violations
from tools.models import Tool

pytestmark = pytest.mark.django_db(transaction=True)


def enter(page: Page, name: str) -> None:
    user = User.objects.filter(name=name).first()
    if user is None:
        user = User.objects.create_user(f"{name.lower()}@example.org", "harbour-light", name=name, is_staff=True)
        user.groups.add(Group.objects.get(name="Publisher"))
    page.get_by_label("Email").fill(user.email)
    page.get_by_label("Password").fill("harbour-light")
    page.get_by_role("button", name="Log in").click()


def form_of(tool: Tool) -> str:
    return f"/admin/tools/tool/{tool.pk}/change/"


def test_two_editors_collide_and_an_older_version_returns(open_page: Callable[..., Page]) -> None:
    tool = Tool.objects.filter(status="draft").first()
    assert tool
    was = tool.tagline
    ada, ben = open_page(form_of(tool), width=360), open_page(form_of(tool))
    for page, name in ((ada, "Ada"), (ben, "Ben")):
        enter(page, name)
        expect(page.get_by_label("Tagline:")).to_have_value(was)
    ben.get_by_label("Tagline:").fill("Bens own words.")
    ben.get_by_role("button", name="Save and continue editing").click()
    expect(ben.locator(".messagelist")).to_contain_text("was changed successfully")
    ada.get_by_label("Tagline:").fill("Adas other words.")
    ada.get_by_role("button", name="Save", exact=True).click()
    told = ada.locator("#collision")
    expect(told).to_contain_text("Ben, ")
    expect(told.locator("del").first).to_contain_text("Adas other")
    expect(told.locator("ins").first).to_contain_text("Bens own")
    expect(ada.get_by_label("Tagline:")).to_have_value("Adas other words.")
    assert overflow(ada) <= 0
    assert violations(ada, {"include": [["#collision"]]}) == []
    ada.get_by_role("button", name="Save", exact=True).click()
    expect(ada.locator(".messagelist")).to_contain_text("was changed successfully")
    tool.refresh_from_db()
    assert tool.tagline == "Adas other words."
    ben.get_by_role("link", name="History").click()
    expect(ben.locator(".sides ins").first).to_contain_text("Adas other")
    assert violations(ben, {"include": [["#content-main"]]}) == []
    ben.get_by_role("link", name="Restore").last.click()
    ben.get_by_role("button", name="Restore this version").click()
    expect(ben.locator(".messagelist")).to_contain_text("The older version is back")
    expect(ben.get_by_label("Tagline:")).to_have_value(was)


def test_what_was_typed_outlives_a_reload_and_a_sign_out(open_page: Callable[..., Page]) -> None:
    tool = Tool.objects.filter(status="draft").first()
    assert tool
    page = open_page(form_of(tool), refused="403")
    enter(page, "Ada")
    words = "A long description that nobody has saved."
    page.get_by_label("Description:").fill(words)
    page.get_by_text("Add another Plan").click()
    page.locator("[name$=-name]").filter(visible=True).last.fill("Crew")
    page.wait_for_function("() => Object.values(localStorage).some((kept) => kept.includes('Crew'))")
    page.reload()
    offer = page.locator("#typed")
    expect(offer).to_contain_text("Description: 41 characters kept")
    offer.get_by_role("button", name="Put it back into the form").click()
    expect(page.get_by_label("Description:")).to_have_value(words)
    expect(page.locator("[name$=-name]").filter(visible=True).last).to_have_value("Crew")
    page.get_by_role("button", name="Show as readers see it").click()  # who is signed out is shown nothing there
    page.context.clear_cookies(name="sessionid")  # the session ends while they write
    page.get_by_role("button", name="Save and continue editing").click()
    enter(page, "Ada")
    expect(offer).to_be_visible()
    page.locator(".dynamic-plans").last.wait_for()
    offer.get_by_role("button", name="Put it back into the form").click()
    page.locator("#plans-group .dynamic-plans:not(.has_original) .inline-deletelink").last.click()
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.locator(".messagelist")).to_contain_text("was changed successfully")
    expect(offer).to_be_hidden()
    tool.refresh_from_db()
    assert tool.description == words
    assert page.evaluate("() => Object.keys(localStorage).filter((key) => key.startsWith('drydock:')).length") == 0
