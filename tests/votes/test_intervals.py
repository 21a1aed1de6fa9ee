from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from votes.intervals import Community, flip_margin, wilson_interval

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


def test_community_shows_percent_count_and_interval_from_ten_on() -> None:
    community = Community(8, 2)
    assert (community.percent, community.interval, community.count_text) == (80, (49.0, 94.3), "8 of 10")
