"""A figure that keeps its height until the next step, as the geometry of a chart. Nothing here reads or draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.utils import timezone

# How wide a label is at most on a small screen, in percent of the chart: a shorter step is named in the table only.
ROOM = 25


@dataclass(frozen=True, slots=True)
class Level:
    """From a moment on the figure was so high, and read so."""

    since: datetime
    height: float
    text: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A label above its step, in percent of the chart; the last one stands at the end."""

    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class StepChart:
    path: str
    marks: Sequence[Mark]
    first: datetime
    last: datetime
    sentence: str


def draw_steps(levels: Sequence[Level], highest: float, sentence: str, until: datetime | None = None) -> StepChart:
    """Steps over time, zero near the bottom, `highest` near the top; `until` is now unless it is said.

    `sentence` is what the chart shows, for whoever does not see it.
    """
    end = until or timezone.now()
    start = levels[0].since
    whole = max((end - start).total_seconds(), 1.0)
    points = [
        (round(100 * (level.since - start).total_seconds() / whole, 2), round(90 - 70 * level.height / highest, 2))
        for level in levels
    ]
    path = "M{} {}".format(*points[0]) + "".join(f"H{x}V{y}" for x, y in points[1:]) + "H100"
    marks = [
        Mark(x, y, level.text)
        for level, (x, y), (following, _) in zip(levels, points, points[1:], strict=False)
        if following - x >= ROOM and x <= 100 - 2 * ROOM
    ]
    marks.append(Mark(100, points[-1][1], levels[-1].text))
    return StepChart(path, marks, start, end.astimezone(UTC), sentence)
