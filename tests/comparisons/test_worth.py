"""Which comparisons may be indexed: the rule, and what the page tells a search engine."""

from __future__ import annotations

import pytest
from django.test import Client

from comparisons.worth import Side, is_worth_indexing
from tests.factories import make_category, make_comparison, make_panel, make_tool
from tests.pages import html_of

NOINDEX = '<meta name="robots" content="noindex">'


@pytest.mark.parametrize(
    ("sides", "has_comparison", "worth"),
    [
        ([Side(1, 4), Side(1, 1)], False, True),
        ([Side(1, 4), Side(2, 1)], True, True),
        ([Side(1, 4), Side(2, 1)], False, False),
        ([Side(1, 4), Side(1, 0)], True, False),
        ([Side(1, 0), Side(1, 0)], False, False),
        ([Side(1, 4), Side(1, 4), Side(1, 4)], True, False),
    ],
)
def test_the_rule(sides: list[Side], has_comparison: bool, worth: bool) -> None:
    assert is_worth_indexing(sides, has_comparison=has_comparison) is worth


@pytest.mark.django_db
def test_the_page_says_so(client: Client) -> None:
    shared = make_category()
    for slug, verdicts, category in (("a", "s", shared), ("b", "k", shared), ("c", "", shared), ("d", "s", None)):
        make_panel(make_tool(slug=slug, category=category), verdicts)
    assert NOINDEX not in html_of(client.get("/compare/a-vs-b/"))
    assert NOINDEX in html_of(client.get("/compare/a-vs-c/"))
    assert NOINDEX in html_of(client.get("/compare/a-vs-d/"))


@pytest.mark.django_db
def test_a_published_comparison_of_an_editor_makes_two_classes_worth_it(client: Client) -> None:
    tools = [make_tool(slug=slug) for slug in "ab"]
    for tool in tools:
        make_panel(tool, "s")
    comparison = make_comparison(*tools)
    assert NOINDEX not in html_of(client.get("/compare/a-vs-b/"))
    type(comparison).objects.update(status="draft")
    assert NOINDEX in html_of(client.get("/compare/a-vs-b/"))
