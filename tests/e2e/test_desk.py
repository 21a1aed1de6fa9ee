"""The editors' desk in a real browser, under its strict policy."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group
from playwright.sync_api import Page, expect

from accounts.models import User
from tests.e2e.looking import overflow, violations
from tests.votes.desk import make_burst

pytestmark = pytest.mark.django_db(transaction=True)


# Our part of the page: the frame around it and the search for a tool are Django's.
OURS = {"include": [["#content-main"]], "exclude": [[".select2"]]}


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
    expect(page.locator("#content-main")).to_contain_text("Capstan Forms (draft)")
    page.get_by_role("button", name="Publish now").click()
    expect(page.locator(".messagelist")).to_contain_text("Capstan Forms is published")
    page.goto("/tools/capstan-forms/")
    expect(page.locator(".hull-entry")).to_contain_text("Free")


def enter(page: Page, role: str) -> None:
    user = User.objects.create_user(f"{role.lower()}@example.org", "harbour-light", name=role, is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    page.get_by_label("Email").fill(user.email)
    page.get_by_label("Password").fill("harbour-light")
    page.get_by_role("button", name="Log in").click()


def test_a_draft_goes_through_three_pairs_of_hands(open_page: Callable[..., Page]) -> None:
    page = open_page("/admin/tools/tool/add/")
    enter(page, "Editor")
    page.get_by_label("Name:", exact=True).fill("Lathe")
    page.get_by_label("Maker").fill("Turners")
    page.get_by_label("Tagline").fill("It turns.")
    page.get_by_label("Website").fill("https://lathe.example.com/")
    page.get_by_label("Category").select_option(index=1)
    page.get_by_role("button", name="Send to review").click()
    expect(page.locator(".messagelist")).to_contain_text("Lathe has no description. Write one.")
    page.get_by_label("Description").fill("A plain lathe.")
    page.get_by_role("button", name="Send to review").click()
    expect(page.locator(".messagelist")).to_contain_text("Lathe is in review.")
    assert page.get_by_role("button", name="Publish now").count() == 0
    address = page.url
    writer = open_page(address, refused="403")
    enter(writer, "Writer")
    expect(writer.locator(".messagelist")).to_contain_text("doesn’t exist")
    writer.goto("/admin/tools/tool/")
    assert "Lathe" not in writer.locator("#result_list").inner_text()
    publisher = open_page(address, width=360, scheme="dark")
    enter(publisher, "Publisher")
    publisher.get_by_label("Publish at (UTC)").fill("2020-01-01T09:00")
    publisher.get_by_role("button", name="Schedule").click()
    expect(publisher.locator(".steps .errorlist")).to_contain_text("That moment has passed.")
    assert overflow(publisher) == 0
    assert violations(publisher, {"include": [[".steps"]], "exclude": []}) == []
    publisher.get_by_role("button", name="Publish now").click()
    expect(publisher.locator(".messagelist")).to_contain_text("Lathe is published.")
    publisher.goto("/tools/lathe/")
    expect(publisher.get_by_role("heading", level=1)).to_contain_text("Lathe")
    publisher.goto(address)
    publisher.get_by_label("Reason for readers").fill("Its maker has closed it.")
    publisher.get_by_role("button", name="Withdraw").click()
    expect(publisher.locator(".messagelist")).to_contain_text("Lathe is withdrawn.")
    publisher.goto("/tools/lathe/")
    expect(publisher.locator("main")).to_contain_text("The reason we gave: Its maker has closed it.")


def test_a_moderator_reads_the_evidence_voids_a_burst_and_counts_it_again(open_page: Callable[..., Page]) -> None:
    User.objects.create_superuser("editor@example.org", "harbour-light", name="Editor")
    case = make_burst()
    page = open_page("/admin/votes/case/", width=360, scheme="dark")
    page.get_by_label("Email").fill("editor@example.org")
    page.get_by_label("Password").fill("harbour-light")
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("link", name=case.tool.name).click()
    expect(page.locator("#content-main")).to_contain_text("Within 10 minutes, 60 votes of accounts came")
    assert violations(page, OURS) == []
    for button, reason, told in (
        ("Void", "Sold by the dozen", "accounts 60% of 40 votes (24 ship, 16 skip)"),
        ("Release", "A conference, it turns out", "accounts 60% of 100 votes (60 ship, 40 skip)"),
    ):
        page.get_by_label("Reason").focus()
        page.keyboard.type(reason)
        page.get_by_role("button", name=button).focus()
        page.keyboard.press("Enter")
        expect(page.locator(".messagelist")).to_contain_text(f"60 votes moved. {case.tool} now: {told}.")
        expect(page.get_by_role("region", name="Log")).to_contain_text(reason)
    for path in ("/admin/votes/case/votes/", "/admin/votes/case/hold/", "/admin/votes/freeze/add/"):
        page.goto(path)
        assert overflow(page) == 0, path
        assert violations(page, OURS) == [], path
    page.goto(f"/admin/votes/case/votes/?case={case.pk}&state=counted")
    page.get_by_label("Select all votes on this page").check()
    page.get_by_label("SHIP on").first.uncheck()
    assert page.locator("input[name=vote]:checked").count() == 59
    assert not page.get_by_label("Select all votes on this page").is_checked()
