import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.shares import whole_percent


@pytest.mark.parametrize(
    ("part", "whole", "percent"), [(3, 4, 75), (4, 4, 100), (0, 4, 0), (1, 8, 13), (1, 3, 33), (2, 3, 67), (1, 200, 1)]
)
def test_whole_percent_rounds_halves_up(part: int, whole: int, percent: int) -> None:
    assert whole_percent(part, whole) == percent


@pytest.mark.parametrize(("part", "whole"), [(0, 0), (1, 0), (-1, 4), (5, 4)])
def test_whole_percent_refuses_what_is_no_share(part: int, whole: int) -> None:
    with pytest.raises(ValueError, match="not a share"):
        whole_percent(part, whole)


@given(st.integers(1, 10**9).flatmap(lambda whole: st.tuples(st.integers(0, whole), st.just(whole))))
def test_whole_percent_is_within_half_a_point(share: tuple[int, int]) -> None:
    part, whole = share
    assert 0 <= whole_percent(part, whole) <= 100
    assert abs(whole_percent(part, whole) * whole - 100 * part) <= whole / 2
