"""The promises the database keeps about tools, tried against the database itself."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from tests.factories import make_criterion, make_fact, make_plan, make_tool
from tools.models import Criterion, Fact, Plan

pytestmark = pytest.mark.django_db


def test_tool_has_one_slug() -> None:
    make_tool(slug="lathe")
    with pytest.raises(IntegrityError, match="slug"):
        make_tool(slug="lathe")


@pytest.mark.parametrize("slug", ["Lathe", "lathe-", "-lathe", "la--the", "la the", "läthe", "", "lathe\n"])
def test_database_refuses_an_unclean_slug(slug: str) -> None:
    with pytest.raises(IntegrityError, match="tool_slug_is_clean"):
        make_tool(slug=slug)


def test_database_refuses_a_published_tool_without_a_date() -> None:
    with pytest.raises(IntegrityError, match="tool_that_was_published_has_a_date"):
        make_tool(published_at=None)


def test_database_refuses_an_unknown_status() -> None:
    with pytest.raises(IntegrityError, match="tool_status_is_known"):
        make_tool(status="lost")


@pytest.mark.parametrize(
    "price",
    [
        {"period": "free", "amount": Decimal(1), "currency": "USD"},
        {"period": "free", "amount": None, "currency": "USD"},
        {"period": "month", "amount": None, "currency": "USD"},
        {"period": "month", "amount": Decimal(0), "currency": "USD"},
        {"period": "month", "amount": Decimal(-1), "currency": "USD"},
        {"period": "month", "amount": Decimal(1), "currency": ""},
        {"period": "month", "amount": Decimal(1), "currency": "usd"},
    ],
)
def test_database_refuses_a_price_that_says_two_things(price: dict[str, object]) -> None:
    tool = make_tool()
    with pytest.raises(IntegrityError, match="plan_has_a_price_unless_free"), transaction.atomic():
        make_plan(tool, **price)
    assert not Plan.objects.exists()


def test_database_refuses_a_second_plan_of_one_name_and_a_second_fact_of_one_criterion() -> None:
    tool = make_tool()
    make_plan(tool, name="Pro")
    with pytest.raises(IntegrityError, match="one_plan_per_tool_and_name"), transaction.atomic():
        make_plan(tool, name="Pro")
    fact = make_fact(tool)
    with pytest.raises(IntegrityError, match="one_fact_per_tool_and_criterion"), transaction.atomic():
        make_fact(tool, fact.criterion)


@pytest.mark.parametrize(
    ("kind", "typed", "stored"),
    [("yes_no", "Yes", "yes"), ("number", "256000.0", "256000"), ("number", "1e3", "1000"), ("text", "Any", "Any")],
)
def test_fact_is_stored_in_one_form(kind: str, typed: str, stored: str) -> None:
    fact = make_fact(make_tool(), make_criterion(kind=kind), value=typed)
    fact.full_clean()
    assert fact.value == stored


@pytest.mark.parametrize(
    ("kind", "typed"),
    [("yes_no", "maybe"), ("number", "many"), ("number", "NaN"), ("number", "1e400"), ("number", "inf")],
)
def test_fact_of_the_wrong_kind_is_refused_with_its_criterion_named(kind: str, typed: str) -> None:
    criterion = make_criterion(kind=kind, name="Context window")
    fact = Fact(tool=make_tool(), criterion=criterion, value=typed)
    with pytest.raises(ValidationError) as refused:
        fact.clean()
    assert "Context window" in refused.value.message_dict["value"][0]


def test_criterion_kind_is_held_by_the_database() -> None:
    with pytest.raises(IntegrityError, match="criterion_kind_is_known"):
        Criterion.objects.create(slug="odd", name="Odd", kind="odd")
