"""Charts of the desk as SVG, drawn on the server: numbers become geometry, never a style (the policy allows none)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from editorial.cockpit import Chart, Counts, Words, charts_for
from editorial.permissions import Person

HEIGHT = 100
STEP = 10  # the width of a day
GAP = 2


@dataclass(frozen=True, slots=True)
class Bar:
    """One part of a day's column."""

    colour: str
    x: int
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class DrawnDay:
    day: date
    counts: Sequence[int]

    @property
    def total(self) -> int:
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A chart as its template prints it: bars in a box of `width` by 100, and the numbers they stand for."""

    key: str
    title: Words
    columns: Sequence[tuple[str, Words]]
    days: Sequence[DrawnDay]
    bars: Sequence[Bar]
    most: int
    note: str

    @property
    def width(self) -> int:
        return STEP * len(self.days)

    @property
    def total(self) -> int:
        return sum(day.total for day in self.days)


def draw_for(person: Person) -> list[Drawn]:
    return [draw(chart, chart.count()) for chart in charts_for(person)]


def draw(chart: Chart, counts: Counts) -> Drawn:
    """Each day a column, stacked in the order of its columns; the highest reaches the top."""
    days = [DrawnDay(day, numbers) for day, numbers in counts.days]
    most = max((day.total for day in days), default=0)
    bars = [bar for place, day in enumerate(days) for bar in _column(day, place, counts.columns, most)]
    return Drawn(chart.key, chart.title, counts.columns, days, bars, most, counts.note)


def _column(day: DrawnDay, place: int, columns: Sequence[tuple[str, Words]], most: int) -> list[Bar]:
    bars, top = [], float(HEIGHT)
    for (colour, _label), count in zip(columns, day.counts, strict=True):
        if count:
            height = round(HEIGHT * count / most, 2)
            top = round(top - height, 2)
            bars.append(Bar(colour, STEP * place + GAP // 2, max(top, 0), height))
    return bars
