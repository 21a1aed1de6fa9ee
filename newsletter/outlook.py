"""When the next issue goes out and what holds it back: for the desk's first page, the list of issues, the schedule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from newsletter.models import Schedule
from newsletter.schedule import WallTime, next_moments
from newsletter.services.ticking import Due, due_issues, schedule_kept
from tools.figures import minute, number

MOMENTS = 5


@dataclass(frozen=True, slots=True)
class Moment:
    """One instant, as clocks in the schedule's zone and in UTC read it."""

    there: str
    universal: str


@dataclass(frozen=True, slots=True)
class Outlook:
    """`due` is the issue that goes out next, None when none is made; `others` is how many more wait."""

    text: str
    due: Due | None
    others: int


def look_ahead(now: datetime | None = None) -> Outlook:
    """What happens next, in one line; two queries."""
    now, schedule = now or timezone.now(), schedule_kept()
    waiting = due_issues(now, schedule)
    if not waiting:
        return Outlook(_without_issue(schedule, now), None, 0)
    ahead = [due for due in waiting if due.issue.due_at > now]
    due = min(ahead, key=lambda one: one.issue.due_at) if ahead else waiting[-1]
    reasons = list(due.reasons) or [_("Nothing holds it back: it goes out now.")]
    if len(waiting) > 1:
        said = ngettext("%(count)s other waits.", "%(count)s others wait.", len(waiting) - 1)
        reasons.append(said % {"count": number(len(waiting) - 1)})
    return Outlook(" ".join(reasons), due, len(waiting) - 1)


def moments(schedule: WallTime, now: datetime | None = None, count: int = MOMENTS) -> list[Moment]:
    """The next instants at which an issue is due."""
    return [
        Moment(in_zone(at, schedule.zone), minute(at)) for at in next_moments(schedule, now or timezone.now(), count)
    ]


def in_zone(moment: datetime, zone: str) -> str:
    """Friday 27 Nov 2026, 09:00"""
    there = moment.astimezone(ZoneInfo(zone))
    parts = {
        name: date_format(there, form) for name, form in (("weekday", "l"), ("day", "DATE_FORMAT"), ("time", "H:i"))
    }
    return _("%(weekday)s %(day)s, %(time)s") % parts


def _without_issue(schedule: Schedule, now: datetime) -> str:
    if not schedule.is_on:
        return _("The schedule is off: no issue is made, and nothing goes out.")
    (at,) = next_moments(schedule, now, 1)
    made = {"due": minute(at), "made": minute(max(now, at - timedelta(hours=schedule.veto_hours)))}
    return _("The next issue is made at %(made)s and is due at %(due)s.") % made
