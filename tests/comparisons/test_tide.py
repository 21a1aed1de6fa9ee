"""Votes over time: the geometry of the chart, its table, and the sentence for whoever does not see it."""

from __future__ import annotations

import re
from datetime import date, timedelta
from xml.etree import ElementTree

import pytest
from django.template import engines
from hypothesis import given
from hypothesis import strategies as st

from comparisons.tide import Tide, draw_tide

START = date(2026, 11, 3)


def drawn(counts: list[tuple[int, int]], verdicts: list[tuple[date, str]] | None = None, step: int = 3) -> Tide:
    standings = [(START + timedelta(days=step * number), *count) for number, count in enumerate(counts)]
    tide = draw_tide(standings, verdicts or [])
    assert tide
    return tide


GROWING = [(2, 3), (5, 6), (9, 8), (14, 10), (19, 12), (24, 13), (27, 15)]
VERDICTS = [(date(2026, 11, 12), "ship"), (date(2026, 11, 1), "ship"), (date(2026, 11, 2), "skip")]


def test_the_line_begins_with_the_tenth_vote_and_the_table_with_the_first() -> None:
    tide = drawn(GROWING)
    assert tide.line.startswith("M16.67 55L33.33 47L")
    assert tide.line.endswith("L100 36")
    assert [row.community.total for row in tide.rows] == [5, 11, 17, 24, 31, 37, 42]


def test_the_band_runs_along_the_upper_ends_and_back_along_the_lower() -> None:
    assert drawn([(27, 15), (40, 10)]).band == "M0 23L100 11.2L100 33L0 50.8z"


def test_the_panel_steps_on_the_day_of_its_verdict() -> None:
    assert drawn(GROWING, VERDICTS).panel == "M0 50L16.67 50L33.33 50L50 50L50 33L66.67 33L83.33 33L100 33"
    assert drawn(GROWING).panel == ""
    assert drawn(GROWING, [(date(2026, 11, 21), "ship")]).panel == "M100 0"


def test_the_line_breaks_where_fewer_than_ten_votes_stood() -> None:
    assert drawn([(10, 0), (5, 5), (1, 1), (5, 5)]).line == "M0 0L33.33 50M100 50"


@pytest.mark.parametrize("counts", [[], [(20, 5)], [(4, 5), (3, 3), (20, 5)], [(0, 0)] * 30])
def test_one_day_makes_no_line(counts: list[tuple[int, int]]) -> None:
    assert draw_tide([(START + timedelta(days=n), *count) for n, count in enumerate(counts)], VERDICTS) is None


def test_the_sentence_says_what_the_chart_shows() -> None:
    assert drawn(GROWING, VERDICTS).sentence == (
        "Community ship rose from 45% to 64% between 6 Nov 2026 and 21 Nov 2026. The votes rose from 11 to 42. "
        "The likely range narrowed. The panel rose from 50% to 67%."
    )
    assert drawn([(20, 0), (10, 0)]).sentence == (
        "Community ship stayed at 100% between 3 Nov 2026 and 6 Nov 2026. The votes fell from 20 to 10. "
        "The likely range widened."
    )


@pytest.mark.parametrize(
    ("last", "verdict", "labels"),
    [
        ((5, 5), "ship", [("Panel 100%", 0, -9), ("Community 50%", 50, 24)]),
        ((9, 1), "skip", [("Community 90%", 10, -9), ("Panel 0%", 100, -9)]),
        ((1, 99), "skip", [("Community 1%", 99, -29), ("Panel 0%", 100, -9)]),
        ((5, 5), "", [("Community 50%", 50, -9)]),
        ((1, 1), "", []),
    ],
    ids=["apart", "panel at the bottom", "both at the bottom", "no panel", "too early again"],
)
def test_names_of_the_lines_keep_clear_of_each_other_and_of_the_dates(
    last: tuple[int, int], verdict: str, labels: list[tuple[str, int, int]]
) -> None:
    tide = drawn([(10, 0), (10, 0), last], [(START, verdict)] if verdict else [])
    assert [(end.text, end.y, end.dy) for end in tide.ends] == labels


days = st.lists(st.integers(0, 9000), min_size=2, max_size=60, unique=True).map(sorted)
sides = st.integers(0, 60)
histories = days.flatmap(
    lambda chosen: st.tuples(*(st.tuples(st.just(START + timedelta(days=day)), sides, sides) for day in chosen))
)
verdicts = st.lists(st.tuples(st.dates(START, date(2090, 1, 1)), st.sampled_from(["ship", "skip"])), max_size=6)


@given(histories, verdicts)
def test_everything_stays_inside_the_chart(
    history: tuple[tuple[date, int, int], ...], given_verdicts: list[tuple[date, str]]
) -> None:
    tide = draw_tide(history, given_verdicts)
    if tide is None:
        assert sum(ship + skip >= 10 for _, ship, skip in history) < 2
        return
    for path in (tide.line, tide.band, tide.panel):
        for place in re.findall(r"[ML]([^MLz]*)", path):
            x, y = map(float, place.split())
            assert 0 <= x <= 100
            assert 0 <= y <= 100
    assert len(tide.rows) == len(history)
    assert 2 <= len(tide.days) <= 7
    places = [label.x for label in tide.days]
    assert places == sorted(set(places))
    assert (places[0], places[-1]) == (0, 100)
    assert all(0 <= end.y <= 100 for end in tide.ends)


def test_the_component_is_a_picture_with_a_sentence_and_a_table_with_every_day() -> None:
    source = '{% from "components/tide.html" import tide %}{{ tide(drawn) }}'
    html = engines["jinja2"].from_string(source).render({"drawn": drawn(GROWING, VERDICTS)})
    figure = ElementTree.fromstring(html.strip())  # noqa: S314
    chart = figure.find("svg")
    assert chart is not None
    assert chart.get("role") == "img"
    assert chart.get("aria-label", "").startswith("Community ship rose from 45% to 64%")
    rows = [["".join(cell.itertext()) for cell in row] for row in figure.findall(".//tbody/tr")]
    assert rows[0] == ["3 Nov 2026", "5", "Too early", "-", "50%"]
    assert rows[-1] == ["21 Nov 2026", "42", "64%", "49% to 77%", "67%"]
