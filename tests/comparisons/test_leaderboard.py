"""The leaderboard: an order of votes that says where it cannot tell."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.factories import make_category, make_panel, make_tool, make_votes
from tests.pages import text_of, texts
from votes.intervals import wilson_interval
from votes.models import Crowd, Tally

pytestmark = pytest.mark.django_db


def ranks(client: Client, page: int = 1) -> list[tuple[str, str]]:
    """(rank, tool) of each line."""
    response = client.get("/leaderboard/", {"page": page})
    names = [cell.removesuffix(" Does one thing.") for cell in texts(response, "cell-tool")]
    return list(zip(texts(response, "cell-lead"), names, strict=True))


def test_without_votes_it_says_so(client: Client) -> None:
    make_tool()
    assert "No votes yet A tool appears here with its first vote" in text_of(client.get("/leaderboard/"))


def test_a_large_share_of_few_votes_stands_below_a_firm_one(client: Client) -> None:
    make_votes(make_tool(name="Firm"), 90, 10)
    make_votes(make_tool(name="Few"), 10, 0)
    make_votes(make_tool(name="Sunk"), 10, 90)
    assert ranks(client) == [("1 shared", "Firm"), ("1 shared", "Few"), ("3", "Sunk")]


def test_a_line_says_what_its_rank_stands_on(client: Client) -> None:
    tool = make_tool(name="Llama")
    make_panel(tool, "sssk")
    make_votes(tool, 27, 15)
    make_votes(tool, 0, 40, Crowd.PASSING)
    response = client.get("/leaderboard/")
    assert texts(response, "cell-community") == ["64% of 42 votes Likely 49% to 77%"]
    assert texts(response, "cell-flip") == ["13 more skips would turn it."]
    assert texts(response, "cell-verdict") == ["Ship"]
    assert texts(response, "cell-lead") == ["1"]


def test_tools_below_ten_votes_come_after_without_a_rank(client: Client) -> None:
    make_votes(make_tool(name="Nine"), 9, 0)
    make_votes(make_tool(name="One"), 1, 0)
    make_votes(make_tool(name="Passed by"), 50, 0, Crowd.PASSING)
    make_tool(name="None")
    text = text_of(client.get("/leaderboard/"))
    assert "No rank yet" in text
    assert "Nine 9 of 10 votes needed Unreviewed One 1 of 10 votes needed Unreviewed" in text
    assert "Passed by" not in text
    make_votes(make_tool(name="Ten"), 0, 10)
    assert ranks(client) == [("1", "Ten")]
    assert texts(client.get("/leaderboard/"), "rows") == [
        "Nine 9 of 10 votes needed Unreviewed One 1 of 10 votes needed Unreviewed"
    ]


def test_a_tool_that_is_not_public_has_no_rank(client: Client) -> None:
    make_votes(make_tool(name="Hidden", status="withdrawn"), 50, 0)
    make_votes(make_tool(name="Shown"), 10, 90)
    assert ranks(client) == [("1", "Shown")]


def test_a_page_that_begins_among_equals_shows_their_rank(client: Client) -> None:
    category = make_category()
    make_votes(make_tool(name="Best", category=category), 200, 0)
    for number in range(30):
        make_votes(make_tool(name=f"Equal {number:02}", category=category), 12, 8)
    make_votes(make_tool(name="Last", category=category), 0, 100)
    first, second = ranks(client), ranks(client, 2)
    assert first == [("1", "Best"), *(("2 shared", f"Equal {number:02}") for number in range(23))]
    assert second == [*(("2 shared", f"Equal {number:02}") for number in range(23, 30)), ("32", "Last")]


def test_the_last_line_of_a_page_knows_that_the_next_page_shares_its_rank(client: Client) -> None:
    category = make_category()
    for number in range(23):
        make_votes(make_tool(name=f"Equal {number:02}", category=category), 100, 0)
    for name in ("X", "Y"):
        make_votes(make_tool(name=name, category=category), 0, 30)
    assert ranks(client)[-1] == ("24 shared", "X")
    assert ranks(client, 2) == [("24 shared", "Y")]


@pytest.mark.parametrize("page", ["0", "99", "x", "-1", "1e9"])
def test_absurd_pages_are_answered(client: Client, page: str) -> None:
    make_votes(make_tool(), 20, 3)
    assert texts(client.get("/leaderboard/", {"page": page}), "cell-lead") == ["1"]


def test_the_order_is_that_of_the_lower_bounds_computed_in_python() -> None:
    counts = [(ship, skip) for ship in (0, 1, 4, 9, 33) for skip in (0, 1, 5, 10, 31) if ship + skip]
    for count in counts:
        make_votes(make_tool(), *count)
    rows = [(row.ship_count, row.skip_count) for row in Tally.objects.all().board(crowd=Crowd.ACCOUNT)]
    ranked = [count for count in rows if sum(count) >= 10]
    assert rows[: len(ranked)] == ranked
    bounds = [wilson_interval(ship, ship + skip)[0] for ship, skip in ranked]
    assert bounds == sorted(bounds, reverse=True)
    assert sorted(rows) == sorted(counts)
