"""Voting in a real browser, in place and without script, against the real votes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect

from tests.accounts.entrance import newest_code
from tests.factories import make_votes
from tests.votes.voters import counted, make_reader
from tools.models import Tool
from votes.models import Crowd, Freeze, Vote
from votes.services import find_mismatches, freeze_votes, lift_freeze

pytestmark = pytest.mark.django_db(transaction=True)

ADDRESS = "/compare/code-llama-4-vs-mistral-3-1/"


def form(page: Page, slug: str = "mistral-3-1") -> Any:
    return page.locator(f"form[data-vote={slug}]")


def tool_of(slug: str = "mistral-3-1") -> Tool:
    return Tool.objects.get(slug=slug)


def sign_in(page: Page) -> None:
    """As an old account would be signed in: with its session's cookie."""
    client = Client()
    client.force_login(make_reader())
    name = settings.SESSION_COOKIE_NAME
    site = page.url[: page.url.index("/", len("http://"))]
    page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": site}])


def test_a_vote_changes_the_number_in_place_and_is_announced_and_taken_back(open_page: Callable[..., Page]) -> None:
    page = open_page(ADDRESS)
    make_votes(tool_of(), 7, 2)
    make_votes(tool_of(), 3, 1, Crowd.PASSING)
    page.reload()
    sign_in(page)
    community = page.locator("[data-community=mistral-3-1]")
    expect(community.locator(".score-line")).to_have_text("Too early 9 of 10 votes needed")
    ship = form(page).get_by_role("button", name="Ship")
    ship.focus()
    page.keyboard.press("Enter")
    expect(form(page).get_by_role("status")).to_have_text("Inked: ship. It counts.")
    expect(ship).to_have_attribute("aria-pressed", "true")
    expect(ship).to_be_focused()
    expect(community.locator(".score-line")).to_have_text("80% of 10 votes")
    expect(community).to_contain_text("Likely between 49% and 94%")
    expect(community).to_contain_text("7 more skips would turn it.")
    expect(community).to_contain_text("Readers passing by: 3 ship, 1 skip. Shown apart")
    expect(community.get_by_role("img")).to_have_accessible_name("80 percent ship, likely between 49 and 94")
    expect(page.locator("[data-community=code-llama-4] .score-line")).to_have_text("No votes yet 0 of 10 votes needed")
    form(page).get_by_role("button", name="Take it back").click()
    expect(form(page).get_by_role("status")).to_contain_text("Taken back.")
    expect(ship).to_have_attribute("aria-pressed", "false")
    expect(ship).to_be_focused()
    expect(community.locator(".score-line")).to_have_text("Too early 9 of 10 votes needed")
    expect(community.get_by_role("img")).to_have_count(0)
    assert page.url.endswith(ADDRESS)
    assert (counted(tool_of()), Vote.objects.filter(state="withdrawn").count()) == ((7, 2), 1)


def test_a_pencilled_vote_offers_to_sign_in_and_is_shown_again_on_this_device(open_page: Callable[..., Page]) -> None:
    page = open_page(ADDRESS)
    asked: list[str] = []
    page.on("request", lambda request: asked.extend([request.url] if "/votes/" in request.url else []))
    page.reload()
    expect(form(page)).to_be_visible()
    assert asked == [], "a first visit asks for nothing"
    assert page.context.cookies() == []
    form(page).get_by_role("button", name="Skip").click()
    for _ in range(2):
        said = "Pencilled in: skip. It counts among readers passing by. Sign in to make it count"
        expect(form(page).get_by_role("status")).to_have_text(said)
        expect(form(page).locator(".vote-buttons")).to_have_class("vote-buttons is-pencilled")
        link = form(page).get_by_role("link", name="Sign in to make it count")
        expect(link).to_have_attribute("href", f"/accounts/login/?next={ADDRESS}")
        page.reload()
    assert asked[-1].endswith("/votes/?tool=code-llama-4&tool=mistral-3-1")
    expect(form(page, "code-llama-4").get_by_role("status")).to_contain_text("One vote per reader.")
    assert (counted(tool_of()), counted(tool_of(), Crowd.PASSING)) == ((0, 0), (0, 1))


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_the_intent_survives_signing_in_and_counts_once(open_page: Callable[..., Page], script: bool) -> None:  # noqa: FBT001
    page = open_page(ADDRESS, script=script)
    form(page).get_by_role("button", name="Ship").click()
    page.locator(".vote-note:visible").get_by_role("link", name="Sign in to make it count").click()
    page.get_by_label("Email address").fill("mate@example.org")
    page.get_by_role("button", name="Send the code").click()
    page.get_by_label("Six-digit code").fill(newest_code())
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(f"**{ADDRESS}")
    assert (counted(tool_of()), counted(tool_of(), Crowd.PASSING)) == ((1, 0), (0, 0))
    if script:
        expect(form(page).get_by_role("status")).to_have_text("Inked: ship. It counts.")
        expect(form(page).get_by_role("button", name="Ship")).to_have_attribute("aria-pressed", "true")
    form(page).get_by_role("link", name="Your vote").click()
    expect(page.get_by_role("status")).to_contain_text("Inked: ship. It counts.")


def test_hurried_clicks_leave_one_vote_and_a_true_number(open_page: Callable[..., Page]) -> None:
    page = open_page(ADDRESS)
    form(page).get_by_role("button", name="Ship").dblclick()
    form(page).get_by_role("button", name="Skip").dblclick()
    expect(form(page).get_by_role("status")).to_contain_text("Pencilled in:")
    page.wait_for_load_state("networkidle")
    assert sum(counted(tool_of(), Crowd.PASSING)) == 1
    assert find_mismatches() == []


def test_a_vote_that_was_refused_says_why_and_leaves_everything_as_it_was(open_page: Callable[..., Page]) -> None:
    page = open_page(ADDRESS, refused="409")
    freeze = freeze_votes(tool=tool_of(), actor=None, reason="a story in the press")
    ship = form(page).get_by_role("button", name="Ship")
    ship.click()
    expect(form(page).get_by_role("alert")).to_contain_text("Voting on Mistral 3.1 is paused")
    expect(ship).to_have_attribute("aria-pressed", "false")
    page.reload()
    expect(page.get_by_text("Voting on this tool is paused")).to_be_visible()
    lift_freeze(freeze, actor=None, reason="over")
    assert Freeze.objects.filter(lifted_at__isnull=True).count() == 0
    page.reload()
    form(page).get_by_role("button", name="Ship").click()
    expect(form(page).get_by_role("status")).to_contain_text("Pencilled in: ship.")


def test_a_vote_that_did_not_reach_us_says_so_and_can_be_sent_again(open_page: Callable[..., Page]) -> None:
    page = open_page(ADDRESS, refused="ERR_INTERNET_DISCONNECTED")
    ship = form(page).get_by_role("button", name="Ship")
    page.context.set_offline(True)
    ship.click()
    expect(form(page).get_by_role("alert")).to_contain_text("Not recorded. The vote did not reach us.")
    expect(ship).to_have_attribute("aria-pressed", "false")
    page.context.set_offline(False)
    ship.click()
    expect(form(page).get_by_role("status")).to_contain_text("Pencilled in: ship.")
    expect(form(page).get_by_role("alert")).to_have_count(0)


def test_without_script_a_vote_comes_back_to_the_same_place_and_says_what_happened(
    open_page: Callable[..., Page],
) -> None:
    page = open_page("/tools/mistral-3-1/", script=False)
    form(page).get_by_role("button", name="Ship").click()
    assert page.url.endswith("/tools/mistral-3-1/#vote-mistral-3-1-pencilled")
    shown = page.locator(".vote-outcome:visible")
    expect(shown).to_contain_text("Pencilled in, if you have just voted: your vote on Mistral 3.1 stands among")
    expect(shown.get_by_role("link")).to_have_attribute("href", "/accounts/login/?next=/tools/mistral-3-1/")
    expect(form(page).get_by_text("One vote per reader.")).to_be_hidden()
    assert counted(tool_of(), Crowd.PASSING) == (1, 0)
    form(page).get_by_role("link", name="Your vote").click()
    expect(page.locator("h1")).to_have_text("Your verdict on Mistral 3.1")
    expect(page.get_by_role("status")).to_contain_text("Pencilled in: ship.")
    page.get_by_role("button", name="Skip").click()
    expect(page.get_by_role("status")).to_contain_text("Pencilled in: skip.")
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_role("status")).to_contain_text("No vote of yours is on record.")
    assert counted(tool_of(), Crowd.PASSING) == (0, 0)


def test_a_signed_in_reader_is_inked_without_script_too(open_page: Callable[..., Page]) -> None:
    page = open_page(ADDRESS, script=False)
    sign_in(page)
    form(page).get_by_role("button", name="Ship").click()
    assert page.url.endswith(f"{ADDRESS}#vote-mistral-3-1-inked")
    expect(page.locator(".vote-outcome:visible")).to_contain_text(
        "Inked, if you have just voted: your vote on Mistral 3.1 counts."
    )
    assert counted(tool_of()) == (1, 0)


def test_vote_buttons_are_large_enough_to_touch(open_page: Callable[..., Page]) -> None:
    page = open_page(ADDRESS, width=360, touch=True)
    for button in page.locator(".vote-buttons button").all():
        box = button.bounding_box()
        assert box
        assert box["height"] >= 44
        assert box["width"] >= 44


def test_an_address_that_claims_a_vote_does_not_outlast_the_answer(open_page: Callable[..., Page]) -> None:
    page = open_page(f"{ADDRESS}#vote-mistral-3-1-inked")
    expect(form(page).get_by_role("status")).to_have_text("No vote of yours is on record.")
    expect(page.locator(".vote-outcome:visible")).to_have_count(0)


@pytest.mark.parametrize("standing", ["inked", "pencilled", "pending", "none"])
def test_without_script_a_passed_on_address_claims_no_vote_and_leads_to_the_truth(
    open_page: Callable[..., Page], standing: str
) -> None:
    page = open_page(f"{ADDRESS}#vote-mistral-3-1-{standing}", script=False)
    expect(page.locator(".vote-outcome:visible")).to_contain_text(", if you have just ")
    form(page).get_by_role("link", name="Your vote").click()
    expect(page.get_by_role("status")).to_have_text("No vote of yours is on record.")
