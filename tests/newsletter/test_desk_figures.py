"""Growth, churn and the rate of confirmation: counted from consents, and counted again here another way."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.roles import PUBLISHER, SUPPORT, WRITER
from newsletter.addresses import read_mailbox
from newsletter.figures import MOVES, count_days, count_weeks
from newsletter.models import Consent, Subscriber, Suppression
from newsletter.services import ask_for_address, erase, suppress, unsubscribe
from tests.editorial.people import at_desk, person
from tests.newsletter.post import fill_in, mails, newest_link, press, subscribed
from tests.pages import html_of, text_of

pytestmark = pytest.mark.django_db
FIGURES = "/admin/newsletter/subscriber/figures/"
ON, OFF = {"confirmed", "added", "imported"}, {"withdrawn", "erased"}


def step(number: int, kind: str, days_ago: float, form: str = "") -> None:
    at = timezone.now() - timedelta(days=days_ago)
    Consent.objects.create(subscriber_id=number, address_hmac=b"x" * 32, kind=kind, form=form, at=at)


def recounted(days: int) -> dict[date, tuple[int, int]]:
    """By reading every step from the first one on: how many were on the list at the end of each day, and who came."""
    on_list: set[int] = set()
    today = datetime.now(UTC).date()
    counted: dict[date, tuple[int, int]] = {}
    steps = list(Consent.objects.order_by("at", "pk"))
    for back in reversed(range(days)):
        day = today - timedelta(days=back)
        came = 0
        while steps and steps[0].at.astimezone(UTC).date() <= day:
            one = steps.pop(0)
            is_today = one.at.astimezone(UTC).date() == day
            if one.kind in ON and one.subscriber_id not in on_list:
                on_list.add(one.subscriber_id)
                came += is_today
            elif one.kind in OFF or one.form.startswith("taken over"):
                on_list.discard(one.subscriber_id)
        counted[day] = (len(on_list), came)
    return counted


def live() -> None:
    """What readers and editors do in a day, each way on to the list and off it."""
    for name in ("stays", "leaves", "erased", "gone", "bounces"):
        fill_in(Client(), f"{name}@example.org")
        press(Client(), newest_link())
    fill_in(Client(), "never@example.org")
    mails()
    found = {row.address.partition("@")[0]: row for row in Subscriber.objects.all()}
    unsubscribe(found["leaves"], "a test")
    erase(found["erased"], form="a test")
    unsubscribe(found["gone"], "a test")
    erase(found["gone"], form="a test")  # leaves once, not twice
    erase(found["never"], form="a test")  # was never on the list
    suppress("bounces@example.org", Suppression.Reason.BOUNCED)
    taken = subscribed("taken@example.org")
    moves = found["stays"]
    ask_for_address(subscriber=moves, mailbox=read_mailbox("taken@example.org"), form="x", network_tag=b"n" * 32)
    press(Client(), newest_link())
    assert not Subscriber.objects.filter(pk=taken.pk).exists()


def test_the_days_add_up_and_another_way_of_counting_agrees() -> None:
    live()
    days = count_days(90)
    today = days[-1]
    assert (today.came, today.left, today.erased, today.joined) == (6, 2, 1, 1)
    assert today.suppressed == 1
    assert today.on_list == Subscriber.objects.filter(state="active").count() == 2
    for before, after in pairwise(days):
        assert after.on_list == before.on_list + after.came - after.gone
    assert {row.day: (row.on_list, row.came) for row in days} == recounted(90)


def test_steps_of_earlier_days_count_on_their_day() -> None:
    step(1, "confirmed", 200)  # before the span
    step(1, "withdrawn", 40)
    step(1, "confirmed", 39)
    step(1, "confirmed", 38)  # confirmed another address: no coming
    step(1, "withdrawn", 20)
    step(1, "erased", 10)  # had left before
    step(2, "asked", 5)
    step(2, "erased", 4)  # was never on the list
    by_back = {(datetime.now(UTC).date() - row.day).days: (row.came, row.gone, row.on_list) for row in count_days(90)}
    moved = {back: moves for back, moves in by_back.items() if moves[0] or moves[1]}
    assert moved == {40: (0, 1, 0), 39: (1, 0, 1), 20: (0, 1, 0)}
    assert by_back[89] == (0, 0, 1)
    assert {row.day: (row.on_list, row.came) for row in count_days(90)} == recounted(90)


def test_the_rate_of_a_week_is_of_those_who_asked_in_it() -> None:
    monday = datetime.combine(datetime.now(UTC).date(), datetime.min.time(), UTC)
    monday -= timedelta(days=monday.weekday() + 28)
    steps = [
        *((1, "asked", 0), (1, "asked", 1), (1, "confirmed", 2)),  # asked twice, counted once
        *((2, "asked", 6), (2, "confirmed", 12)),  # in the next week, by a link of this one
        *((3, "asked", 3), (3, "confirmed", 20)),  # by another form, much later
        *((4, "asked", 3), (5, "added", 3)),
    ]
    for number, kind, days in steps:
        at = monday + timedelta(days=days, hours=1)
        Consent.objects.create(subscriber_id=number, address_hmac=b"x" * 32, kind=kind, at=at)
    weeks = {week.monday: week for week in count_weeks(12)}
    week = weeks[monday.date()]
    assert (week.asked, week.confirmed, week.waiting, week.percent, week.is_open) == (4, 2, 2, 50, False)
    assert Counter(found.asked for found in weeks.values()) == {0: 11, 4: 1}
    newest = max(weeks.values(), key=lambda found: found.monday)
    assert (newest.percent, newest.is_open) == (None, True)


def test_the_page_shows_each_chart_with_its_table_to_those_who_may_look() -> None:
    live()
    support = at_desk(person(SUPPORT))
    page = support.get(FIGURES)
    text, html = text_of(page), html_of(page)
    for words in ("On the list now: 2.", "Growth", "Churn", "Confirmation rate", "6 came, 4 left.", "83%"):
        assert words in text
    assert html.count('role="img"') == html.count("<details>") == 3
    assert html.count("<desc") == 3
    assert "style=" not in html.partition('id="content-main"')[2]
    assert at_desk(person(PUBLISHER)).get(FIGURES).status_code == 200
    assert at_desk(person(WRITER)).get(FIGURES).status_code == 403
    with CaptureQueriesContext(connection) as few:
        support.get(FIGURES)
    for number in range(100, 160):
        step(number, "asked", number % 80)
        step(number, "confirmed", number % 80)
    with CaptureQueriesContext(connection) as many:
        support.get(FIGURES)
    assert len(few) == len(many)


def test_a_list_without_readers_has_figures_too() -> None:
    text = text_of(at_desk(person(SUPPORT)).get(FIGURES))
    assert "On the list now: 0." in text
    assert "no rate yet" in text


def test_what_stood_before_a_step_is_looked_up_by_an_index() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO newsletter_consent (subscriber_id, address_hmac, kind, at, wording, form, source) "
            "SELECT n / 2, sha256(n::text::bytea), 'confirmed', now() - n * interval '10 minutes', '', '', '' "
            "FROM generate_series(1, 30000) AS n"
        )
        cursor.execute("ANALYZE newsletter_consent")
        values: dict[str, Any] = {
            "on": ["confirmed"],
            "off": ["erased"],
            "taken": "x%",
            "since": timezone.now() - timedelta(days=9),
        }
        cursor.execute(f"EXPLAIN {MOVES}", values)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "consents_of_a_subscriber" in plan
    assert "Seq Scan" not in plan, plan
