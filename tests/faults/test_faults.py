"""Small versions of the faults; `make faults` has the large ones."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults import faults
from tests.faults.stage import Theatre

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def theatre(tmp_path_factory: pytest.TempPathFactory, django_db_setup: None) -> Iterator[Theatre]:
    with Theatre(tmp_path_factory.mktemp("faults")) as made:
        yield made


def test_nothing_is_broken(theatre: Theatre) -> None:
    verdict = faults.f1(theatre, recipients=60, workers=2)
    assert (verdict.problems, verdict.duplicates, verdict.doubts) == ([], 0, 0), verdict


def test_workers_killed_by_chance(theatre: Theatre) -> None:
    verdict = faults.f2(theatre, recipients=90, kills=4, workers=2, seed=8)
    assert verdict.problems == [], verdict
    assert verdict.duplicates <= verdict.doubts <= verdict.faults, verdict


def test_workers_killed_at_every_point(theatre: Theatre) -> None:
    verdict, found = faults.f3(theatre, faults.POINTS, kills=1)
    assert verdict.problems == [], verdict
    assert found == {
        **dict.fromkeys(faults.BEFORE, (0, 0)),
        **dict.fromkeys(faults.UNSENT, (1, 0)),
        **dict.fromkeys(faults.SENT, (1, 1)),
        **dict.fromkeys(faults.AFTER, (0, 0)),
    }
