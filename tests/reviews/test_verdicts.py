from __future__ import annotations

import pytest

from reviews.verdicts import Panel, Word, verdict_word


@pytest.mark.parametrize(
    ("ship", "reviews", "word"),
    [
        (0, 0, Word.UNREVIEWED),
        (1, 1, Word.SHIP),
        (0, 1, Word.SKIP),
        (1, 2, Word.SPLIT),
        (2, 4, Word.SPLIT),
        (3, 4, Word.SHIP),
        (1, 4, Word.SKIP),
        (2, 3, Word.SHIP),
        (1, 3, Word.SKIP),
        (501, 1001, Word.SHIP),
    ],
)
def test_verdict_word_is_decided_by_the_majority(ship: int, reviews: int, word: Word) -> None:
    assert verdict_word(ship, reviews) is word


@pytest.mark.parametrize(("ship", "reviews"), [(2, 1), (-1, 3), (1, 0)])
def test_verdict_word_refuses_counts_that_cannot_be(ship: int, reviews: int) -> None:
    with pytest.raises(ValueError, match="cannot be"):
        verdict_word(ship, reviews)


def test_panel_shows_its_count_beside_its_percent() -> None:
    panel = Panel(3, 4)
    assert (panel.percent, panel.count_text, panel.word) == (75, "3 of 4", Word.SHIP)
    assert Panel().percent is None


@pytest.mark.parametrize(
    ("mine", "theirs", "order"), [((3, 4), (4, 4), -1), ((2, 4), (1, 2), 0), ((2, 3), (5, 8), 1), ((0, 1), (0, 4), 0)]
)
def test_panels_are_compared_exactly(mine: tuple[int, int], theirs: tuple[int, int], order: int) -> None:
    assert Panel(*mine).compare(Panel(*theirs)) == order
    assert Panel(*theirs).compare(Panel(*mine)) == -order


def test_panel_without_reviews_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="no panel share"):
        Panel().compare(Panel(1, 1))
