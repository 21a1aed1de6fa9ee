"""Voting in a real browser, in place and without script. The votes themselves are answered as the contract says."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.test_pages import violations
from tests.factories import make_votes
from tools.models import Tool
from votes.intervals import Community, community_facts, passing_text
from votes.models import Crowd

pytestmark = pytest.mark.django_db(transaction=True)

ADDRESS = "/compare/code-llama-4-vs-mistral-3-1/"
WORDS = {
    ("ship", "inked"): "Inked: ship. It counts.",
    ("skip", "pencilled"): "Pencilled in: skip.",
    (None, "none"): "Taken back.",
}


def answer(choice: str | None, standing: str, ship: int = 0, skip: int = 0) -> dict[str, Any]:
    return {
        "tool": "mistral-3-1",
        "choice": choice,
        "standing": standing,
        "message": WORDS[choice, standing],
        "community": community_facts(Community(ship, skip)),
        "passing": passing_text(Community(3, 1)),
    }


def answering(page: Page, *answers: dict[str, Any], status: int = 200) -> list[str]:
    """Answers votes in turn; returns the choices that were sent."""
    sent: list[str] = []

    def reply(route: Route) -> None:
        assert route.request.headers["content-type"] == "application/json"
        sent.append(json.loads(route.request.post_data or "")["choice"])
        route.fulfill(status=status, json=answers[len(sent) - 1])

    page.route("**/votes/mistral-3-1/", reply)
    return sent


def form(page: Page) -> Any:
    return page.locator("form[data-vote=mistral-3-1]")


def test_a_vote_changes_the_number_in_place_and_is_announced_and_taken_back(open_page: Callable[..., Page]) -> None:
    page = open_page(ADDRESS)
    sent = answering(page, answer("ship", "inked", 8, 2), answer(None, "none", 7, 2))
    community = page.locator("[data-community=mistral-3-1]")
    expect(community.locator(".score-line")).to_have_text("No votes yet 0 of 10 votes needed")
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
    expect(form(page).get_by_role("status")).to_have_text("Taken back. ")
    expect(ship).to_have_attribute("aria-pressed", "false")
    expect(ship).to_be_focused()
    expect(community.locator(".score-line")).to_have_text("Too early 9 of 10 votes needed")
    expect(community.get_by_role("img")).to_have_count(0)
    assert sent == ["ship", "none"]
    assert page.url.endswith(ADDRESS)


def test_a_pencilled_vote_offers_to_sign_in_and_is_shown_again_on_this_device(open_page: Callable[..., Page]) -> None:
    page = open_page(ADDRESS)
    asked: list[str] = []
    page.on("request", lambda request: asked.extend([request.url] if "/votes/" in request.url else []))
    mine = {"votes": {"mistral-3-1": answer("skip", "pencilled"), "code-llama-4": answer(None, "none")}}
    page.route("**/votes/mine/**", lambda route: route.fulfill(json=mine))
    page.reload()
    expect(form(page)).to_be_visible()
    assert asked == [], "a first visit asks for nothing"
    answering(page, answer("skip", "pencilled"))
    form(page).get_by_role("button", name="Skip").click()
    for _ in range(2):
        expect(form(page).get_by_role("status")).to_have_text("Pencilled in: skip. Sign in to make it count")
        expect(form(page).locator(".vote-buttons")).to_have_class("vote-buttons is-pencilled")
        link = form(page).get_by_role("link", name="Sign in to make it count")
        expect(link).to_have_attribute("href", f"/accounts/login/?next={ADDRESS}")
        page.reload()
    assert asked[-1].endswith("/votes/mine/?tool=code-llama-4&tool=mistral-3-1")
    expect(page.locator("form[data-vote=code-llama-4]").get_by_role("status")).to_contain_text("One vote per reader.")


@pytest.mark.parametrize(
    ("refused", "reply", "sentence"),
    [
        ("409", {"status": 409, "body": json.dumps({"error": "Voting is paused."})}, "Voting is paused."),
        ("502", {"status": 502, "body": "<h1>Bad gateway</h1>"}, "Not recorded. The vote did not reach us."),
        ("ERR_FAILED", None, "Not recorded. The vote did not reach us."),
    ],
    ids=["refused", "no answer of ours", "unreachable"],
)
def test_a_vote_that_did_not_land_says_so_and_leaves_everything_as_it_was(
    open_page: Callable[..., Page], refused: str, reply: dict[str, Any] | None, sentence: str
) -> None:
    page = open_page(ADDRESS, refused=refused)
    page.route("**/votes/mistral-3-1/", lambda route: route.fulfill(**reply) if reply else route.abort())
    ship = form(page).get_by_role("button", name="Ship")
    ship.click()
    expect(form(page).get_by_role("alert")).to_contain_text(sentence)
    expect(ship).to_have_attribute("aria-pressed", "false")
    expect(form(page).get_by_role("status")).to_contain_text("One vote per reader.")
    page.unroute("**/votes/mistral-3-1/")
    answering(page, answer("ship", "inked"))
    ship.click()
    expect(form(page).get_by_role("status")).to_have_text("Inked: ship. It counts.")
    expect(form(page).get_by_role("alert")).to_have_count(0)


def test_without_script_a_vote_is_sent_as_a_form_and_its_page_says_what_happened(
    open_page: Callable[..., Page],
) -> None:
    page = open_page("/tools/mistral-3-1/", script=False)
    with page.expect_request("**/votes/mistral-3-1/") as sent:
        page.route("**/votes/mistral-3-1/", lambda route: route.fulfill(body="received"))
        form(page).get_by_role("button", name="Ship").click()
    assert sent.value.post_data == "choice=ship&next=%2Ftools%2Fmistral-3-1%2F"
    page.goto("/tools/mistral-3-1/#vote-mistral-3-1-pencilled")
    shown = page.locator(".vote-outcome:visible")
    expect(shown).to_contain_text("Pencilled in. Your vote on Mistral 3.1 stands among the readers passing by.")
    expect(shown.get_by_role("link")).to_have_attribute("href", "/accounts/login/?next=/tools/mistral-3-1/")
    expect(form(page).get_by_text("One vote per reader.")).to_be_hidden()
    with page.expect_request("**/votes/mistral-3-1/") as taken:
        shown.get_by_role("button", name="Take it back").click()
    assert taken.value.post_data == "next=%2Ftools%2Fmistral-3-1%2F&choice=none"


def test_vote_buttons_are_large_enough_to_touch(open_page: Callable[..., Page]) -> None:
    page = open_page(ADDRESS, width=360, touch=True)
    for button in page.locator(".vote-buttons button").all():
        box = button.bounding_box()
        assert box
        assert box["height"] >= 44
        assert box["width"] >= 44


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1280, "dark")])
def test_pages_with_votes_are_accessible_and_fit(open_page: Callable[..., Page], width: int, scheme: str) -> None:
    page = open_page("/", width=width, scheme=scheme)
    for slug, ship, skip in (("mistral-3-1", 40, 10), ("code-llama-4", 27, 15), ("parley-recap", 3, 1)):
        tool = Tool.objects.get(slug=slug)
        make_votes(tool, ship, skip)
        make_votes(tool, 2, 1, Crowd.PASSING)
    outcome = f"{ADDRESS}#vote-mistral-3-1-pencilled"
    for path in ("/", "/tools/", "/tools/parley-recap/", "/leaderboard/", ADDRESS, outcome):
        page.goto(path)
        assert violations(page) == [], path
        too_wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert too_wide == 0, path
