"""What readers say, on the pages that show it, and the form that takes a vote."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from django.template import engines
from django.test import Client
from django.utils import timezone

from comparisons.scorecards import find_tools
from tests.factories import make_category, make_review, make_tool, make_votes
from tests.pages import html_of, text_of, texts
from tests.votes.voters import SKIP, account, cast
from tools.models import Tool
from votes.models import Crowd, Vote
from votes.services import close_day, freeze_votes, lift_freeze

pytestmark = pytest.mark.django_db


@pytest.fixture
def llama() -> Tool:
    return make_tool(slug="llama", name="Llama", category=make_category(name="Developer Tools"))


@pytest.fixture
def mistral(llama: Tool) -> Tool:
    return make_tool(slug="mistral", name="Mistral", category=llama.category)


@pytest.mark.parametrize("address", ["/tools/llama/", "/compare/llama-vs-mistral/"])
class TestCommunity:
    def test_ten_votes_show_percent_count_range_and_what_would_turn_it(
        self, client: Client, llama: Tool, mistral: Tool, address: str
    ) -> None:
        make_votes(llama, 27, 15)
        response = client.get(address)
        assert texts(response, "score-line")[0] == "64% of 42 votes"
        assert "Likely between 49% and 77% 13 more skips would turn it." in text_of(response)
        assert 'role="img" aria-label="64 percent ship, likely between 49 and 77"' in html_of(response)
        assert "Readers passing by: " not in html_of(response)

    def test_nine_votes_show_how_many_are_needed(
        self, client: Client, llama: Tool, mistral: Tool, address: str
    ) -> None:
        make_votes(llama, 9, 0)
        response = client.get(address)
        assert texts(response, "score-line")[0] == "Too early 9 of 10 votes needed"
        assert "100%" not in html_of(response).replace('"100%"', "")

    def test_no_votes_are_said_to_be_none(self, client: Client, llama: Tool, mistral: Tool, address: str) -> None:
        response = client.get(address)
        assert texts(response, "score-line")[0] == "No votes yet 0 of 10 votes needed"
        assert "A percentage appears from 10 readers’ votes on." in text_of(response)

    def test_readers_passing_by_are_shown_apart_and_never_counted_in(
        self, client: Client, llama: Tool, mistral: Tool, address: str
    ) -> None:
        make_votes(llama, 3, 1, Crowd.PASSING)
        response = client.get(address)
        assert texts(response, "score-line")[0] == "No votes yet 0 of 10 votes needed"
        assert texts(response, "passing")[0].replace(" .", ".") == (
            "Readers passing by: 3 ship, 1 skip. Shown apart, never counted in."
        )

    def test_parts_of_the_block_are_the_same_with_and_without_votes(
        self, client: Client, llama: Tool, mistral: Tool, address: str
    ) -> None:
        without = parts(html_of(client.get(address)))
        make_votes(llama, 27, 15)
        make_votes(llama, 1, 1, Crowd.PASSING)
        assert parts(html_of(client.get(address))) == without
        assert {"headline", "detail", "note", "flip", "passing", "gauge", "fill", "take", "error"} <= set(without)


def parts(html: str) -> list[str]:
    """The names by which script finds what it fills, in their order."""
    return [piece.split('"')[0] for piece in html.split('data-part="')[1:]]


def test_the_chart_waits_for_two_days_with_ten_votes(client: Client, llama: Tool) -> None:
    assert "The chart begins on the second day that ends with 10 readers’ votes or more." in text_of(
        client.get("/tools/llama/")
    )


def test_lists_show_the_count_and_from_ten_votes_on_the_percent_with_its_range(client: Client) -> None:
    for name, ship, skip in (("A", 27, 15), ("B", 3, 1), ("C", 0, 0)):
        make_votes(make_tool(name=name), ship, skip)
    assert texts(client.get("/tools/"), "cell-community") == [
        "64% of 42 votes Likely 49% to 77%",
        "Too early: 4 of 10 votes needed",
        "No votes yet",
    ]


def test_home_sets_the_community_beside_a_divided_panel(client: Client, llama: Tool) -> None:
    for verdict in ("ship", "skip"):
        make_review(llama, verdict=verdict, published_at=timezone.now() - timedelta(days=1))
    make_votes(llama, 3, 1)
    assert "Community ship Too early 4 of 10 votes needed" in texts(client.get("/"), "twin")[0]
    make_votes(llama, 24, 14)
    response = client.get("/")
    assert "Community ship, 27 of 42" in texts(response, "twin")[0]
    assert 'aria-label="Community ship 64 percent, 27 of 42 ship"' in html_of(response)
    assert texts(response, "cell-community") == ["64% of 42 votes Likely 49% to 77%"]


class Form(HTMLParser):
    """What a browser would send from each vote form, by button, and the sentences it may come back to."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.actions: list[str] = []
        self.sent: list[tuple[str, str]] = []
        self.targets: list[str] = []
        self.inside = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.inside = given.get("class") == "vote"
            if self.inside:
                assert given["method"] == "post"
                self.actions.append(given["action"])
        elif self.inside and tag in ("button", "input"):
            self.sent.append((given["name"], given["value"]))
            assert given.get("aria-pressed", "false") == "false"
        elif "vote-outcome" in given.get("class", ""):
            assert given["tabindex"] == "-1"
            self.targets.append(given["id"])

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False


def test_a_vote_is_a_form_that_comes_back_to_its_page_and_says_what_happened(
    client: Client, llama: Tool, mistral: Tool
) -> None:
    form = Form(html_of(client.get("/compare/llama-vs-mistral/")))
    assert form.actions == ["/votes/llama/", "/votes/mistral/"]
    assert set(form.sent) == {
        *(("choice", choice) for choice in ("ship", "skip", "none")),
        ("next", "/compare/llama-vs-mistral/"),
    }
    assert form.targets == [
        f"vote-{slug}-{standing}"
        for slug in ("llama", "mistral")
        for standing in ("inked", "pencilled", "pending", "none")
    ]
    assert Form(html_of(client.get("/tools/llama/"))).sent.count(("next", "/tools/llama/")) == 1


def test_a_pencilled_vote_offers_the_way_to_make_it_count(client: Client, llama: Tool) -> None:
    html = html_of(client.get("/tools/llama/"))
    assert '<a href="/accounts/login/?next=/tools/llama/" rel="nofollow">Sign in to make it count</a>' in html


def test_a_paused_tool_takes_no_votes_and_says_why(llama: Tool) -> None:
    source = '{% from "components/vote.html" import vote_form %}{{ vote_form(tool, tool.url) }}'
    paused = replace(find_tools(["llama"])["llama"], is_paused=True)
    html = engines["jinja2"].from_string(source).render({"tool": paused})
    assert "Voting on this tool is paused while we look at a burst of votes." in html
    assert "<form" not in html


class TestWiring:
    def test_a_paused_tool_says_so_where_the_buttons_were(self, client: Client) -> None:
        tool = make_tool(slug="lathe")
        assert texts(client.get("/tools/lathe/"), "closed") == []
        freeze = freeze_votes(tool=tool, actor=None, reason="a story in the press")
        assert texts(client.get("/tools/lathe/"), "closed") == ["Paused"]
        lift_freeze(freeze, actor=None, reason="over")
        assert texts(client.get("/tools/lathe/"), "closed") == []

    def test_the_chart_is_drawn_from_closed_days_and_today(self, client: Client) -> None:
        tool = make_tool(slug="lathe")
        for _ in range(10):
            cast(account(), tool)
        assert "The chart begins on the second day" in text_of(client.get("/tools/lathe/"))
        Vote.objects.update(cast_at=timezone.now() - timedelta(days=2))
        close_day(timezone.now())
        for _ in range(10):
            cast(account(), tool, SKIP)
        page = client.get("/tools/lathe/")
        assert "Community ship fell from 100% to 50%" in html_of(page)
