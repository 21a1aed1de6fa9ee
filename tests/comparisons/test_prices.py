"""What a tool's plans have cost over time, and what that means for a verdict that was signed before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import Client
from django.utils import timezone

from comparisons.receipts.prices import FALL, RISE, Cost, Entry, PriceLog, Step, draw
from reviews.models import Review
from tests.comparisons.changes import DAY
from tests.factories import make_plan, make_review, make_tool
from tests.pages import html_of, texts
from tests.passing_time import pass_time
from tools.models import Plan

START = datetime(2026, 11, 1, tzinfo=UTC)


def cost(amount: int | None, **parts: Any) -> Cost:
    free = {"currency": "", "period": "free"} if amount is None else {"currency": "USD", "period": "month"}
    return Cost(
        **{
            **{"name": "Pro", "amount": None if amount is None else Decimal(amount), "unit": "", "position": 0},
            **free,
            **parts,
        }
    )


def log(*steps: tuple[int, int, Cost | None]) -> PriceLog:
    """(day, plan, cost)"""
    return PriceLog([Step(plan, START + day * DAY, what) for day, plan, what in steps])


def entries(prices: PriceLog) -> list[tuple[int, str]]:
    return [((entry.since - START).days, entry.text) for entry in prices.entries]


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([], []),
        ([(0, 1, cost(20))], [(0, "$20/mo")]),
        ([(0, 1, cost(20)), (3, 1, cost(25))], [(0, "$20/mo"), (3, "$25/mo")]),
        ([(0, 1, cost(20)), (3, 1, cost(20, position=2))], [(0, "$20/mo")]),
        ([(0, 1, cost(20)), (2, 2, cost(9)), (4, 2, None)], [(0, "$20/mo"), (2, "$9/mo"), (4, "$20/mo")]),
        ([(0, 1, cost(20)), (2, 2, cost(None)), (5, 1, cost(30))], [(0, "$20/mo"), (2, "Free")]),
        ([(0, 1, cost(20)), (2, 1, None), (5, 1, cost(30))], [(0, "$20/mo"), (2, "-"), (5, "$30/mo")]),
        ([(0, 1, cost(20, position=1)), (0, 2, cost(9, currency="EUR"))], [(0, "€9/mo")]),
    ],
)
def test_what_had_to_be_paid_to_begin(steps: Sequence[Any], expected: list[tuple[int, str]]) -> None:
    assert entries(log(*steps)) == expected


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (cost(20), cost(25), RISE),
        (cost(25), cost(20), FALL),
        (cost(None), cost(5), RISE),
        (cost(5), cost(None), FALL),
        (cost(20), cost(20), ""),
        (cost(20), cost(200, period="year"), ""),
        (cost(20), cost(25, currency="EUR"), ""),
        (cost(20), None, ""),
    ],
)
def test_a_verdict_from_before_says_how_the_entry_price_moved(before: Cost, after: Cost | None, words: str) -> None:
    prices = log((0, 1, before), (5, 1, after))
    assert prices.drift_since(START + 2 * DAY) == words
    assert prices.drift_since(START + 5 * DAY) == ""
    assert prices.drift_since(START - DAY) == "", "nothing was known of the price then"


@pytest.mark.parametrize(
    ("steps", "days"),
    [
        ([(0, 1, cost(20))], []),
        ([(0, 1, cost(20)), (3, 1, cost(25)), (5, 1, cost(25, position=4))], [3]),
        ([(0, 1, cost(20)), (3, 1, cost(20, period="year"))], [3]),
        ([(0, 1, cost(20)), (3, 1, cost(20, unit="seat"))], [3]),
        ([(0, 1, cost(20)), (3, 1, cost(20, currency="EUR"))], []),
        ([(0, 1, cost(20)), (3, 1, cost(20, name="Pro & more"))], []),
        ([(0, 1, cost(20)), (0, 2, cost(90)), (4, 2, cost(99))], [4]),
        ([(0, 1, cost(20)), (3, 2, cost(90)), (4, 2, None)], []),
        ([(0, 1, cost(20)), (3, 2, cost(9)), (4, 2, None)], [3, 4]),
        ([(0, 1, cost(20)), (3, 1, None), (4, 1, cost(20))], []),
        ([(0, 1, cost(20)), (3, 1, None), (4, 1, cost(25))], [4]),
    ],
)
def test_which_price_changes_count(steps: Sequence[Any], days: list[int]) -> None:
    assert [(since - START).days for since in log(*steps).changes] == days


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/tools/lathe/", "/compare/lathe-vs-plane/", "/compare/lathe-vs-plane-vs-saw/"])
def test_a_review_from_before_a_price_change_says_so_and_when(client: Client, address: str) -> None:
    tool = make_tool(slug="lathe", published_at=timezone.now() - DAY)
    make_tool(slug="plane"), make_tool(slug="saw")
    make_plan(tool, amount=Decimal(20), position=0, checked_on=(timezone.now() - DAY).date())
    seats = make_plan(tool, amount=Decimal(40), position=1, checked_on=(timezone.now() - DAY).date())
    old = make_review(tool, published_at=timezone.now())
    pass_time(3 * DAY)
    Plan.objects.filter(pk=seats.pk).update(amount=50)
    pass_time(3 * DAY)
    make_review(tool, published_at=timezone.now())
    mark = f"Written before the price changed on {timezone.now() - 3 * DAY:%-d %B %Y}"
    assert texts(client.get(address), "priced") == [mark]
    assert texts(client.get(address), "drift") == [], "the entry price has not moved"
    if address.count("-vs-") < 2:
        for days, marks in ((2, [mark]), (5, [])):
            day = (timezone.now() - days * DAY).date()
            assert texts(client.get(f"{address}?as_of={day}"), "priced") == marks
    Review.objects.filter(pk=old.pk).update(body="Looked again, at the new price.")
    assert texts(client.get(address), "priced") == []


def test_a_stretch_ends_where_a_reader_sees_another_price() -> None:
    prices = log((0, 1, cost(20)), (1, 1, cost(20, position=3)), (2, 1, cost(25)), (3, 2, cost(None)), (6, 2, None))
    days = [
        (stretch.cost.text, (stretch.since - START).days, stretch.until and (stretch.until - START).days)
        for stretch in prices.stretches
    ]
    assert days == [("Free", 3, 6), ("$25/mo", 2, None), ("$20/mo", 0, 2)]
    assert prices.has_changed
    assert not log((0, 1, cost(20)), (1, 1, cost(20, position=3))).has_changed


def test_prices_that_would_run_into_each_other_are_left_to_the_table() -> None:
    often = [Entry(START + day * DAY, cost(20 + day)) for day in (0, 10, 11, 12, 18)]
    assert [mark.text for mark in draw(often, START + 20 * DAY).marks] == ["$20/mo", "$38/mo"]


def test_the_chart_is_drawn_in_steps_with_zero_below() -> None:
    drawn = draw(
        [Entry(START, cost(20)), Entry(START + 5 * DAY, cost(40)), Entry(START + 10 * DAY, cost(None))],
        START + 20 * DAY,
    )
    assert drawn.path == "M0.0 55.0H25.0V20.0H50.0V90.0H100"
    assert [(mark.text, mark.x) for mark in drawn.marks] == [("$20/mo", 0.0), ("$40/mo", 25.0), ("Free", 100)]
    assert drawn.sentence == ("Entry price: $20/mo until 6 November 2026, $40/mo until 11 November 2026, Free since.")
    assert log((0, 1, cost(20)), (5, 1, cost(200, period="year"))).chart is None, "no line between two measures"
    assert log((0, 1, cost(20))).chart is None


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/tools/lathe/", "/compare/lathe-vs-plane/"])
def test_a_page_says_which_verdicts_are_older_than_the_price(client: Client, address: str) -> None:
    tool = make_tool(name="Lathe", slug="lathe", published_at=timezone.now() - DAY)
    make_tool(slug="plane")
    plan = make_plan(tool, amount=Decimal(20), checked_on=(timezone.now() - DAY).date())
    old = make_review(tool, published_at=timezone.now())
    pass_time(3 * DAY)
    Plan.objects.filter(pk=plan.pk).update(amount=25)
    pass_time(3 * DAY)
    make_review(tool, published_at=timezone.now())
    assert texts(client.get(address), "drift") == [str(RISE)]
    then = (timezone.now() - 2 * DAY).date()
    assert texts(client.get(f"{address}?as_of={then}"), "drift") == [str(RISE)]
    before = (timezone.now() - 5 * DAY).date()
    assert texts(client.get(f"{address}?as_of={before}"), "drift") == []
    Review.objects.filter(pk=old.pk).update(body="Looked again, at the new price.")
    assert texts(client.get(address), "drift") == []


@pytest.mark.django_db
def test_the_tool_page_has_a_chart_and_its_table_once_a_price_has_changed(client: Client) -> None:
    tool = make_tool(slug="lathe", published_at=timezone.now() - DAY)
    plan = make_plan(tool, name="Pro & more", amount=Decimal(20), checked_on=(timezone.now() - DAY).date())
    pass_time(3 * DAY)
    assert "Prices over time" not in html_of(client.get("/tools/lathe/"))
    Plan.objects.filter(pk=plan.pk).update(amount=25)
    html = html_of(client.get("/tools/lathe/"))
    section = html[html.index('<section class="section" aria-labelledby="prices">') :]
    root = ElementTree.fromstring(section[: section.index("</section>") + len("</section>")])  # noqa: S314
    chart = root.find(".//svg")
    assert chart is not None
    assert chart.get("aria-label", "").startswith("Entry price: $20/mo until ")
    rows = [["".join(cell.itertext()) for cell in row] for row in root.findall(".//tbody/tr")]
    assert [(row[0], row[2], row[3]) for row in rows] == [
        ("Pro & more", "today", "$25/mo"),
        ("Pro & more", f"{timezone.now():%-d %b %Y}", "$20/mo"),
    ]
