"""The leaderboard: an order of votes that says where it cannot tell."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from comparisons.models import Board, ToolStanding
from comparisons.standings import catch_up, count_votes
from editorial.services import withdraw
from tests.factories import make_category, make_panel, make_tool, make_votes
from tests.pages import text_of, texts
from votes.intervals import Community, shared_ranks, wilson_interval
from votes.models import Crowd

pytestmark = pytest.mark.django_db


def ranks(client: Client, page: int = 1) -> list[tuple[str, str]]:
    """(rank, tool) of each line, once the votes have been counted into the order."""
    count_votes()
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
    count_votes()
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
    count_votes()
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
    count_votes()
    assert texts(client.get("/leaderboard/", {"page": page}), "cell-lead") == ["1"]


def test_order_bounds_and_ranks_are_those_computed_in_python() -> None:
    counts = [(ship, skip) for ship in (0, 1, 4, 9, 33, 400) for skip in (0, 1, 5, 10, 31, 90) if ship + skip]
    category = make_category()
    for count in counts:
        make_votes(make_tool(category=category), *count)
    count_votes()
    board = catch_up()
    rows = list(
        ToolStanding.objects.with_votes().values_list(
            "community_ship", "community_skip", "community_low", "community_high"
        )
    )
    assert board.voted_count == len(rows) == len(counts)
    ranked = [(ship, skip) for ship, skip, _, _ in rows if ship + skip >= 10]
    assert board.ranked_count == len(ranked)
    for ship, skip, low, high in rows[: len(ranked)]:
        assert (low, high) == pytest.approx(wilson_interval(ship, ship + skip), abs=1e-12)
    bounds = [wilson_interval(ship, ship + skip)[0] for ship, skip in ranked]
    assert bounds == sorted(bounds, reverse=True)
    expected = shared_ranks([Community(*count) for count in ranked])
    found = [board.rank_at(place) for place in range(1, len(ranked) + 1)]
    assert found == [(rank, expected.count(rank) > 1) for rank in expected]
    assert board.rank_at(len(ranked) + 1) is None


def test_the_order_waits_for_the_count_and_the_figures_do_not(client: Client) -> None:
    first, second = make_tool(name="First"), make_tool(name="Second")
    make_votes(first, 40, 0)
    make_votes(second, 10, 20)
    assert ranks(client) == [("1", "First"), ("2", "Second")]
    make_votes(second, 400, 0)
    response = client.get("/leaderboard/")
    assert texts(response, "cell-lead") == ["1", "2"]
    assert texts(response, "cell-community")[1].startswith("95% of 430 votes")
    assert ranks(client) == [("1 shared", "Second"), ("1 shared", "First")]


def test_a_reader_has_votes_counted_where_no_worker_does(client: Client) -> None:
    count_votes()  # just now, however long ago the database was made
    make_votes(make_tool(name="Only"), 20, 0)
    assert texts(client.get("/leaderboard/"), "cell-lead") == []
    Board.objects.update(counted_at=timezone.now() - timedelta(minutes=3))
    assert texts(client.get("/leaderboard/"), "cell-lead") == ["1"]


def test_a_withdrawn_leader_hands_its_rank_on_at_once(client: Client) -> None:
    leader = make_tool(name="Leader")
    make_votes(leader, 500, 0)
    make_votes(make_tool(name="Next"), 10, 10)
    assert ranks(client) == [("1", "Leader"), ("2", "Next")]
    withdraw(leader)
    assert texts(client.get("/leaderboard/"), "cell-lead") == ["1"]


def test_most_divisive_lists_the_even_splits_first(client: Client) -> None:
    assert "The panel is of one mind" in text_of(client.get("/leaderboard/divisive/"))
    for name, verdicts in (("Agreed", "ssss"), ("One", "sssk"), ("Even", "sskk"), ("Alone", "s")):
        make_panel(make_tool(name=name), verdicts)
    response = client.get("/leaderboard/divisive/")
    assert [cell.split()[0] for cell in texts(response, "cell-tool")] == ["Even", "One"]
    assert texts(response, "cell-flip") == [
        "The panel is split down the middle, 2 of 4.",
        "1 of 4 on the panel disagrees, 25%.",
    ]


def test_overruled_lists_opposite_words_furthest_apart_first(client: Client) -> None:
    assert "Nobody has been overruled" in text_of(client.get("/leaderboard/overruled/"))
    for name, verdicts, ship, skip in (
        ("Near", "sssk", 4, 6),
        ("Far", "kkkk", 10, 0),
        ("Same", "ssss", 9, 1),
        ("Split", "sk", 10, 0),
        ("Tied", "ssss", 5, 5),
        ("Few", "ssss", 0, 9),
        ("Unreviewed", "", 0, 20),
    ):
        tool = make_tool(name=name)
        make_panel(tool, verdicts)
        make_votes(tool, ship, skip)
    count_votes()
    response = client.get("/leaderboard/overruled/")
    assert [cell.split()[0] for cell in texts(response, "cell-tool")] == ["Far", "Near"]
    assert texts(response, "cell-flip")[0] == "The panel is of one mind. 100 points from the community."
    assert texts(response, "cell-flip")[1].endswith("35 points from the community.")


@pytest.mark.parametrize("address", ["divisive", "overruled"])
@pytest.mark.parametrize("page", ["0", "99", "x", "-1", "\x00"])
def test_absurd_pages_of_the_other_lists_are_answered(client: Client, address: str, page: str) -> None:
    assert client.get(f"/leaderboard/{address}/", {"page": page}).status_code == 200
