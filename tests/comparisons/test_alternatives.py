"""Alternatives: nearest by equal facts, then by how often editors compared them, then the newest."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from tests.factories import PUBLISHED_AT, make_category, make_comparison, make_criterion, make_fact, make_tool
from tests.pages import texts
from tools.models import Tool

pytestmark = pytest.mark.django_db


def alternatives(client: Client, path: str) -> list[str]:
    (rows,) = texts(client.get(path), "rows")
    return [word for word in rows.split() if word.startswith("Alt")]


@pytest.fixture
def own() -> Tool:
    return make_tool(slug="own", category=make_category(name="Deck gear"))


def make_alternative(own: Tool, name: str, *, age: int = 0, **fields: object) -> Tool:
    given = {"category": own.category, "published_at": PUBLISHED_AT - timedelta(days=age), **fields}
    return make_tool(slug=name.lower(), name=name, **given)


def test_shared_facts_come_before_comparisons_and_those_before_age(client: Client, own: Tool) -> None:
    criteria = [make_criterion() for _ in range(3)]
    for criterion in criteria:
        make_fact(own, criterion, value="yes")
    make_alternative(own, "AltNewest", age=1)
    older = make_alternative(own, "AltCompared", age=5)
    one, two = (make_alternative(own, name, age=9) for name in ("AltOneFact", "AltTwoFacts"))
    make_comparison(own, older)
    for tool, number in ((one, 1), (two, 2)):
        for criterion in criteria[:number]:
            make_fact(tool, criterion, value="yes")
    make_fact(one, criteria[2], value="no")
    assert alternatives(client, "/tools/own/") == ["AltTwoFacts", "AltOneFact", "AltCompared", "AltNewest"]


def test_a_draft_comparison_brings_nobody_nearer(client: Client, own: Tool) -> None:
    make_alternative(own, "AltNewest", age=1)
    make_comparison(own, make_alternative(own, "AltDraft", age=5), status="draft", published_at=None)
    assert alternatives(client, "/tools/own/") == ["AltNewest", "AltDraft"]


def test_only_other_published_tools_of_the_class_and_at_most_five(client: Client, own: Tool) -> None:
    criterion = make_criterion()
    make_fact(own, criterion)
    make_fact(make_alternative(own, "AltElsewhere", category=make_category()), criterion)
    make_fact(make_alternative(own, "AltDraft", status="draft", published_at=None), criterion)
    make_fact(make_alternative(own, "AltNear", age=50), criterion)
    for number in range(6):
        make_alternative(own, f"Alt{number}", age=number)
    assert alternatives(client, "/tools/own/") == ["AltNear", "Alt0", "Alt1", "Alt2", "Alt3"]


def test_a_comparison_offers_what_is_near_to_any_of_its_tools(client: Client, own: Tool) -> None:
    criterion = make_criterion()
    others = [make_alternative(own, name) for name in ("Beside", "Third")]
    make_fact(others[1], criterion)
    make_alternative(own, "AltNewest", age=1)
    make_fact(make_alternative(own, "AltNear", age=5), criterion)
    assert alternatives(client, "/compare/beside-vs-own/") == ["AltNewest", "AltNear"]
    assert alternatives(client, "/compare/beside-vs-own-vs-third/") == ["AltNear", "AltNewest"]
