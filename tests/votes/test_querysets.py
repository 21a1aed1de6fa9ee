"""Intervals in SQL, which order lists, against intervals in Python, which pages show."""

from __future__ import annotations

import pytest
from django.db.models import Value
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import make_tool
from tools.models import Tool
from votes.intervals import wilson_interval
from votes.querysets import wilson_lower_bound

counts = st.integers(1, 10**6).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total)))


@pytest.mark.django_db
class TestLowerBound:
    @pytest.fixture(autouse=True)
    def any_row(self) -> None:
        make_tool()

    @given(counts)
    def test_sql_and_python_agree(self, count: tuple[int, int]) -> None:
        ship, total = count
        found = Tool.objects.annotate(bound=wilson_lower_bound(Value(ship), Value(total))).values_list("bound").get()
        assert found == (pytest.approx(wilson_interval(ship, total)[0], abs=1e-12),)
