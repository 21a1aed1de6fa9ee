"""A tool or a pair at the end of a day gone by: `?as_of=2026-10-01`."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from comparisons.models import Comparison
from editorial.services import withdraw
from tests.comparisons.changes import DAY, change
from tests.factories import (
    make_comparison,
    make_criterion,
    make_fact,
    make_plan,
    make_review,
    make_reviewer,
    make_tool,
    make_votes,
)
from tests.pages import finding, html_of, text_of, texts
from tests.passing_time import pass_time
from tools.models import Fact, Plan, Tool

pytestmark = pytest.mark.django_db

BOTH = ["/tools/anvil/", "/compare/anvil-vs-bellows/"]


def days_ago(number: int) -> str:
    return (timezone.now() - number * DAY).date().isoformat()


@pytest.fixture
def history() -> Tool:
    """Ten days ago it was one thing, five days ago another."""
    now = timezone.now()
    anvil, bellows = (
        make_tool(name=slug.title(), slug=slug, tagline="Old words.", published_at=now - DAY)
        for slug in ("anvil", "bellows")
    )
    ann = make_reviewer(name="Ann", slug="ann")
    review = make_review(anvil, ann, "skip", published_at=now - DAY)
    make_review(bellows, ann, "ship", published_at=now - DAY)
    plan = make_plan(anvil, name="Pro", amount=Decimal(20), checked_on=(now - DAY).date())
    fact = make_fact(anvil, make_criterion(name="Window"), value="Small", checked_on=(now - DAY).date())
    comparison = make_comparison(anvil, bellows, published_at=now - DAY, summary="Old advice.")
    pass_time(5 * DAY)
    change(anvil, tagline="New words.")
    change(review, verdict="ship")
    change(plan, amount=25)
    Fact.objects.filter(pk=fact.pk).delete()
    Comparison.objects.filter(pk=comparison.pk).update(summary="New advice.")
    make_votes(anvil, 20, 5)
    pass_time(5 * DAY)
    return anvil


@pytest.mark.usefixtures("history")
def test_a_tool_page_shows_what_it_showed_on_that_day(client: Client) -> None:
    today = text_of(client.get("/tools/anvil/"))
    assert "New words." in today
    old = client.get(f"/tools/anvil/?as_of={days_ago(7)}")
    assert old.status_code == 200
    assert finding(old) == "Old words."
    words = text_of(old)
    assert "0 of 1 ship" in words
    assert "$20/mo" in words
    assert "Window Small" in words
    assert "New words" not in words
    assert texts(old, "turned") == []
    new = client.get(f"/tools/anvil/?as_of={days_ago(4)}")
    assert finding(new) == "New words."
    assert "Nothing had been recorded about Anvil by then." in text_of(new)
    assert "$25/mo" in text_of(new)
    assert len(texts(new, "turned")) == 1


@pytest.mark.usefixtures("history")
def test_a_comparison_shows_what_it_showed_on_that_day(client: Client) -> None:
    old = client.get(f"/compare/anvil-vs-bellows/?as_of={days_ago(7)}")
    assert finding(old) == "The panel leans Bellows, 1 of 1 against 0 of 1; they split on Ann."
    assert "Old advice." in text_of(old)
    new = client.get(f"/compare/anvil-vs-bellows/?as_of={days_ago(4)}")
    assert finding(new) == "The panel calls it even, 1 of 1 each."
    assert "New advice." in text_of(new)
    assert "Old advice." not in text_of(new)
    (turned,) = texts(new, "turned")
    assert turned.replace(" : ", ": ") == f"was SKIP until {timezone.now() - 5 * DAY:%-d %b %Y}: no reason given"


@pytest.mark.usefixtures("history")
@pytest.mark.parametrize("address", BOTH)
def test_such_a_page_says_what_it_is_and_leads_back(client: Client, address: str) -> None:
    day = (timezone.now() - 7 * DAY).date()
    response = client.get(f"{address}?as_of={day.isoformat()}")
    html = html_of(response)
    assert f"As of {day:%-d %b %Y}." in texts(response, "as-of")[0]
    assert f'<a href="{address}">Back to today’s page</a>' in html
    assert '<meta name="robots" content="noindex">' in html
    assert 'rel="canonical"' not in html
    assert "application/ld+json" not in html
    assert 'class="vote"' not in html
    assert "data-community" not in html
    assert f'value="{day.isoformat()}"' in html
    assert not response.cookies
    assert html.count("<h1") == 1


@pytest.mark.usefixtures("history")
@pytest.mark.parametrize("address", BOTH)
def test_today_is_a_day_too(client: Client, address: str) -> None:
    response = client.get(f"{address}?as_of={days_ago(0)}")
    assert "which is not over" in texts(response, "as-of")[0]
    assert finding(response) == finding(client.get(address))


@pytest.mark.usefixtures("history")
@pytest.mark.parametrize("address", BOTH)
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "That is not a day."),
        ("yesterday", "That is not a day."),
        ("2026-13-01", "That is not a day."),
        ("2026-02-30", "That is not a day."),
        ("20261001", "That is not a day."),
        ("2026-W40-1", "That is not a day."),
        ("٢٠٢٦-١٠-٠١", "That is not a day."),
        ("2026-10-01T00:00", "That is not a day."),
        ("2026-10-01'--", "That is not a day."),
        ("9999-12-31", "31 December 9999 has not happened yet."),
        ("2026-10-01", "On 1 October 2026 nothing was known yet. The first receipt is of "),
        ("0001-01-01", "On 0001-01-01 nothing was known yet."),
    ],
)
def test_an_odd_day_is_answered_kindly(client: Client, address: str, text: str, reason: str) -> None:
    response = client.get(address, {"as_of": text})
    assert response.status_code == 404
    assert reason in finding(response)
    html = html_of(response)
    assert f'<a href="{address}">Today’s page</a>' in html
    assert 'name="as_of"' in html
    assert '<meta name="robots" content="noindex">' in html


def test_tomorrow_has_not_happened(client: Client) -> None:
    make_tool(slug="anvil")
    tomorrow = (timezone.now() + DAY).date()
    assert finding(client.get(f"/tools/anvil/?as_of={tomorrow}")) == f"{tomorrow:%-d %B %Y} has not happened yet."


def test_what_was_never_shown_is_not_found(client: Client) -> None:
    make_tool(slug="anvil")
    make_tool(slug="secret", status="draft", published_at=None)
    make_tool(slug="soon", status="scheduled", published_at=timezone.now() + DAY)
    for address in ("/tools/secret/", "/tools/soon/", "/tools/ghost/", "/compare/anvil-vs-secret/", "/compare/anvil/"):
        response = client.get(f"{address}?as_of={days_ago(0)}")
        assert response.status_code == 404, address
        assert "first receipt" not in text_of(response), address


def test_a_withdrawn_tool_keeps_its_past(client: Client, history: Tool) -> None:
    withdraw(Tool.objects.get(pk=history.pk))
    assert client.get("/tools/anvil/").status_code == 410
    assert finding(client.get(f"/tools/anvil/?as_of={days_ago(7)}")) == "Old words."
    response = client.get(f"/tools/anvil/?as_of={days_ago(0)}")
    assert response.status_code == 404
    assert "anvil had been taken off the list" in finding(response)


@pytest.mark.usefixtures("history")
def test_the_other_order_leads_to_the_one_address_and_keeps_the_day(client: Client) -> None:
    response = client.get("/compare/bellows-vs-anvil/?as_of=2026-11-20")
    assert response["Location"] == "/compare/anvil-vs-bellows/?as_of=2026-11-20"


@pytest.mark.usefixtures("history")
def test_three_tools_are_read_as_of_a_day_too(client: Client) -> None:
    make_tool(slug="chisel", name="Chisel", published_at=timezone.now() - 6 * DAY)
    address = "/compare/anvil-vs-bellows-vs-chisel/"
    response = client.get(f"{address}?as_of={days_ago(0)}")
    assert (
        finding(response)
        == "The panel calls it even between Anvil and Bellows, 1 of 1 each; Chisel still waits for its first review."
    )
    assert not any(word in text_of(response) for word in ("Community", "Take out"))
    assert client.get(f"/compare/chisel-vs-bellows-vs-anvil/?as_of={days_ago(0)}")["Location"].startswith(address)
    assert 'name="as_of"' in client.get(address).content.decode()


@pytest.mark.usefixtures("history")
def test_of_three_tools_each_must_have_been_there(client: Client) -> None:
    make_tool(slug="chisel", name="Chisel", published_at=timezone.now() - DAY)
    response = client.get(f"/compare/anvil-vs-bellows-vs-chisel/?as_of={days_ago(7)}")
    assert (response.status_code, "nothing was known yet" in finding(response)) == (404, True)
    assert client.get(f"/compare/anvil-vs-bellows-vs-bellows/?as_of={days_ago(0)}").status_code == 404


@pytest.mark.usefixtures("history")
@pytest.mark.parametrize(("address", "count"), [(BOTH[0], 5), (BOTH[1], 6)])
def test_a_past_page_has_a_budget(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries, address: str, count: int
) -> None:
    with django_assert_num_queries(count):
        assert client.get(f"{address}?as_of={days_ago(7)}").status_code == 200


def test_what_was_entered_later_is_said(client: Client) -> None:
    day = date(2026, 11, 3)
    make_tool(slug="anvil")
    assert "entered later" in texts(client.get(f"/tools/anvil/?as_of={day}"), "as-of")[0]
    pass_time(DAY)
    change(Tool.objects.get(), tagline="Other.")
    Plan.objects.all().delete()
    response = client.get(f"/tools/anvil/?as_of={datetime.now(tz=None).date()}")  # noqa: DTZ005
    assert "entered later" not in texts(response, "as-of")[0]
