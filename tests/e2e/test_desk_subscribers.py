"""A list of readers is brought to the desk in a real browser, looked at, and imported."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from newsletter.models import Subscriber
from newsletter.services import unsubscribe
from tests.e2e.looking import overflow, violations
from tests.newsletter.post import subscribed

pytestmark = pytest.mark.django_db(transaction=True)

OURS = {"include": [["#content-main"]]}
LIST = "email;consented_at;consent_source\nmate@example.org;2025-03-04;Stand in Bergen\n"
LIST += "left@example.org;2025-03-04;Stand in Bergen\nnobody;2025-03-04;Stand in Bergen\n"


def as_file(content: str) -> Any:
    return {"name": "list.csv", "mimeType": "text/csv", "buffer": content.encode()}


def test_a_list_is_looked_at_before_it_is_imported(open_page: Callable[..., Page]) -> None:
    User.objects.create_superuser("editor@example.org", "harbour-light", name="Editor")
    unsubscribe(subscribed("left@example.org"), "a test")
    desk = open_page("/admin/newsletter/subscriber/")
    desk.get_by_label("Email").fill("editor@example.org")
    desk.get_by_label("Password").fill("harbour-light")
    desk.get_by_role("button", name="Log in").click()
    desk.get_by_role("link", name="Import").click()
    desk.locator("[name=file]").set_input_files(as_file(LIST))
    desk.get_by_role("button", name="Show what would happen").click()
    expect(desk.get_by_role("status")).to_contain_text("New: 1. Already there: 0. Suppressed: 1. Invalid: 1.")
    assert Subscriber.objects.count() == 1
    desk.set_viewport_size({"width": 360, "height": 800})
    assert violations(desk, OURS) == []
    assert overflow(desk) == 0
    desk.get_by_role("button", name="Import 1 reader").click()
    expect(desk.locator(".messagelist")).to_contain_text("1 reader imported. 2 lines left out.")
    desk.get_by_role("link", name="mate@example.org").click()
    expect(desk.locator(".readers__steps")).to_contain_text("Stand in Bergen")
    assert violations(desk, OURS) == []
    assert overflow(desk) == 0
    desk.goto("/admin/newsletter/subscriber/figures/")
    desk.get_by_text("The same in figures").first.click()
    assert violations(desk, OURS) == []
    assert overflow(desk) == 0
