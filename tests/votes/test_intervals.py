from __future__ import annotations

import doctest
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from votes import intervals
from votes.intervals import (
    Community,
    community_facts,
    flip_margin,
    passing_text,
    shared_ranks,
    wilson_interval,
)

counts = st.integers(1, 10**6).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total)))


@pytest.mark.parametrize(
    ("ship", "total", "low", "high"),
    [(8, 10, 49.0, 94.3), (40, 50, 67.0, 88.8), (160, 200, 73.9, 85.0), (1, 1, 20.7, 100.0), (900, 1000, 88.0, 91.7)],
)
def test_wilson_interval_has_the_published_figures(ship: int, total: int, low: float, high: float) -> None:
    assert tuple(round(100 * bound, 1) for bound in wilson_interval(ship, total)) == (low, high)


@given(counts)
def test_wilson_interval_holds_the_share_and_stays_inside(count: tuple[int, int]) -> None:
    ship, total = count
    low, high = wilson_interval(ship, total)
    assert 0 <= low <= ship / total <= high <= 1


@given(counts)
def test_one_more_ship_never_lowers_the_lower_bound(count: tuple[int, int]) -> None:
    ship, total = count
    assert wilson_interval(ship + 1, total + 1)[0] >= wilson_interval(ship, total)[0]


@given(counts)
def test_wilson_interval_is_fair_to_both_sides(count: tuple[int, int]) -> None:
    ship, total = count
    low, high = wilson_interval(ship, total)
    assert wilson_interval(total - ship, total) == pytest.approx((1 - high, 1 - low), abs=1e-12)


@pytest.mark.parametrize(("ship", "total"), [(0, 0), (-1, 5), (6, 5)])
def test_wilson_interval_refuses_what_cannot_be(ship: int, total: int) -> None:
    with pytest.raises(ValueError, match="no interval"):
        wilson_interval(ship, total)


@pytest.mark.parametrize(("ship", "skip", "more"), [(20, 10, 11), (10, 20, 11), (5, 5, 1), (0, 0, 1), (1, 0, 2)])
def test_flip_margin_counts_the_votes_that_turn_the_word(ship: int, skip: int, more: int) -> None:
    assert flip_margin(ship, skip) == more


def test_community_is_withheld_below_ten_votes() -> None:
    community = Community(3, 1)
    assert (community.percent, community.interval, community.count_text) == (None, None, "4 of 10 votes needed")
    assert community.range_text == ""


def test_community_shows_percent_count_and_interval_from_ten_on() -> None:
    community = Community(8, 2)
    assert (community.percent, community.interval, community.count_text) == (80, (49.0, 94.3), "8 of 10")


def test_examples_in_the_words_of_the_module_hold() -> None:
    assert doctest.testmod(intervals).failed == 0
    assert doctest.testmod(intervals).attempted > 10


@pytest.mark.parametrize(
    ("community", "facts"),
    [
        (
            Community(27, 15),
            {
                "headline": "64%",
                "detail": "of 42 votes",
                "note": "Likely between 49% and 77%",
                "flip": "13 more skips would turn it.",
                "label": "64 percent ship, likely between 49 and 77",
                "percent": 64,
                "low": 49.2,
                "high": 77.0,
            },
        ),
        (
            Community(3, 1),
            {
                "headline": "Too early",
                "detail": "4 of 10 votes needed",
                "note": "A percentage appears from 10 readers’ votes on.",
                "flip": "",
                "label": "",
                "percent": None,
                "low": None,
                "high": None,
            },
        ),
    ],
)
def test_facts_say_everything_or_only_the_count(community: Community, facts: dict[str, object]) -> None:
    assert community_facts(community) == facts


def test_no_votes_are_said_to_be_none() -> None:
    assert community_facts(Community())["headline"] == "No votes yet"
    assert community_facts(Community())["detail"] == "0 of 10 votes needed"


sides = st.builds(Community, st.integers(0, 10**6), st.integers(0, 10**6))


@given(sides)
def test_words_withhold_every_figure_below_ten_votes_and_none_from_ten_on(community: Community) -> None:
    facts = community_facts(community)
    figures = [facts["percent"], facts["low"], facts["high"]]
    assert all(figure is None for figure in figures) == (community.total < 10)
    assert ("%" in facts["headline"] + facts["detail"] + facts["flip"] + facts["label"]) == (community.total >= 10)
    assert bool(facts["flip"]) == bool(facts["label"]) == (community.total >= 10)


@given(sides.filter(lambda community: community.is_shown and community.ship != community.skip))
def test_flip_margin_in_words_turns_the_word_and_one_less_does_not(community: Community) -> None:
    number, side = community.flip_text.split(" more ")
    more = int(number.replace(",", ""))
    ship, skip = community.ship, community.skip
    after = (ship, skip + more) if side.startswith("skips") else (ship + more, skip)
    before = (ship, skip + more - 1) if side.startswith("skips") else (ship + more - 1, skip)
    assert (after[0] > after[1]) != (ship > skip)
    assert before[0] == before[1]


def test_a_tie_says_what_decides() -> None:
    assert Community(5, 5).flip_text == "A tie: the next vote decides."


def test_readers_passing_by_are_mentioned_only_when_there_are_any() -> None:
    assert passing_text(Community(3, 1)) == "Readers passing by: 3 ship, 1 skip"
    assert passing_text(Community()) == ""


def low_of(community: Community) -> float:
    return wilson_interval(community.ship, community.total)[0]


def high_of(community: Community) -> float:
    return wilson_interval(community.ship, community.total)[1]


boards = st.lists(sides.filter(lambda community: community.is_shown), max_size=40).map(
    lambda communities: sorted(communities, key=low_of, reverse=True)
)


@given(boards)
def test_a_rank_is_the_place_of_the_first_of_its_group(board: list[Community]) -> None:
    ranks = shared_ranks(board)
    assert len(ranks) == len(board)
    assert ranks == sorted(ranks)
    for place, rank in enumerate(ranks, start=1):
        assert rank <= place
        assert ranks[rank - 1] == rank


@given(boards)
def test_whoever_shares_a_rank_overlaps_its_leader_and_the_next_leader_does_not(board: list[Community]) -> None:
    ranks = shared_ranks(board)
    for place, rank in enumerate(ranks, start=1):
        leader = board[rank - 1]
        assert high_of(board[place - 1]) >= low_of(leader)
        if rank == place > 1:
            assert high_of(board[place - 1]) < low_of(board[ranks[place - 2] - 1])


@given(boards, st.integers(0, 40))
def test_ranks_of_a_beginning_are_the_beginning_of_the_ranks(board: list[Community], cut: int) -> None:
    assert shared_ranks(board[:cut]) == shared_ranks(board)[:cut]


def test_a_chain_of_overlaps_does_not_make_one_rank_of_everybody() -> None:
    chain = [Community(95, 5), Community(90, 10), Community(82, 18), Community(70, 30)]
    assert all(high_of(lower) >= low_of(upper) for upper, lower in pairwise(chain))
    assert shared_ranks(chain) == [1, 1, 3, 3]
