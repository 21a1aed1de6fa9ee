"""The door of the desk in a real browser, as in production: the mailbox, and one thing more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.accounts.second_factor import EDITOR, let_time_pass, make_editor, totp
from tests.e2e.looking import overflow
from tests.e2e.test_accounts import give_device, sign_in, site, type_code, visit

__all__ = ["site", "visit"]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _asked(settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = True


def test_an_editor_sets_an_app_up_and_shows_it_the_next_time(visit: Callable[..., Page]) -> None:
    make_editor()
    page = visit("/admin/", width=360)
    sign_in(page, EDITOR)
    expect(page.locator("h1")).to_have_text("A second key for the desk")
    page.get_by_role("link", name="Set up an app").click()
    secret = page.locator(".qr-key").inner_text().replace(" ", "")
    box = page.locator("svg.qr").bounding_box()
    assert box
    assert box["width"] == box["height"] > 200
    assert overflow(page) == 0
    page.get_by_label("Six-digit code").fill(totp(secret))
    page.get_by_role("button", name="Set it up").click()
    expect(page.locator(".recovery li")).to_have_count(10)
    assert overflow(page) == 0
    with page.expect_download() as download:
        page.get_by_role("link", name="Download them").click()
    recovery = download.value.path().read_text().splitlines()[2]
    page.get_by_role("button", name="I have kept them").click()
    page.wait_for_url("**/admin/")
    expect(page.locator("h1")).to_have_text("What shall we publish?")

    let_time_pass()
    other = visit("/admin/tools/tool/", script=False)
    sign_in(other, EDITOR)
    expect(other.locator("h1")).to_have_text("One thing more")
    other.get_by_label("Code of the app").fill("000000")
    other.get_by_role("button", name="Go on").click()
    expect(other.locator(".field-error")).to_contain_text("That code opens nothing")
    other.get_by_label("Code of the app").fill(totp(secret))
    other.get_by_role("button", name="Go on").click()
    other.wait_for_url("**/admin/tools/tool/")

    lost = visit("/admin/")
    sign_in(lost, EDITOR)
    lost.get_by_label("Code of the app").fill(recovery)
    lost.get_by_role("button", name="Go on").click()
    expect(lost.locator("h1")).to_have_text("What shall we publish?")


def test_a_passkey_is_both_halves(visit: Callable[..., Page]) -> None:
    make_editor()
    page = visit("/admin/")
    device = give_device(page)
    page.get_by_label("Email address").fill(EDITOR)
    page.get_by_role("button", name="Send the code").click()
    type_code(page)
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name").fill("This laptop")
    page.get_by_role("button", name="Make the passkey").click()
    page.get_by_role("button", name="I have kept them").click()
    page.wait_for_url("**/admin/")
    page.get_by_role("button", name="Log out").click()
    page.goto("/admin/")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/admin/")
    expect(page.locator("h1")).to_have_text("What shall we publish?")
    device.send("WebAuthn.disable")
