"""Whatever happens, receipts alone give back what was shown at any moment."""

from __future__ import annotations

import random
from dataclasses import asdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from comparisons.models import Comparison
from comparisons.receipts.rebuild import Rebuilt, rebuild
from comparisons.scorecards import Scorecard, Seat, find_tools, load_scorecards
from comparisons.services import publish_comparison
from editorial.services import publish, withdraw
from reviews.models import Review, Reviewer
from reviews.services import publish_review, withdraw_review
from tests.factories import (
    PUBLISHED,
    PUBLISHED_AT,
    make_category,
    make_comparison,
    make_criterion,
    make_reviewer,
    make_tool,
)
from tests.passing_time import pass_time
from tools.models import Category, Criterion, Fact, Plan, Tool

pytestmark = pytest.mark.django_db

TOOLS, MOMENTS, CHANGES = 200, 50, 6
# What a page prints, but for votes and for the moments of saving.
LEFT_OUT = {"updated_at", "ship_count", "skip_count", "passing_ship_count", "passing_skip_count", "is_paused"}
PACKED = {"packed_log", "packed_stances", "packed_prices"}


def seen(card: Scorecard) -> dict[str, Any]:
    return {
        "tool": {name: value for name, value in asdict(card.tool).items() if name not in LEFT_OUT | PACKED},
        "plans": card.plans,
        "facts": list(card.facts.items()),
        "remarks": [
            (key, remark.seat, remark.verdict, remark.headline, remark.body, remark.reviewed_at)
            for key, remark in card.remarks.items()
        ],
        "panel": card.panel,
        "entry": card.entry,
        "drifts": card.drifts,
        "ages": set(card.ages),
        "prices": [(stretch.cost, bool(stretch.until)) for stretch in card.prices.stretches],
        "turns": {reviewer: (turn.verdict, turn.reason) for reviewer, turn in card.turns.items()},
    }


def shown_now(slugs: list[str]) -> tuple[list[Seat], dict[str, Any], dict[tuple[int, int], str]]:
    """What pages show at this moment, from the tables themselves."""
    found = find_tools(slugs)
    seats, cards = load_scorecards([found[slug] for slug in slugs if slug in found])
    rows = Comparison.objects.published().between_published_tools()
    advice = {(row.first_tool_id, row.second_tool_id): row.summary for row in rows}
    return seats, {card.tool.slug: seen(card) for card in cards}, advice


def shown_then(rebuilt: Rebuilt) -> tuple[list[Seat], dict[str, Any], dict[tuple[int, int], str]]:
    advice = {pair: written.summary for pair, written in rebuilt.advice.items()}
    return list(rebuilt.seats), {slug: seen(card) for slug, card in rebuilt.cards.items()}, advice


class Editors:
    """Hands that change things at random, on every road there is."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311
        self.categories = [make_category() for _ in range(4)]
        self.criteria = [
            make_criterion(kind=kind, unit="units", position=place, good_for_days=(None, 30, 400)[place])
            for place, kind in enumerate(("text", "number", "yes_no"))
        ]
        self.reviewers = [make_reviewer(position=place % 3) for place in range(4)]
        self.tools = [
            make_tool(slug=f"tool-{number}", category=self.random.choice(self.categories)) for number in range(TOOLS)
        ]
        self.numbers = iter(range(10**6))
        Plan.objects.bulk_create(self._plan(tool) for tool in self.tools for _ in range(2))
        Fact.objects.bulk_create(self._fact(tool, criterion) for tool in self.tools for criterion in self.criteria[:2])
        Review.objects.bulk_create(
            Review(tool=tool, reviewer=reviewer, verdict="ship", headline="It floats.", **PUBLISHED)
            for tool in self.tools
            for reviewer in self.reviewers[:2]
        )

    def _plan(self, tool: Tool) -> Plan:
        number = next(self.numbers)
        price = {"amount": Decimal(number + 1) / 4, "currency": "USD", "period": "month"}
        free = {"amount": None, "currency": "", "period": "free"}
        return Plan(
            tool=tool,
            name=f"Plan {number}",
            source="https://tool.example.com/",
            checked_on=date(2026, 11, 2),
            position=number % 3,
            **(free if number % 5 == 0 else price),
        )

    def _fact(self, tool: Tool, criterion: Criterion) -> Fact:
        value = {"text": f"Words {next(self.numbers)}", "number": str(next(self.numbers)), "yes_no": "yes"}
        return Fact(
            tool=tool,
            criterion=criterion,
            value=value[criterion.kind],
            source="https://tool.example.com/",
            checked_on=date(2026, 11, 2),
        )

    def change_something(self) -> None:
        tool = Tool.objects.get(pk=self.random.choice(self.tools).pk)
        change = self.random.choice([self.on_review, self.on_review, self.on_price, self.on_fact, self.on_tool])
        if self.random.random() < 0.1:
            self.on_name()
        elif self.random.random() < 0.1:
            self.on_advice(tool)
        else:
            change(tool)

    def on_review(self, tool: Tool) -> None:
        review = Review.objects.filter(tool=tool).order_by("?").first()
        later = timezone.now() + timedelta(hours=self.random.randint(1, 40))
        match self.random.randrange(7):
            case 0 if review:
                withdraw_review(review, reason="Looked again.")
            case 1 if review and tool.status in ("published", "scheduled"):
                if not Review.objects.filter(tool=tool, reviewer=review.reviewer).exclude(pk=review.pk).exists():
                    publish_review(review, at=self.random.choice([None, later, PUBLISHED_AT]), reason="Later.")
            case 2 if review:
                Review.objects.filter(pk=review.pk).update(headline=f"Words {next(self.numbers)}")
            case 3:
                self._write(tool)
            case _ if review:
                review.verdict = "skip" if review.verdict == "ship" else "ship"
                review.save()

    def _write(self, tool: Tool) -> None:
        reviewer = self.random.choice(self.reviewers)
        if not Review.objects.filter(tool=tool, reviewer=reviewer).exclude(status="withdrawn").exists():
            Review.objects.create(
                tool=tool,
                reviewer=reviewer,
                verdict="skip",
                headline="It sinks.",
                **self.random.choice([PUBLISHED, {}]),
            )

    def on_price(self, tool: Tool) -> None:
        plan = Plan.objects.filter(tool=tool).order_by("?").first()
        match self.random.randrange(4):
            case 0 if plan:
                plan.delete()
            case 1 if plan and plan.amount:
                Plan.objects.filter(pk=plan.pk).update(amount=plan.amount + 1, position=self.random.randrange(3))
            case 2 if plan:
                Plan.objects.filter(tool=tool).update(checked_on=date(2026, 11, self.random.randint(3, 20)))
            case _:
                self._plan(tool).save()

    def on_fact(self, tool: Tool) -> None:
        criterion = self.random.choice(self.criteria)
        fact = Fact.objects.filter(tool=tool, criterion=criterion).first()
        if fact is None:
            self._fact(tool, criterion).save()
        elif self.random.random() < 0.4:
            fact.delete()
        else:
            Fact.objects.filter(pk=fact.pk).update(note=f"note {next(self.numbers)}")

    def on_tool(self, tool: Tool) -> None:
        match self.random.randrange(5):
            case 0:
                withdraw(tool)
            case 1:
                publish(tool, at=timezone.now() + timedelta(hours=self.random.randint(1, 40)))
            case 2:
                publish(tool)
            case _:
                tool.tagline, tool.category = f"Words {next(self.numbers)}", self.random.choice(self.categories)
                tool.save()

    def on_name(self) -> None:
        name = f"Name {next(self.numbers)}"
        match self.random.randrange(4):
            case 0:
                Category.objects.filter(pk=self.random.choice(self.categories).pk).update(name=name)
            case 1:
                Criterion.objects.filter(pk=self.random.choice(self.criteria).pk).update(name=name, unit="things")
            case 2:
                Reviewer.objects.filter(pk=self.random.choice(self.reviewers).pk).update(name=name)
            case _:
                reviewer = Reviewer.objects.get(pk=self.random.choice(self.reviewers).pk)
                reviewer.is_active = not reviewer.is_active
                reviewer.save()

    def on_advice(self, tool: Tool) -> None:
        comparison = Comparison.objects.filter(first_tool=tool).first()
        others = [other for other in self.tools if other.slug > tool.slug]
        if comparison is None and others:
            make_comparison(tool, self.random.choice(others))
        elif comparison and self.random.random() < 0.5:
            Comparison.objects.filter(pk=comparison.pk).update(summary=f"Words {next(self.numbers)}")
        elif comparison and {comparison.first_tool.status, comparison.second_tool.status} <= {"published", "scheduled"}:
            publish_comparison(comparison) if comparison.status == "withdrawn" else withdraw(comparison)


@pytest.mark.parametrize("seed", [20261125])
def test_receipts_alone_give_back_what_was_shown(seed: int) -> None:
    editors = Editors(seed)
    pass_time(timedelta(hours=1))  # the tools have arrived; from here on nothing is dated back
    slugs = [tool.slug for tool in editors.tools]
    moments: list[tuple[datetime, Any]] = []
    for number in range(MOMENTS):
        for _ in range(CHANGES):
            editors.change_something()
        if number % 5 == 0:
            step = timedelta(hours=9)
            pass_time(step)
            moments = [(moment - step, _earlier(shown, step)) for moment, shown in moments]
        moments.append((timezone.now(), shown_now(slugs)))
    for moment, shown in moments:
        assert shown_then(rebuild(slugs, moment)) == shown


def _earlier(shown: Any, step: timedelta) -> Any:
    """A snapshot whose own dates have moved with everything else."""
    seats, cards, advice = shown
    for card in cards.values():
        card["tool"]["published_at"] -= step
        card["remarks"] = [(*remark[:-1], remark[-1] - step) for remark in card["remarks"]]
    return seats, cards, advice


def test_a_rebuilt_page_takes_five_queries(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    first, second = make_tool(), make_tool()
    make_comparison(first, second)
    for slugs, count in (([first.slug], 5), ([first.slug, second.slug], 5), (["ghost"], 1)):
        with django_assert_num_queries(count):
            rebuild(slugs, timezone.now())


def test_an_old_address_is_that_of_its_day() -> None:
    tool = make_tool(slug="old")
    pass_time(timedelta(hours=2))
    Tool.objects.filter(pk=tool.pk).update(slug="new")
    then, now = timezone.now() - timedelta(hours=1), timezone.now()
    assert [list(rebuild([slug], moment).cards) for slug in ("old", "new") for moment in (then, now)] == [
        ["old"],
        [],
        [],
        ["new"],
    ]


def test_a_deleted_tool_is_there_until_its_day() -> None:
    tool = make_tool(slug="gone")
    pass_time(timedelta(hours=2))
    tool.delete()
    assert list(rebuild(["gone"], timezone.now() - timedelta(hours=1)).cards) == ["gone"]
    assert rebuild(["gone"], timezone.now()).cards == {}
