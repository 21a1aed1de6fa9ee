"""What happens every minute, whoever's clock says so: the due issue is made once, and what is due may go out.

The truth is in the database: with any number of beats, or with none and `manage.py tick` from cron, there is one issue
for each week. docs/decisions/0034.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Max
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from newsletter.locks import TICK
from newsletter.models import Issue, Schedule
from newsletter.rendering import checks
from newsletter.schedule import WEEK, moment_of, monday_of, week_at, week_of
from newsletter.sending.guard import in_the_way
from newsletter.services.issues import CannotStepError, assemble_issue
from tools.figures import minute, number

logger = logging.getLogger(__name__)

CATCH_UP = timedelta(hours=24)  # what is later waits for an editor
PUNCTUAL = timedelta(minutes=15)  # what is later is said to be late


@dataclass(frozen=True, slots=True)
class Due:
    """An issue that has not gone out, and why it may not do so now; `reasons` are sentences, none when it may."""

    issue: Issue
    reasons: Sequence[str]

    @property
    def may_go(self) -> bool:
        return not self.reasons


def tick(now: datetime | None = None) -> list[Issue]:
    """Make the issues whose time has come; returns those that were made.

    Does nothing while another tick is at work, and nothing twice.
    """
    now = now or timezone.now()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s, 0)", [TICK])
            if not cursor.fetchone()[0]:
                return []
        schedule = Schedule.objects.filter(pk=1, is_on=True).first()
        weeks = _weeks_to_make(schedule, now) if schedule else []
        return [issue for week in weeks if schedule and (issue := _make(schedule, week, now))]


def due_issues(now: datetime | None = None, schedule: Schedule | None = None) -> list[Due]:
    """Every issue that has not gone out, oldest first, each with the reasons why it may not go out now; two queries,
    and for one that may go those that ask whether it can.

    `schedule` is the one that is kept, where it is known already.
    """
    now, schedule = now or timezone.now(), schedule or schedule_kept()
    waiting = Issue.objects.waiting().with_block_count().order_by("number")
    return [Due(issue, _reasons(issue, schedule, now)) for issue in waiting]


def schedule_kept() -> Schedule:
    """The schedule, or one that is off while nobody has set any; one query."""
    return Schedule.objects.filter(pk=1).first() or Schedule(local_time=time(9))


def make_issue(now: datetime | None = None) -> Issue:
    """This week's issue for an editor who does not leave it to the schedule; CannotStepError where it is not to be."""
    now = now or timezone.now()
    with transaction.atomic():
        _wait_for_ticks()
        schedule = schedule_kept()
        if schedule.is_on:
            raise CannotStepError(_("The schedule is on: it makes the issue by itself."))
        issue = _make(schedule, week_at(now, schedule), now)
        if issue is None:
            raise CannotStepError(_("This week has its issue already."))
    return issue


def may_make_issue(now: datetime | None = None) -> bool:
    """Whether `make_issue` would make one; two queries."""
    schedule = schedule_kept()
    return not schedule.is_on and not Issue.objects.filter(iso_week=week_at(now or timezone.now(), schedule)).exists()


def set_schedule(schedule: Schedule, now: datetime | None = None) -> None:
    """Keep a schedule that an editor changed: it counts from now on, and issues that are not due yet move with it."""
    now = now or timezone.now()
    with transaction.atomic():
        _wait_for_ticks()
        schedule.pk, schedule.since = 1, now
        schedule.full_clean(validate_unique=False)
        schedule.save()
        for issue in Issue.objects.waiting().filter(due_at__gt=now).select_for_update():
            issue.due_at = moment_of(issue.iso_week, schedule)
            issue.zone, issue.local_time = schedule.zone, schedule.local_time
            issue.save(update_fields=["due_at", "zone", "local_time", "updated_at"])


def _wait_for_ticks() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, 0)", [TICK])


def _weeks_to_make(schedule: Schedule, now: datetime) -> list[str]:
    """The weeks around now whose issue is to be there by now; longer ago, nobody misses it any more."""
    this = monday_of(week_at(now, schedule))
    weeks = [week_of(this + step * WEEK) for step in (-1, 0, 1)]
    looked_at = now + timedelta(hours=schedule.veto_hours)
    return [week for week in weeks if (schedule.since or now) <= moment_of(week, schedule) <= looked_at]


def _make(schedule: Schedule, week: str, now: datetime) -> Issue | None:
    """The issue of a week, None when it has one. Whoever calls holds the lock, so that numbers have no gaps."""
    issues = Issue.objects.filter(iso_week=week)
    if issues.exists():
        return None
    last = Issue.objects.aggregate(last=Max("number"))["last"] or 0
    made = Issue(
        number=last + 1,
        iso_week=week,
        due_at=moment_of(week, schedule),
        zone=schedule.zone,
        local_time=schedule.local_time,
        created_at=now,
    )
    Issue.objects.bulk_create([made], ignore_conflicts=True)  # a week has one, whatever else may write there
    issue = issues.filter(number=made.number).first()
    return assemble_issue(issue, now=now) if issue else None


def note_lateness(issue: Issue, now: datetime) -> None:
    """What goes out late says so."""
    if not issue.note and now - issue.due_at > PUNCTUAL:
        late = (now - issue.due_at) // timedelta(minutes=1)
        said = ngettext("Sent late, by %(count)s minute.", "Sent late, by %(count)s minutes.", late)
        note = _("It was due at %(moment)s.") % {"moment": minute(issue.due_at)}
        Issue.objects.filter(pk=issue.pk).update(note=f"{said % {'count': number(late)}} {note}", updated_at=Now())


def _reasons(issue: Any, schedule: Schedule, now: datetime) -> list[str]:
    is_approved = issue.status == Issue.Status.APPROVED
    found = [] if schedule.is_on else [_("The schedule is off: nothing goes out by itself.")]
    if now < issue.due_at:
        found.append(_("It is due at %(moment)s.") % {"moment": minute(issue.due_at)})
    elif now - issue.due_at > CATCH_UP and not (issue.approved_at and issue.approved_at > issue.due_at + CATCH_UP):
        found.append(_("It is more than 24 hours late: an editor has to approve it as it is now."))
    if issue.is_held:
        found.append(_("An editor holds it back."))
    elif not is_approved and schedule.mode == Schedule.Mode.APPROVED:
        found.append(_("Nobody has approved it yet."))
    elif not is_approved and now < (until := issue.created_at + timedelta(hours=schedule.veto_hours)):
        found.append(_("Editors may look at it until %(moment)s.") % {"moment": minute(until)})
    if not issue.subject.strip():
        found.append(_("It has no subject."))
    if not issue.shown_blocks and not issue.introduction.strip():
        found.append(_("There is nothing in it."))
    return found or _refusals(issue)


def _refusals(issue: Issue) -> list[str]:
    """What would refuse an issue at the moment at which it goes out; asked only of one that may go otherwise."""
    found = [said] if (said := in_the_way()) else []
    if issue.status == Issue.Status.DRAFT:  # nobody has approved it, and nobody has to
        try:
            found += [problem.sentence for problem in checks(issue) if problem.is_error]
        except Exception:
            logger.exception("%s cannot be checked.", issue)
            found.append(_("Its mail cannot be made: an editor has to look at its blocks."))
    return found
