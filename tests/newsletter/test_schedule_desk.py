"""The page of the schedule: what it asks, what it shows, who may change it."""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest
from django.test import Client
from lxml import html

from accounts.models import AuditEntry
from accounts.roles import EDITOR, PUBLISHER
from newsletter.models import Issue, Schedule
from newsletter.services.issues import approve_issue
from newsletter.services.ticking import set_schedule, tick
from tests.editorial.people import at_desk, person
from tests.newsletter.desk import SCHEDULE, week_with
from tests.pages import html_of, text_of
from tools.figures import minute

pytestmark = pytest.mark.django_db
LISBON = {"weekday": 2, "local_time": "07:30", "zone": "Europe/Lisbon", "mode": "automatic", "veto_hours": 48}


@pytest.fixture
def publisher() -> Client:
    return at_desk(person(PUBLISHER))


def shown(page: Any) -> list[list[str]]:
    """The rows of the next moments."""
    rows = html.fromstring(html_of(page)).xpath("//div[@aria-labelledby='moments']//tbody/tr")
    return [[cell.text_content() for cell in row] for row in rows]


def test_it_is_saved_by_the_service_and_noted(publisher: Client) -> None:
    page = publisher.post(SCHEDULE, {**LISBON, "is_on": "on"}, follow=True)
    assert "The schedule is saved. It counts from now on." in text_of(page)
    kept = Schedule.objects.get()
    told = (kept.is_on, kept.weekday, kept.local_time, kept.zone, kept.mode, kept.veto_hours)
    assert told == (True, 2, time(7, 30), "Europe/Lisbon", "automatic", 48)
    assert kept.since is not None
    entry = AuditEntry.objects.get(kind="newsletter.schedule")
    assert entry.changes["zone"] == ["UTC", "Europe/Lisbon"]


def test_it_shows_the_next_five_moments_there_and_in_utc(publisher: Client) -> None:
    publisher.post(SCHEDULE, {**LISBON, "zone": "Asia/Kathmandu", "is_on": "on"})
    rows = shown(publisher.get(SCHEDULE))
    assert len(rows) == 5
    for there, universal in rows:
        assert there.startswith("Tuesday ")
        assert (there[-5:], universal[-9:]) == ("07:30", "01:45 UTC")


def test_what_is_typed_can_be_tried_without_saving(publisher: Client) -> None:
    page = publisher.post(SCHEDULE, {**LISBON, "_look": "1"})
    assert "As typed above, an issue would be due Nothing is saved yet." in text_of(page)
    assert {there.partition(" ")[0] for there, _universal in shown(page)} == {"Tuesday"}
    assert not Schedule.objects.exists()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"zone": "Lisbon"}, "Name a time zone such as Europe/Lisbon or America/New_York."),
        ({"zone": "../../etc/passwd"}, "Name a time zone such as"),
        ({"local_time": "noon"}, "Give a time such as 09:00."),
        ({"veto_hours": "0"}, "greater than or equal to 1"),
        ({"veto_hours": "145"}, "less than or equal to 144"),
        ({"weekday": "8"}, "Select a valid choice"),
    ],
)
def test_what_makes_no_sense_is_explained_and_not_saved(publisher: Client, typed: dict[str, str], said: str) -> None:
    assert said in text_of(publisher.post(SCHEDULE, {**LISBON, **typed}))
    assert not Schedule.objects.exists()


def test_zones_are_offered(publisher: Client) -> None:
    page = html.fromstring(html_of(publisher.get(SCHEDULE)))
    offered = page.xpath("//datalist[@id='zones']/option/@value")
    assert {"Europe/Lisbon", "America/New_York", "UTC"} <= set(offered)
    assert page.xpath("//input[@name='zone']/@list") == ["zones"]


def test_it_says_what_happens_next(publisher: Client) -> None:
    assert "The schedule is off: no issue is made, and nothing goes out." in text_of(publisher.get(SCHEDULE))
    set_schedule(Schedule(is_on=True, veto_hours=1))
    assert "The next issue is made at " in text_of(publisher.get(SCHEDULE))
    issue = week_with("Gantry")
    assert f"{issue}: It is due at {minute(issue.due_at)}. Nobody has approved it yet." in text_of(
        publisher.get(SCHEDULE)
    )
    Issue.objects.filter(pk=issue.pk).update(subject="A week")
    approve_issue(issue, by=None)
    Issue.objects.update(due_at=issue.created_at)
    tick()
    assert f"{issue}: Nothing holds it back: it goes out now." in text_of(publisher.get(SCHEDULE))


def test_an_editor_has_no_part_in_it_and_one_page_is_all_there_is(publisher: Client) -> None:
    assert at_desk(person(EDITOR)).get(SCHEDULE).status_code == 403
    for address in (f"{SCHEDULE}1/change/", f"{SCHEDULE}7/change/"):
        assert publisher.get(address)["Location"] == SCHEDULE
    assert [publisher.get(f"{SCHEDULE}{page}").status_code for page in ("add/", "1/delete/")] == [403, 403]
