"""When an issue is due, and that the minute tick makes exactly one for each week."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from io import StringIO
from threading import Barrier
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connection
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from newsletter.models import Issue, Schedule
from newsletter.schedule import WEEK, moment_of, monday_of, next_moments, week_of, zone_names
from newsletter.sending.rounds import look_after
from newsletter.services.issues import approve_issue, hold_back, take_approval_back
from newsletter.services.ticking import due_issues, set_schedule, tick

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EIGHT = [
    *("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"),
    *("Africa/Casablanca", "America/Santiago", "Asia/Kathmandu", "Pacific/Auckland"),
]
START = datetime(2026, 11, 23, tzinfo=UTC)  # a Monday


def schedule(**fields: object) -> Schedule:
    return Schedule(**{"weekday": 5, "local_time": time(9), "zone": "UTC", "is_on": True, **fields})


def turn_on(now: datetime = START, **fields: Any) -> Schedule:
    kept = schedule(**fields)
    set_schedule(kept, now)
    return kept


def reads(moment: datetime, zone: str) -> datetime:
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)


def jumps_about(moment: datetime, zone: str) -> bool:
    before, after = (instant.astimezone(ZoneInfo(zone)).utcoffset() for instant in (moment - WEEK, moment + WEEK))
    return before != after


class TestMoments:
    @pytest.mark.parametrize(
        ("week", "zone", "weekday", "local", "due"),
        [
            ("2026-W48", "UTC", 5, time(9), "2026-11-27T09:00"),
            ("2026-W53", "Asia/Kathmandu", 5, time(9), "2027-01-01T03:15"),
            # In spring 2:30 is left out: the first instant after. In autumn it comes twice: the first of the two.
            ("2026-W13", "Europe/Berlin", 7, time(2, 30), "2026-03-29T01:00"),
            ("2026-W43", "Europe/Berlin", 7, time(2, 30), "2026-10-25T00:30"),
            ("2026-W10", "America/New_York", 7, time(2, 30), "2026-03-08T07:00"),
            ("2026-W44", "America/New_York", 7, time(1, 30), "2026-11-01T05:30"),
            ("2026-W40", "Australia/Lord_Howe", 7, time(2, 15), "2026-10-03T15:30"),  # a jump of half an hour
            ("2011-W52", "Pacific/Apia", 5, time(9), "2011-12-30T10:00"),  # a day that Samoa never had
        ],
    )
    def test_of_a_week(self, week: str, zone: str, weekday: int, local: time, due: str) -> None:
        moment = moment_of(week, schedule(weekday=weekday, local_time=local, zone=zone))
        assert moment == datetime.fromisoformat(due).replace(tzinfo=UTC)

    @given(
        zone=st.sampled_from(sorted(zone_names())),
        monday=st.dates(date(1975, 1, 1), date(2100, 1, 1)),
        weekday=st.integers(1, 7),
        local=st.times().map(lambda at: at.replace(microsecond=0)),
    )
    def test_are_the_first_of_the_wall_time_or_the_first_after_it(self, zone, monday, weekday, local) -> None:  # type: ignore[no-untyped-def]
        """Held against every instant whose clock might read so, in steps of any offset a zone has had."""
        week = week_of(monday)
        moment = moment_of(week, schedule(weekday=weekday, local_time=local, zone=zone))
        wall = datetime.combine(monday_of(week) + timedelta(days=weekday - 1), local)
        around = (wall.replace(tzinfo=UTC) + timedelta(hours=hours) for hours in range(-50, 51))
        offsets = {instant.astimezone(ZoneInfo(zone)).utcoffset() for instant in around}
        readings = [wall.replace(tzinfo=UTC) - offset for offset in offsets if offset is not None]
        exact = [instant for instant in readings if reads(instant, zone) == wall]
        if exact:
            assert moment == min(exact)
        else:
            assert reads(moment, zone) > wall > reads(moment - timedelta(seconds=1), zone)

    @pytest.mark.parametrize("zone", EIGHT)
    def test_three_years_of_weeks_have_one_instant_each(self, zone: str) -> None:
        plan = schedule(weekday=7, local_time=time(2, 30), zone=zone)
        weeks = [week_of(monday_of("2026-W01") + number * WEEK) for number in range(157)]
        moments = [moment_of(week, plan) for week in weeks]
        assert moments == sorted(set(moments))
        assert [week_of(reads(moment, zone).date()) for moment in moments] == weeks
        assert next_moments(plan, moments[0], 156) == moments[1:]

    def test_a_zone_has_a_name(self) -> None:
        with pytest.raises(ValidationError, match="Europe/Lisbon"):
            schedule(zone="Moon/Tranquility").clean()
        assert {"localtime", "Factory"} & zone_names() == set()


@pytest.mark.django_db
class TestTick:
    @pytest.mark.parametrize("zone", EIGHT)
    def test_three_years_make_one_issue_a_week_numbered_without_gaps(self, zone: str) -> None:
        """Every week in one zone, in the others those about a jump of the clocks; beats come before, at and after."""
        plan = turn_on(weekday=7, local_time=time(2, 30), zone=zone)
        moments = next_moments(plan, START, 156)
        if zone != "Europe/Berlin":
            moments = [moment for moment in moments if jumps_about(moment, zone)] or moments[:9]
        for number, moment in enumerate(moments):
            tick(moment + (-23 * HOUR, 0 * HOUR, 3 * HOUR)[number % 3])
            if number % 5 == 0:
                tick(moment + 4 * HOUR)
            Issue.objects.update(status="cancelled")  # one way or the other it is no longer waited for
        issues = list(Issue.objects.order_by("number").values_list("number", "iso_week", "due_at"))
        assert [number for number, *_ in issues] == list(range(1, len(issues) + 1))
        assert [due_at for *_, due_at in issues] == [moment_of(week, plan) for _, week, _ in issues]
        due = [due_at for *_, due_at in issues]
        assert due == sorted(set(due))
        assert set(moments) <= set(due)
        assert len(issues) > 8
        if zone == "Europe/Berlin":
            assert due == moments

    def test_an_issue_is_there_to_be_looked_at_before_it_is_due(self) -> None:
        plan = turn_on(veto_hours=30)
        due = moment_of("2026-W48", plan)
        assert tick(due - 31 * HOUR) == []
        (issue,) = tick(due - 30 * HOUR)
        assert (issue.number, issue.iso_week, issue.status, issue.due_at) == (1, "2026-W48", "draft", due)
        assert (issue.zone, issue.local_time) == ("UTC", time(9))
        assert issue.assembled_at == due - 30 * HOUR
        assert tick(due) == []

    def test_nobody_misses_what_was_due_before_the_schedule_was_turned_on(self) -> None:
        turn_on(START + 5 * DAY)
        assert tick(START + 5 * DAY) == []
        Schedule.objects.update(is_on=False)
        assert tick(START + 11 * DAY) == []

    def test_a_changed_schedule_moves_what_is_not_due_yet_and_makes_no_second_issue(self) -> None:
        turn_on()
        (issue,) = tick(START + 4 * DAY)
        plan = turn_on(START + 4 * DAY, weekday=6, zone="Europe/Berlin")
        issue.refresh_from_db()
        assert (issue.due_at, issue.zone) == (moment_of("2026-W48", plan), "Europe/Berlin")
        assert tick(START + 5 * DAY) == []
        turn_on(START + 6 * DAY, weekday=7, local_time=time(12))
        assert tick(START + 6 * DAY) == []

    def test_the_command_does_what_the_worker_does(self) -> None:
        from django.utils import timezone

        now = timezone.now()
        turn_on(now, weekday=(now + 2 * HOUR).isoweekday(), local_time=(now + 2 * HOUR).time())
        said = StringIO()
        call_command("tick", stdout=said)
        assert "Made No. 1" in said.getvalue()
        assert "Nobody has approved it yet." in said.getvalue()
        call_command("tick", stdout=said)
        assert said.getvalue().count("Made") == 1


@pytest.mark.django_db(transaction=True)
def test_any_number_of_beats_at_once_make_one_issue() -> None:
    turn_on()
    together, now = Barrier(8), START + 4 * DAY

    def beat(_: int) -> int:
        try:
            together.wait()
            return len(tick(now))
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        made = sum(pool.map(beat, range(8)))
    assert (made, Issue.objects.count()) == (1, 1)


@pytest.mark.django_db
class TestWhatMayGo:
    def made(self, **fields: Any) -> Issue:
        """This week's issue, made a day before it is due, with something in it."""
        turn_on(**fields)
        (issue,) = tick(START + 3 * DAY + 9 * HOUR)
        written = {"subject": "Four to nil", "introduction": "A week.", "created_at": issue.due_at - DAY}
        Issue.objects.filter(pk=issue.pk).update(**written)
        issue.refresh_from_db()
        return issue

    def reasons(self, now: datetime) -> list[str]:
        (due,) = due_issues(now)
        assert due.may_go == (not due.reasons)
        return list(due.reasons)

    def test_only_what_was_approved(self) -> None:
        issue = self.made()
        assert self.reasons(issue.due_at) == ["Nobody has approved it yet."]
        approve_issue(issue, None)
        assert self.reasons(issue.due_at) == []
        assert len(self.reasons(issue.due_at - HOUR)) == 1
        take_approval_back(issue)
        assert self.reasons(issue.due_at) == ["An editor holds it back."]

    def test_by_itself_unless_somebody_vetoes_it(self) -> None:
        issue = self.made(mode="automatic")
        assert self.reasons(issue.due_at) == []
        hold_back(issue)
        assert self.reasons(issue.due_at) == ["An editor holds it back."]
        approve_issue(issue, None)
        assert self.reasons(issue.due_at) == []

    def test_the_hours_for_a_veto_are_given_in_full(self) -> None:
        issue = self.made(mode="automatic")
        Issue.objects.update(created_at=issue.due_at - HOUR)
        assert self.reasons(issue.due_at) == ["Editors may look at it until 28 Nov 2026, 08:00 UTC."]
        assert self.reasons(issue.due_at + 23 * HOUR) == []

    def test_late_up_to_a_day_is_noted_and_later_waits_for_an_editor(self) -> None:
        issue = self.made()
        approve_issue(issue, None, issue.due_at - HOUR)
        tick(issue.due_at + timedelta(minutes=1))
        issue.refresh_from_db()
        assert issue.note == ""
        assert len(self.reasons(issue.due_at + 24 * HOUR + timedelta(minutes=1))) == 1
        take_approval_back(issue)
        approve_issue(issue, None, issue.due_at + 30 * HOUR)
        assert self.reasons(issue.due_at + 31 * HOUR) == []
        look_after(issue.due_at + 31 * HOUR)
        issue.refresh_from_db()
        assert issue.note == "Sent late, by 1,860 minutes. It was due at 27 Nov 2026, 09:00 UTC."
        look_after(issue.due_at + 32 * HOUR)
        assert Issue.objects.get().note == issue.note

    def test_what_would_be_refused_is_said_before(self) -> None:
        issue = self.made(mode="automatic")
        Issue.objects.update(introduction="[[TODO]]", created_at=issue.due_at - 7 * 24 * HOUR)
        (said,) = self.reasons(issue.due_at + HOUR)
        assert "TODO" in said
        look_after(issue.due_at + HOUR)
        assert (Issue.objects.get().status, Issue.objects.get().note) == ("draft", "")
        Issue.objects.update(introduction="Words.")
        with override_settings(NEWSLETTER_GENERATION=2):
            (said,) = self.reasons(issue.due_at + HOUR)
        assert "Sending is off" in said

    def test_nothing_while_the_schedule_is_off_or_without_subject_and_content(self) -> None:
        issue = self.made()
        approve_issue(issue, None)
        Issue.objects.update(subject=" ", introduction="")
        Schedule.objects.update(is_on=False)
        assert self.reasons(issue.due_at) == [
            "The schedule is off: nothing goes out by itself.",
            "It has no subject.",
            "There is nothing in it.",
        ]
