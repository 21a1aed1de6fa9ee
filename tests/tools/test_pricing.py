from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import pytest

from tools.pricing import entry_price, price_text


@dataclass
class Price:
    amount: Decimal | None = None
    currency: str = ""
    period: str = "free"
    unit: str = ""


def price(amount: str, period: str, currency: str = "USD", unit: str = "") -> Price:
    return Price(Decimal(amount), currency, period, unit)


@pytest.mark.parametrize(
    ("plan", "text"),
    [
        (Price(), "Free"),
        (price("20", "month"), "$20/mo"),
        (price("20.0000", "month"), "$20/mo"),
        (price("12.5", "month", unit="seat"), "$12.50/mo per seat"),
        (price("199", "once", "EUR"), "€199 once"),
        (price("90", "year", "GBP"), "£90/yr"),
        (price("3", "usage", unit="1M tokens"), "$3 / 1M tokens"),
        (price("0.0004", "usage", unit="image"), "$0.0004 / image"),
        (price("9", "year", "CHF"), "CHF 9/yr"),
        (price("12000", "year"), "$12,000/yr"),
        (price("1200.5", "once"), "$1,200.50 once"),
    ],
)
def test_price_text_reads_as_the_product_words_it(plan: Price, text: str) -> None:
    assert price_text(plan) == text


@pytest.mark.parametrize(
    ("plans", "text"),
    [
        ([], "-"),
        ([Price()], "Free"),
        ([price("20", "month"), Price()], "Free"),
        ([price("20", "month"), price("12", "month", unit="seat")], "$12/mo per seat"),
        ([price("20", "month"), price("3", "usage", unit="1M tokens")], "$3 / 1M tokens"),
        ([price("90", "year"), price("9", "month")], "$9/mo"),
        ([price("20", "month"), price("5", "month", "EUR")], "$20/mo"),
    ],
    ids=["unknown", "free", "free tier", "lowest", "usage", "what is paid first", "one currency"],
)
def test_entry_price_is_the_lowest_plan_to_start_on(plans: list[Price], text: str) -> None:
    assert entry_price(plans) == text
