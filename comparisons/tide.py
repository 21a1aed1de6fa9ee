"""Votes over time, as the geometry of a chart, a table and a sentence. Nothing here reads or draws.

The chart is 100 wide and 100 high, 0 percent at the bottom; a day's place across is its share of the days shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from math import ceil

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reviews.verdicts import Panel
from tools.figures import day as day_text
from tools.figures import day_of_year, number
from tools.figures import percent as percent_text
from votes.intervals import Community

MOST_LABELS = 7
_ROOM = 12  # a line of text in percent of the chart's height

# What the chart says, by whether a figure fell, stayed or rose.
type Sentences = Mapping[int, object]
_COMMUNITY: Sentences = {
    -1: gettext_lazy("Community ship fell from %(before)s to %(after)s between %(first)s and %(last)s."),
    0: gettext_lazy("Community ship stayed at %(after)s between %(first)s and %(last)s."),
    1: gettext_lazy("Community ship rose from %(before)s to %(after)s between %(first)s and %(last)s."),
}
_VOTES: Sentences = {
    -1: gettext_lazy("The votes fell from %(before)s to %(after)s."),
    0: gettext_lazy("The votes stayed at %(after)s."),
    1: gettext_lazy("The votes rose from %(before)s to %(after)s."),
}
_RANGE: Sentences = {
    -1: gettext_lazy("The likely range narrowed."),
    0: gettext_lazy("The likely range stayed as wide."),
    1: gettext_lazy("The likely range widened."),
}
_PANEL: Sentences = {
    -1: gettext_lazy("The panel fell from %(before)s to %(after)s."),
    0: gettext_lazy("The panel stayed at %(after)s."),
    1: gettext_lazy("The panel rose from %(before)s to %(after)s."),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One day of the table: the votes at the end of it, and the panel's reviews until then."""

    day: date
    community: Community
    panel: Panel
    x: float


@dataclass(frozen=True, slots=True)
class DayLabel:
    """A date below the chart."""

    x: float
    text: str


@dataclass(frozen=True, slots=True)
class EndLabel:
    """The name and figure of a line, beside its end: `y` in percent of the height, `dy` in pixels from there."""

    text: str
    y: float
    dy: int


@dataclass(frozen=True, slots=True)
class Tide:
    """Everything a template needs to print the chart; paths are drawn in a box of 100 by 100."""

    rows: Sequence[Row]
    line: str
    band: str
    panel: str
    days: Sequence[DayLabel]
    ends: Sequence[EndLabel]
    sentence: str


def draw_tide(standings: Iterable[tuple[date, int, int]], verdicts: Iterable[tuple[date, str]]) -> Tide | None:
    """The chart of `standings`, (day, ship, skip) of accounts at the end of each day, oldest first.

    `verdicts` are the panel's, (day, "ship" or "skip") in any order. The community's line exists only where at least
    ten votes stood; None when that was so on fewer than two days, which make no line.
    """
    points = [(day, Community(ship, skip)) for day, ship, skip in standings]
    if sum(community.is_shown for _, community in points) < 2:
        return None
    start, span = points[0][0], max(1, (points[-1][0] - points[0][0]).days)
    known = sorted(verdicts)
    rows = [
        Row(day, community, _panel_on(day, known), round(100 * (day - start).days / span, 2))
        for day, community in points
    ]
    stretches = [list(group) for shown, group in groupby(rows, lambda row: row.community.is_shown) if shown]
    return Tide(
        rows=rows,
        line="".join(_line(stretch) for stretch in stretches),
        band="".join(_band(stretch) for stretch in stretches),
        panel=_steps(rows),
        days=_days(rows),
        ends=_ends(rows),
        sentence=_sentence(rows),
    )


def _panel_on(day: date, verdicts: Sequence[tuple[date, str]]) -> Panel:
    until = [verdict for given, verdict in verdicts if given <= day]
    return Panel(until.count("ship"), len(until))


def _points(places: Iterable[tuple[float, float]]) -> str:
    """`x y` pairs joined by lines; y counts from the bottom."""
    return "L".join(f"{x:g} {round(100 - y, 1):g}" for x, y in places)


def _line(stretch: Sequence[Row]) -> str:
    return f"M{_points((row.x, row.community.percent or 0) for row in stretch)}"


def _band(stretch: Sequence[Row]) -> str:
    """Along the upper ends of the intervals, and back along the lower ones."""
    intervals = [(row.x, *(row.community.interval or (0.0, 0.0))) for row in stretch]
    upper, lower = [(x, high) for x, _, high in intervals], [(x, low) for x, low, _ in reversed(intervals)]
    return f"M{_points([*upper, *lower])}z"


def _steps(rows: Sequence[Row]) -> str:
    """The panel's share from its first verdict on: level, then straight to the next level on its day."""
    places: list[tuple[float, float]] = []
    for row in rows:
        if row.panel.percent is None:
            continue
        if places and places[-1][1] != row.panel.percent:
            places.append((row.x, places[-1][1]))
        places.append((row.x, row.panel.percent))
    if not places:
        return ""
    return f"M{_points(places)}"


def _days(rows: Sequence[Row]) -> list[DayLabel]:
    """At most seven dates: the first, the last, and every so many between, none of them close to the last."""
    step = ceil((len(rows) - 1) / (MOST_LABELS - 1))
    chosen = [rows[0]]
    for row in rows[step:-1:step]:
        if row.x - chosen[-1].x >= 100 / MOST_LABELS and 100 - row.x >= 100 / MOST_LABELS:
            chosen.append(row)
    return [DayLabel(row.x, day_of_year(row.day)) for row in (*chosen, rows[-1])]


def _ends(rows: Sequence[Row]) -> list[EndLabel]:
    """Names beside the ends of the lines, the higher line's above it and the lower line's below, clear of the dates."""
    ends = [(_("Community"), rows[-1].community.percent), (_("Panel"), rows[-1].panel.percent)]
    named = sorted(((percent, name) for name, percent in ends if percent is not None), key=lambda end: -end[0])
    labels = [EndLabel(f"{name} {percent_text(percent)}", 100 - percent, -9) for percent, name in named]
    if len(labels) < 2:
        return labels
    upper, lower = labels
    if lower.y <= 100 - _ROOM:
        return [upper, EndLabel(lower.text, lower.y, 24)]
    return [EndLabel(upper.text, upper.y, -9 if lower.y - upper.y >= _ROOM else -29), lower]


def _sentence(rows: Sequence[Row]) -> str:
    """What the chart shows, for whoever does not see it."""
    first, *_between, last = [row for row in rows if row.community.is_shown]
    days = {"first": day_text(first.day), "last": day_text(last.day)}
    reviewed = [row.panel.percent for row in rows if row.panel.percent is not None]
    widths = [high - low for low, high in (row.community.interval or (0.0, 0.0) for row in (first, last))]
    sentences = [
        _change(_COMMUNITY, first.community.percent or 0, last.community.percent or 0, percent_text, **days),
        _change(_VOTES, first.community.total, last.community.total, number),
        str(_RANGE[_sign(*widths)]),
    ]
    if reviewed:
        sentences.append(_change(_PANEL, reviewed[0], reviewed[-1], percent_text))
    return " ".join(sentences)


def _change(sentences: Sentences, before: int, after: int, text: Callable[[int], str], **days: str) -> str:
    return str(sentences[_sign(before, after)]) % {"before": text(before), "after": text(after), **days}


def _sign(before: float, after: float) -> int:
    return (after > before) - (after < before)
