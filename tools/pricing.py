"""Prices as readers see them. The entry price is derived from the plans here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Protocol

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tools.figures import number

UNKNOWN_PRICE = "-"
_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}
_PERIODS = {
    "once": gettext_lazy("%(money)s once"),
    "month": gettext_lazy("%(money)s/mo"),
    "year": gettext_lazy("%(money)s/yr"),
    "usage": "%(money)s",
}


class Priced(Protocol):
    """What a price needs: a Plan, or one row of a plain read."""

    @property
    def amount(self) -> Decimal | None: ...
    @property
    def currency(self) -> str: ...
    @property
    def period(self) -> str: ...
    @property
    def unit(self) -> str: ...


def price_text(plan: Priced) -> str:
    """One plan's price: `Free`, `$20/mo`, `$12/mo per seat`, `$199 once`, `$3 / 1M tokens`, `CHF 9/yr`."""
    if plan.amount is None:
        return _("Free")
    price = str(_PERIODS[plan.period]) % {"money": money(plan.amount, plan.currency)}
    if not plan.unit:
        return price
    words = _("%(price)s / %(unit)s") if plan.period == "usage" else _("%(price)s per %(unit)s")
    return words % {"price": price, "unit": plan.unit}


def money(amount: Decimal, currency: str) -> str:
    """An amount with the sign of its currency, or its code where no sign is known: `$1,200`, `CHF 9`.

    A translation decides where they stand: in German `1.200 $`.
    """
    sign = _SIGNS.get(currency)
    if sign:
        return _("%(sign)s%(amount)s") % {"sign": sign, "amount": _amount_text(amount)}
    return _("%(currency)s %(amount)s") % {"currency": currency, "amount": _amount_text(amount)}


def entry_plan[P: Priced](plans: Iterable[P]) -> P | None:
    """The lowest plan a reader can start on: a free one, else the smallest amount to pay first; None with no plan.

    Amounts are compared as they stand, whatever the period: what counts is what must be paid to begin. Only plans
    in the currency of the tool's first priced plan are compared, because no exchange rate is right for every reader.
    """
    known = list(plans)
    if not known:
        return None
    free = next((plan for plan in known if plan.amount is None), None)
    home = [plan for plan in known if plan.currency == known[0].currency]
    return free or min(home, key=lambda plan: plan.amount or Decimal(0))


def entry_price(plans: Iterable[Priced]) -> str:
    """The price of the entry plan: `Free`, `$20/mo`, or `-` when no plan is known."""
    plan = entry_plan(plans)
    return price_text(plan) if plan else UNKNOWN_PRICE


def _amount_text(amount: Decimal) -> str:
    """20, 12.50, 0.0004: whole amounts without decimals, others with at least two."""
    plain = amount.normalize()
    if plain == plain.to_integral_value():
        return number(int(plain))
    return number(plain.quantize(Decimal("0.01")) if -int(plain.as_tuple().exponent) <= 2 else plain)
