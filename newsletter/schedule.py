"""When an issue is due: a wall time in a named zone, one instant for each ISO week.

Twice a year a zone's clocks jump. A wall time that the jump leaves out means the first instant after it, one that
comes twice means the first of the two.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Protocol
from zoneinfo import ZoneInfo, available_timezones

WEEK = timedelta(days=7)
_NOT_PLACES = ("posix/", "right/", "posixrules", "localtime", "Factory")


class WallTime(Protocol):
    """What is needed of a schedule (newsletter.models.Schedule)."""

    weekday: int
    local_time: time
    zone: str


@cache
def zone_names() -> frozenset[str]:
    """Every named IANA zone that this machine knows."""
    return frozenset(name for name in available_timezones() if not name.startswith(_NOT_PLACES))


def week_of(day: date) -> str:
    """The ISO week of a day, as issues name it.

    >>> week_of(date(2027, 1, 1))
    '2026-W53'
    """
    year, week, _ = day.isocalendar()
    return f"{year:04}-W{week:02}"


def monday_of(week: str) -> date:
    """The first day of an ISO week; ValueError when there is no such week.

    >>> monday_of("2026-W53")
    datetime.date(2026, 12, 28)
    """
    year, _, number = week.partition("-W")
    return date.fromisocalendar(int(year), int(number), 1)


def moment_of(week: str, schedule: WallTime) -> datetime:
    """The instant, in UTC, at which the issue of an ISO week is due."""
    day = monday_of(week) + timedelta(days=schedule.weekday - 1)
    wall = datetime.combine(day, schedule.local_time.replace(microsecond=0, tzinfo=None))
    return _instant_of(wall, ZoneInfo(schedule.zone))


def week_at(moment: datetime, schedule: WallTime) -> str:
    """The ISO week that the schedule's own zone has at a moment."""
    return week_of(moment.astimezone(ZoneInfo(schedule.zone)).date())


def next_moments(schedule: WallTime, now: datetime, count: int) -> list[datetime]:
    """The next instants after `now` at which an issue is due, soonest first, in UTC."""
    monday = monday_of(week_at(now, schedule)) - WEEK
    weeks = (week_of(monday + number * WEEK) for number in range(count + 3))
    moments = (moment_of(week, schedule) for week in weeks)
    return [moment for moment in moments if moment > now][:count]


def _instant_of(wall: datetime, zone: ZoneInfo) -> datetime:
    """Clocks that read `wall` for the first time, or the first instant after, where they never do."""
    first = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if _reads(first, zone) == wall:
        return first
    # In the gap. The other reading lies before the jump, this one after it: the jump is found between them.
    before, after = wall.replace(tzinfo=zone, fold=1).astimezone(UTC), first
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        before, after = (before, middle) if _reads(middle, zone) > wall else (middle, after)
    return after


def _reads(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)
