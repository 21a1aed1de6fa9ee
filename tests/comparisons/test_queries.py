"""Every page has a fixed number of queries, with one and with three of everything."""

from __future__ import annotations

import pytest
from django.core.exceptions import FieldFetchBlocked
from django.db import connection
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries

from comparisons.models import Comparison
from comparisons.standings import count_votes
from reviews.models import Review, Reviewer
from tests.factories import (
    make_category,
    make_comparison,
    make_criterion,
    make_fact,
    make_page,
    make_panel,
    make_plan,
    make_review,
    make_reviewer,
    make_tool,
    make_votes,
    make_wanted,
)
from tools.models import Tool
from votes.models import Crowd

pytestmark = pytest.mark.django_db

BUDGET = {
    "/": 13,
    "/tools/": 7,
    "/tools/a/": 7,
    "/tools/?sort=community": 7,
    "/tools/?sort=newest&page=2": 7,
    "/tools/?sort=name&verdict=ship&verdict=skip&pricing=paid&licence=permissive": 7,
    "/tools/?category=class&verdict=ship&verdict=skip": 7,
    "/tools/?verdict=unreviewed": 3,
    "/categories/class/": 7,
    "/leaderboard/": 3,
    "/compare/": 3,
    "/compare/?a=a&b=b": 1,
    "/compare/a-vs-b/": 6,
    "/compare/a-vs-b-vs-third/": 6,
    "/compare/a-vs-b-vs-fourth-vs-third/": 6,
    "/compare/a-vs-b-vs-third/?w-r=3": 6,
    "/compare/a-vs-b/?w-r=3": 6,
    "/compare/b-vs-a/": 1,
    "/compare/third-vs-b-vs-a/": 1,
    "/compare/?a=a&b=b&c=third&d=fourth": 1,
    "/compare/a-vs-b-vs-ghost/": 4,
    "/compare/a-vs-ghost/": 4,
    "/reviewers/": 3,
    "/reviewers/r/": 7,
    "/about/": 1,
    "/privacy/": 1,
    "/sitemap.xml": 6,
    "/sitemaps/pages-1.xml": 1,
    "/sitemaps/tools-1.xml": 1,
    "/sitemaps/comparisons-1.xml": 2,
    "/sitemaps/pairs-1.xml": 3,
    "/sitemaps/reviewers-1.xml": 1,
    "/badge/a.svg": 3,
    "/badge/ghost.svg": 2,
    "/embed/a/": 3,
    "/embed/ghost/": 2,
    "/feeds/verdicts.atom": 1,
    "/ask/": 1,
}


def fill(number: int) -> None:
    """A publication with `number` of everything beside the pair a and b."""
    make_page()
    category = make_category(slug="class")
    reviewers = [make_reviewer(slug="r"), *(make_reviewer() for _ in range(number - 1))]
    pair = [make_tool(slug=slug, name=slug.upper(), category=category) for slug in "ab"]
    more = [make_tool(slug=slug, name=slug.upper(), category=category) for slug in ("third", "fourth")]
    others = [make_tool(category=category) for _ in range(number)]
    criteria = [make_criterion() for _ in range(number)]
    for tool in (*pair, *more, *others):
        for reviewer in reviewers:
            make_review(tool, reviewer, "skip" if reviewer is reviewers[-1] else "ship")
        for criterion in criteria:
            make_plan(tool)
            make_fact(tool, criterion)
        make_votes(tool, 10, number)
        make_votes(tool, 1, number, Crowd.PASSING)
    make_comparison(*pair)
    for other in others:
        make_comparison(pair[0], other)
        make_wanted()


@pytest.fixture(autouse=True)
def first_numbers() -> None:
    """The first file of a sitemap holds the first keys, however many tools other tests have made before."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER SEQUENCE tools_tool_id_seq RESTART")


@pytest.mark.parametrize("number", [1, 3])
@pytest.mark.parametrize("address", BUDGET)
def test_page_keeps_its_budget(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries, address: str, number: int
) -> None:
    fill(number)
    count_votes()
    client.get("/reviewers/")  # whatever was stored since is worked out by now: the budget is that of the next reader
    with django_assert_num_queries(BUDGET[address]):
        assert client.get(address).status_code in (200, 301, 302, 404)


@pytest.mark.parametrize("number", [1, 3])
@pytest.mark.parametrize("address", ["/leaderboard/divisive/", "/leaderboard/overruled/"])
def test_the_lists_of_disagreement_keep_their_budget(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries, address: str, number: int
) -> None:
    reviewers = [make_reviewer() for _ in range(3)]
    for _ in range(number):
        tool = make_tool()
        make_panel(tool, "ssk", reviewers)
        make_votes(tool, 0, 10)
    count_votes()
    with django_assert_num_queries(5):
        assert "Does one thing." in client.get(address).content.decode()


def test_a_hidden_query_on_a_public_row_is_an_error() -> None:
    fill(1)
    public: list[tuple[object, str]] = [
        (Tool.objects.published()[0], "category"),
        (Review.objects.published()[0], "tool"),
        (Comparison.objects.published()[0], "first_tool"),
        (Reviewer.objects.on_panel().defer("motto")[0], "motto"),
    ]
    for row, relation in public:
        with pytest.raises(FieldFetchBlocked):
            getattr(row, relation)
