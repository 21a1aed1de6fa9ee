"""Who came, who left and who confirmed, counted from the record of consents.

Somebody came when a step put them on the list who was not on it, and left when a step took them off who was: to confirm
a new address is no coming, and to be erased after leaving is no second leaving. So the steps of a span add up to the
difference between the lists of its two ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count
from django.db.models.functions import TruncDate
from django.utils import timezone

from newsletter.models import Consent, Subscriber, Suppression

_K = Consent.Kind
ON = (_K.CONFIRMED, _K.ADDED, _K.IMPORTED)
OFF = (_K.WITHDRAWN, _K.ERASED)
TAKEN_OVER = "taken over by "  # the form of a step that joined one subscription to another
WEEK = timedelta(weeks=1)
_SUPPRESSED = [reason for reason in Suppression.Reason if reason not in ("unsubscribed", "erased")]

# Of each step of the span, what stood before it: the newest earlier step of that subscriber that put or took them.
MOVES = """
WITH steps AS NOT MATERIALIZED (
    SELECT c.*, CASE WHEN c.kind = ANY(%(on)s) THEN 1
                     WHEN c.kind = ANY(%(off)s) OR c.form LIKE %(taken)s THEN 0 END AS is_on
    FROM newsletter_consent AS c
)
SELECT (s.at AT TIME ZONE 'UTC')::date AS day,
       CASE WHEN s.is_on = 1 THEN 'came' WHEN s.kind = 'erased' THEN 'erased' WHEN s.kind = 'changed' THEN 'joined'
            ELSE 'left' END AS move,
       count(*)
FROM steps AS s
LEFT JOIN LATERAL (
    SELECT p.is_on FROM steps AS p
    WHERE p.subscriber_id = s.subscriber_id AND (p.at, p.id) < (s.at, s.id) AND p.is_on IS NOT NULL
    ORDER BY p.at DESC, p.id DESC LIMIT 1
) AS before ON true
WHERE s.at >= %(since)s AND s.is_on IS NOT NULL AND s.is_on <> coalesce(before.is_on, 0)
GROUP BY 1, 2
"""
# A link from a mail is good for seven days: by then whoever asked in a week has confirmed or will not.
_ASKED = """
WITH asked AS (
    SELECT date_trunc('week', at AT TIME ZONE 'UTC')::date AS week, subscriber_id, min(at) AS at
    FROM newsletter_consent WHERE kind = 'asked' AND at >= %(since)s GROUP BY 1, 2
)
SELECT week, count(*), count(*) FILTER (WHERE EXISTS (
    SELECT 1 FROM newsletter_consent AS c
    WHERE c.subscriber_id = asked.subscriber_id AND c.kind = 'confirmed' AND c.at >= asked.at
      AND c.at < (asked.week + 14)::timestamp AT TIME ZONE 'UTC'))
FROM asked GROUP BY 1
"""


@dataclass(slots=True)
class Day:
    """`joined` are subscriptions that became part of another one; `on_list` is how many were on the list at its end."""

    day: date
    came: int = 0
    left: int = 0
    erased: int = 0
    joined: int = 0
    suppressed: int = 0
    on_list: int = 0

    @property
    def gone(self) -> int:
        return self.left + self.erased + self.joined


@dataclass(frozen=True, slots=True)
class Week:
    """Of those who asked by form in the week of this Monday, how many pressed the button within its time."""

    monday: date
    asked: int
    confirmed: int
    is_open: bool

    @property
    def waiting(self) -> int:
        return self.asked - self.confirmed

    @property
    def percent(self) -> int | None:
        return round(100 * self.confirmed / self.asked) if self.asked else None


@dataclass(frozen=True, slots=True)
class Figures:
    days: Sequence[Day]
    weeks: Sequence[Week] = field(default_factory=list)


def count_moves(number: int) -> list[Day]:
    """The last days up to today, in UTC, oldest first, with who came and who left on each; one query."""
    today = timezone.now().astimezone(UTC).date()
    first = today - timedelta(days=number - 1)
    days = {first + timedelta(days=place): Day(first + timedelta(days=place)) for place in range(number)}
    for day, move, count in _moves(datetime.combine(first, time(), UTC)):
        if day in days:
            setattr(days[day], move, count)
    return list(days.values())


def count_days(number: int) -> list[Day]:
    """The same, with who was suppressed, and how many were on the list at the end of each day; three queries."""
    days = {row.day: row for row in count_moves(number)}
    since = datetime.combine(next(iter(days)), time(), UTC)
    for day, count in _suppressions(since):
        if day in days:
            days[day].suppressed = count
    on_list = Subscriber.objects.filter(state=Subscriber.State.ACTIVE).count()
    for row in reversed(days.values()):
        row.on_list = on_list
        on_list += row.gone - row.came
    return list(days.values())


def count_weeks(number: int) -> list[Week]:
    """The last ISO weeks, this one included, oldest first; one query."""
    today = timezone.now().astimezone(UTC).date()
    monday = today - timedelta(days=today.weekday())
    mondays = [monday - place * WEEK for place in reversed(range(number))]
    with connection.cursor() as cursor:
        cursor.execute(_ASKED, {"since": datetime.combine(mondays[0], time(), UTC)})
        counts = {week: (asked, confirmed) for week, asked, confirmed in cursor.fetchall()}
    return [Week(day, *counts.get(day, (0, 0)), is_open=today < day + 2 * WEEK) for day in mondays]


def _moves(since: datetime) -> list[tuple[date, str, int]]:
    values: dict[str, Any] = {
        "on": list(map(str, ON)),
        "off": list(map(str, OFF)),
        "taken": f"{TAKEN_OVER}%",
        "since": since,
    }
    with connection.cursor() as cursor:
        cursor.execute(MOVES, values)
        return list(cursor.fetchall())


def _suppressions(since: datetime) -> list[tuple[date, int]]:
    rows = Suppression.objects.filter(at__gte=since, reason__in=_SUPPRESSED)
    days = rows.annotate(day=TruncDate("at", tzinfo=UTC)).order_by().values_list("day")
    return list(days.annotate(count=Count("*")))
