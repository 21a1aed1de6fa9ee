"""What stands on sources: prices and facts with the day of their check, and those whose limit passes soon.

Whether one is due is decided by tools/freshness.py; here it is asked of the whole publication, for the desk.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.core.paginator import Page, Paginator
from django.db.models import Count, QuerySet, Value

from tools.facts import value_text
from tools.freshness import limit, price_limit, today
from tools.models import Fact, Plan, Tool
from tools.pricing import price_text
from tools.querysets import fact_is_due, named_limits, price_is_due

SOON = 14  # days ahead that the desk looks
PER_PAGE = 50


class Kind(StrEnum):
    PLAN = "plan"
    FACT = "fact"


class Part(NamedTuple):
    """A price or a fact of a tool, by its key."""

    kind: Kind
    pk: int

    def __str__(self) -> str:
        return f"{self.kind}-{self.pk}"

    @classmethod
    def read(cls, text: str) -> Part:
        """`plan-3` as a form sends it; ValueError for anything else."""
        kind, _, key = text.partition("-")
        if not key.isascii() or not key.isdecimal() or len(key) > 18:
            raise ValueError(text)
        return cls(Kind(kind), int(key))

    def tool(self) -> Tool | None:
        """Whose it is; one query."""
        parts = {self.kind + "s__pk": self.pk}
        return Tool.objects.filter(**parts).first()


@dataclass(frozen=True, slots=True)
class Evidence:
    """One price or fact as the desk lists it."""

    part: Part
    tool_id: int
    tool_name: str
    category_name: str
    name: str
    text: str
    source: str
    checked_on: date
    good_for_days: int

    @property
    def good_until(self) -> date:
        """The last day on which it holds."""
        return self.checked_on + timedelta(days=self.good_for_days)

    @property
    def due_since(self) -> date:
        return self.good_until + timedelta(days=1)

    @property
    def is_due(self) -> bool:
        return self.good_until < today()

    @property
    def source_host(self) -> str:
        """What the list shows of the source: `lathe.example.com`."""
        return (urlsplit(self.source).hostname or self.source).removeprefix("www.")

    @property
    def is_checked_today(self) -> bool:
        return self.checked_on >= today()


@dataclass(frozen=True, slots=True)
class DueCounts:
    """How many prices and facts of tools that are out are due now, and how many more will be within the days asked."""

    passed: int
    soon: int


def evidence_due(within_days: int = SOON, *, category: str = "") -> QuerySet[Any, Any]:
    """(kind, pk, checked_on) of what is due now or within so many days, of tools that are out, oldest check first.

    `category` is the slug of a class. Which limits criteria name takes one query, at once.
    """
    day = today() + timedelta(days=within_days)
    plans = Plan.objects.of_tools_out().due_by(day)
    facts = Fact.objects.of_tools_out().due_by(day, named_limits())
    if category:
        plans, facts = plans.filter(tool__category__slug=category), facts.filter(tool__category__slug=category)
    found: QuerySet[Any, Any] = _keys(plans, Kind.PLAN).union(_keys(facts, Kind.FACT), all=True)
    return found.order_by("checked_on", "kind", "pk")


def count_due(within_days: int = SOON) -> DueCounts:
    """Three queries, for the first page of the desk."""
    now, limits = today(), named_limits()
    later = now + timedelta(days=within_days)
    plans = Plan.objects.of_tools_out().due_by(later)
    facts = Fact.objects.of_tools_out().due_by(later, limits)
    counted = [
        rows.aggregate(passed=Count("pk", filter=rule), found=Count("pk"))
        for rows, rule in ((plans, price_is_due(now)), (facts, fact_is_due(now, limits)))
    ]
    passed = sum(count["passed"] for count in counted)
    return DueCounts(passed, sum(count["found"] for count in counted) - passed)


def due_page(number: str | None, within_days: int = SOON, *, category: str = "") -> Page[Evidence]:
    """A page of the desk's list; five queries."""
    page: Page[Any] = Paginator(evidence_due(within_days, category=category), PER_PAGE).get_page(number)
    rows = list(page.object_list)
    lines = {line.part: line for line in _lines(row[:2] for row in rows)}
    page.object_list = [lines[Part(Kind(row[0]), row[1])] for row in rows]
    return page


def evidence_of(tool: int) -> list[Evidence]:
    """All prices and facts of one tool, in the order of its page; two queries."""
    plans = Plan.objects.filter(tool=tool).select_related("tool__category")
    facts = Fact.objects.filter(tool=tool).select_related("tool__category", "criterion")
    return [*map(_of_plan, plans), *map(_of_fact, facts)]


def _keys(rows: QuerySet[Any], kind: Kind) -> QuerySet[Any, Any]:
    keys: QuerySet[Any, Any] = rows.order_by().annotate(kind=Value(str(kind))).values_list("kind", "pk", "checked_on")
    return keys


def _lines(keys: Iterable[tuple[str, int]]) -> Iterator[Evidence]:
    """Two queries."""
    by_kind: dict[str, list[int]] = {kind: [] for kind in Kind}
    for kind, pk in keys:
        by_kind[kind].append(pk)
    plans = Plan.objects.filter(pk__in=by_kind[Kind.PLAN]).select_related("tool__category")
    facts = Fact.objects.filter(pk__in=by_kind[Kind.FACT]).select_related("tool__category", "criterion")
    yield from map(_of_plan, plans)
    yield from map(_of_fact, facts)


def _of_plan(plan: Plan) -> Evidence:
    part = Part(Kind.PLAN, plan.pk)
    return Evidence(part, *_about(plan), plan.name, price_text(plan), plan.source, plan.checked_on, price_limit())


def _of_fact(fact: Fact) -> Evidence:
    rule = fact.criterion
    text = value_text(rule.kind, fact.value, rule.unit, fact.note)
    part, holds = Part(Kind.FACT, fact.pk), limit(rule.good_for_days)
    return Evidence(part, *_about(fact), rule.name, text, fact.source, fact.checked_on, holds)


def _about(piece: Plan | Fact) -> tuple[int, str, str]:
    return piece.tool_id, piece.tool.name, piece.tool.category.name
