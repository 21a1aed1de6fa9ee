"""The rules of docs/open-data.md, once more and from nothing of ours: what the verifier recomputes figures with.

`shipping.py` puts this into the one file that strangers run.
"""

from __future__ import annotations

import json
from decimal import Decimal
from math import sqrt
from typing import Any

Record = dict[str, Any]
NEEDED = 10  # votes, before a share is shown
Z = 1.959963984540054  # the two-sided 95 % point of the normal distribution


def percent(part: int, whole: int) -> int | None:
    """Whole percent, halves up; nothing of nothing."""
    return (200 * part + whole) // (2 * whole) if whole else None


def panel(reviews: list[Record]) -> Record:
    """What the reviews of a tool come to."""
    ship, total = sum(review["verdict"] == "ship" for review in reviews), len(reviews)
    word = "unreviewed" if not total else "split" if 2 * ship == total else "ship" if 2 * ship > total else "skip"
    said = {"ship": ship, "total": total, "share": percent(ship, total), "word": word, "text": f"{ship:,} of {total:,}"}
    return {"panel": said, "reviewed_at": max((r["published_at"] for r in reviews), key=sortable, default=None)}


def interval(ship: int, n: int) -> tuple[float, float]:
    """The 95 % Wilson score interval, as shares."""
    p = ship / n
    middle, half = p + Z * Z / (2 * n), Z * sqrt((p * (1 - p) + Z * Z / (4 * n)) / n)
    low, high = (middle - half) / (1 + Z * Z / n), (middle + half) / (1 + Z * Z / n)
    return max(0.0, min(p, low)), min(1.0, max(p, high))


def community(votes: Record) -> Record:
    """What may be said of these votes; below ten only how many there are."""
    if votes["total"] < NEEDED:
        return {**dict.fromkeys(("ship", "skip", "share", "low", "high")), "is_shown": False, "needed": NEEDED}
    total = votes["ship"] + votes["skip"]
    low, high = (round(100 * bound, 1) for bound in interval(votes["ship"], total))
    said = {"total": total, "share": percent(votes["ship"], total), "low": low, "high": high}
    return {**said, "is_shown": True, "needed": NEEDED}


def price(plan: Record) -> str:
    if plan["amount"] is None:
        return "Free"
    amount = Decimal(plan["amount"])
    decimals = max(0, -int(amount.normalize().as_tuple().exponent))
    sign = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}.get(plan["currency"], plan["currency"] + " ")
    period = {"month": "/mo", "year": "/yr", "once": " once", "usage": ""}[plan["period"]]
    text = f"{sign}{amount:,.{max(2, decimals) if decimals else 0}f}{period}"
    return text + (" / " if plan["period"] == "usage" else " per ") + plan["unit"] if plan["unit"] else text


def entry(plans: list[Record]) -> Record:
    """Of which plan the entry price is, and what it says."""
    free = [plan for plan in plans if plan["amount"] is None]
    home = [plan for plan in plans if plan["currency"] == plans[0]["currency"]]
    first = (free or sorted(home, key=lambda plan: Decimal(plan["amount"])) or [{"price": "-", "id": None}])[0]
    return {"text": first["price"], "plan_id": first["id"]}


def fact_text(criterion: Record, value: str, note: str) -> str:
    if criterion["kind"] == "yes_no":
        value = "Yes" if value == "yes" else "No"
    elif criterion["kind"] == "number":
        amount, digits = Decimal(value), f"{Decimal(value):,f}"
        for power, letter in ((3, "K"), (6, "M"), (9, "B"), (12, "T")):
            if abs(amount) >= 10**power:
                short = (amount / 10**power).normalize()
                digits = f"{short:,f}{letter}" if short == round(short, 1) else f"{amount:,f}"
        value = f"{digits} {criterion['unit']}".rstrip()
    return f"{value}, {note}" if note else value


def cell(record: Any, column: str) -> str:
    """A part of a record as the tables have it; what a spreadsheet might run has an apostrophe in front."""
    for part in column.split("."):
        record = record[part]
    if isinstance(record, str):
        return f"'{record}" if record.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "'")) else record
    return "" if record is None else json.dumps(record, ensure_ascii=False, separators=(",", ":"))


def sortable(moment: str) -> str:
    """A moment, so that texts compare as moments do."""
    whole, _, fraction = moment.rstrip("Z").partition(".")
    return f"{whole}.{fraction:0<6}"
