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
    verdict = faults.f1(theatre, recipients=120, workers=3)
    assert (verdict.problems, verdict.duplicates, verdict.doubts) == ([], 0, 0), verdict


def test_workers_killed_by_chance(theatre: Theatre) -> None:
    verdict = faults.f2(theatre, recipients=150, kills=6, workers=2, seed=8)
    assert verdict.problems == [], verdict
    assert verdict.duplicates <= verdict.doubts <= verdict.faults, verdict


@pytest.mark.parametrize("point", faults.POINTS)
def test_a_worker_killed_at_a_point(theatre: Theatre, point: str) -> None:
    verdict = faults.f3(theatre, point, kills=2)
    assert verdict.problems == [], verdict
    doubted = verdict.faults if point in (*faults.UNSENT, *faults.SENT) else 0
    twice = verdict.faults if point in faults.SENT else 0
    assert (verdict.faults, verdict.doubts, verdict.duplicates) == (2, doubted, twice), verdict
