"""How long what was read at a source holds, and that one function says so everywhere."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

import pytest
from django.db import IntegrityError
from django.test import override_settings

from tests.factories import make_criterion
from tools.freshness import days_if_due, due_text, is_any_due

DAY = date(2026, 11, 26)


class Piece(NamedTuple):
    checked_on: date | None
    good_for_days: int | None = None


def checked(days_ago: int, good_for_days: int | None = None) -> Piece:
    return Piece(DAY - timedelta(days=days_ago), good_for_days)


@pytest.mark.parametrize(
    ("piece", "age"),
    [
        (checked(0), None),
        (checked(180), None),
        (checked(181), 181),
        (checked(31, 30), 31),
        (checked(30, 30), None),
        (checked(300, 365), None),
        (checked(366, 365), 366),
        (checked(-1), None),  # somewhere it is tomorrow already
        (Piece(None), None),  # the licence in the tool's own record is read nowhere
    ],
)
def test_a_piece_is_due_once_its_check_is_longer_ago_than_its_limit(piece: Piece, age: int | None) -> None:
    assert days_if_due(piece, DAY) == age
    assert is_any_due([checked(1), piece], DAY) == (age is not None)


def test_the_house_says_how_long_what_has_no_limit_of_its_own_holds() -> None:
    with override_settings(GOOD_FOR_DAYS=90):
        assert days_if_due(checked(91), DAY) == 91
        assert days_if_due(checked(91, 100), DAY) is None


def test_it_is_said_in_words() -> None:
    assert due_text(checked(210), DAY) == "checked 210 days ago: re-inspection due"
    assert due_text(checked(1234), DAY) == "checked 1,234 days ago: re-inspection due"
    assert due_text(checked(180), DAY) == ""
    assert not is_any_due([], DAY)


@pytest.mark.django_db
def test_a_limit_is_a_day_or_more() -> None:
    make_criterion(good_for_days=1)
    with pytest.raises(IntegrityError, match="criterion_is_good_for_a_day_or_more"):
        make_criterion(good_for_days=0)
