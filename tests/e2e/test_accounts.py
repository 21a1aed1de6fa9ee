"""Accounts in a real browser: the emailed code, a passkey of the browser's own, and a provider."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from tests.accounts.entrance import newest_code
from tests.accounts.provider import Provider, github_person, running

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def site(live_server: LiveServer) -> str:
    """Accounts need no publication. It is served under a name, localhost: browsers keep no passkeys for numbers."""
    return str(live_server.url)


@pytest.fixture
def visit(browser: Browser, site: str) -> Iterator[Callable[..., Page]]:
    """Opens pages, without open_page's ban on other hosts; a complaint on the console fails the test."""
    complaints: list[str] = []
    contexts = []

    def open_one(path: str, *, script: bool = True, width: int = 1280) -> Page:
        context = browser.new_context(
            base_url=site,
            java_script_enabled=script,
            viewport={"width": width, "height": 800},
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.extend([message.text] if message.type == "error" else []))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert complaints == []


def type_code(page: Page) -> None:
    """What a person does who reads the mail."""
    page.get_by_label("Six-digit code").fill(newest_code())
    page.get_by_role("button", name="Sign in", exact=True).click()


def sign_in(page: Page, email: str = "mate@example.org") -> None:
    page.get_by_label("Email address").fill(email)
    page.get_by_role("button", name="Send the code").click()
    expect(page.locator(".finding")).to_contain_text(f"Sent to {email}")
    type_code(page)


def give_device(page: Page) -> CDPSession:
    """A passkey keeper inside the browser that checks its owner and says yes by itself."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options: dict[str, Any] = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True}
    options |= {"hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True}
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return session


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_in_by_code_and_out_again(visit: Callable[..., Page], script: bool) -> None:  # noqa: FBT001
    page = visit("/", script=script)
    page.get_by_role("link", name="Sign in").click()
    page.wait_for_url("**/accounts/login/?next=/accounts/")
    sign_in(page)
    expect(page.locator("h1")).to_have_text("Your account")
    expect(page.locator("body")).to_have_attribute("data-reader", "signed-in")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/")
    page.goto("/accounts/")
    expect(page.locator("h1")).to_have_text("Sign in")


def test_a_mistake_is_explained_where_it_was_typed(visit: Callable[..., Page]) -> None:
    page = visit("/accounts/login/")
    page.get_by_label("Email address").fill("mate at sea")
    page.get_by_role("button", name="Send the code").click()
    address = page.get_by_label("Email address")
    expect(address).to_have_value("mate at sea")
    expect(address).to_have_accessible_description(re.compile("needs a name, an @ and a domain"))
    address.fill("mate@example.org")
    page.get_by_role("button", name="Send the code").click()
    page.get_by_label("Six-digit code").fill("40 2")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_label("Six-digit code")).to_have_accessible_description(re.compile("Six digits, please"))
    page.get_by_role("button", name="Send another").click()
    type_code(page)
    expect(page.locator("h1")).to_have_text("Your account")


def test_a_passkey_is_made_used_to_come_in_and_removed(visit: Callable[..., Page]) -> None:
    page = visit("/accounts/login/?next=/accounts/passkeys/add/")
    device = give_device(page)
    sign_in(page)
    page.get_by_label("Name").fill("This laptop")
    page.get_by_role("button", name="Make the passkey").click()
    expect(page.locator(".flash")).to_contain_text("Passkey “This laptop” added")
    page.get_by_role("button", name="Sign out").click()

    page.goto("/accounts/login/?next=/accounts/close/")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.locator("h1")).to_have_text("Delete my account")
    page.goto("/accounts/")
    page.get_by_role("link", name="Rename or remove This laptop").click()
    page.get_by_role("button", name="Remove this passkey").click()
    expect(page.locator(".flash")).to_contain_text("removed here")
    page.get_by_role("button", name="Sign out").click()

    page.goto("/accounts/login/")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.locator(".flash")).to_contain_text("does not open any account here")
    device.send("WebAuthn.disable")


def test_a_device_that_says_no_is_explained_and_may_be_asked_again(visit: Callable[..., Page]) -> None:
    page = visit("/accounts/login/")
    give_device(page)
    page.get_by_role("button", name="Use a passkey").click()  # it keeps none for us yet
    expect(page.locator("[data-passkey-note]")).to_contain_text("Your device gave no passkey")
    expect(page.get_by_role("button", name="Use a passkey")).to_be_enabled()


def test_without_script_and_under_a_number_the_page_says_why_there_are_no_passkeys(
    visit: Callable[..., Page], site: str
) -> None:
    for address, script, words in (
        ("", False, "Passkeys need script"),
        (site.replace("localhost", "127.0.0.1"), True, "opened under a number"),
    ):
        page = visit(f"{address}/accounts/login/", script=script)
        expect(page.locator("[data-passkey-note]")).to_contain_text(words)
        expect(page.get_by_role("button", name="Use a passkey")).to_be_hidden()


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[Provider]:
    with running(monkeypatch) as provider:
        provider.person = github_person(("mate@example.org", True, True))
        settings.SOCIAL_ORIGINS = {"github": provider.url}
        yield provider


def test_the_button_of_a_provider_leads_there_and_back(visit: Callable[..., Page], provider: Provider) -> None:
    """Chromium holds the page's form-action against the redirect, so a policy without the provider would stop it."""
    page = visit("/accounts/login/?next=/accounts/close/")
    page.get_by_role("button", name="Continue with GitHub").click()
    expect(page.locator("h1")).to_have_text("Delete my account")
    assert User.objects.get().email == "mate@example.org"


def test_an_account_is_deleted_from_its_page(visit: Callable[..., Page]) -> None:
    page = visit("/accounts/login/")
    sign_in(page)
    page.get_by_role("link", name="Delete my account").click()
    page.get_by_role("button", name="Delete my account").click()
    expect(page.locator("h1")).to_have_text("Deleted")
    assert not User.objects.exists()
