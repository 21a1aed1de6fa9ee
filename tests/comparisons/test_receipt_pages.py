"""The list of receipts, its filters and feed, and each receipt at its own address."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from comparisons.models import Receipt
from comparisons.receipts.listing import PER_PAGE
from reviews.models import Review, Reviewer
from reviews.services import publish_review, withdraw_review
from tests.comparisons.test_feeds import feed, text, titles
from tests.factories import (
    make_category,
    make_comparison,
    make_criterion,
    make_fact,
    make_free_plan,
    make_plan,
    make_review,
    make_reviewer,
    make_tool,
)
from tests.pages import html_of, text_of, texts
from tests.passing_time import pass_time
from tools.models import Fact, Plan, Tool

pytestmark = pytest.mark.django_db

DRAFT: dict[str, Any] = {"status": "draft", "published_at": None}


def lines(client: Client, query: str = "") -> list[str]:
    """The list's receipts in words, newest first, without their numbers and when they were entered."""
    shown = texts(client.get(f"/receipts/{query}"), "receipt")
    return [re.sub(r"( Entered on [^.]*\.)? [^.]*: receipt \d+$", "", line) for line in shown]


def change(row: Any, **fields: Any) -> None:
    type(row).objects.filter(pk=row.pk).update(**fields)


def test_each_change_is_a_sentence(client: Client) -> None:
    tool = make_tool(name="Lathe", slug="lathe", category=make_category(name="Workshop"))
    review = make_review(tool, make_reviewer(name="The Builder"), "skip")
    plan = make_plan(tool, name="Pro", amount=Decimal(20))
    free = make_free_plan(tool)
    fact = make_fact(tool, make_criterion(name="Window", kind="number", unit="tokens"), value="128000")
    pass_time(timedelta(days=1))
    change(review, verdict="ship")
    change(review, headline="Better.")
    change(plan, amount=25)
    change(plan, checked_on="2026-11-20")
    change(plan, note="Now with a chuck")
    change(fact, value="256000")
    Plan.objects.filter(pk=free.pk).delete()
    change(tool, tagline="Turns.", licence="MIT")
    withdraw_review(Review.objects.get(pk=review.pk), reason="Looked again.")
    assert lines(client)[:9] == [
        "The Builder takes SHIP back.",
        "The entry changes: licence, tagline.",
        "Free Plan Free is no longer on file.",
        "128K tokens to 256K tokens Window changes.",
        "$25/mo Plan Pro stays as it was; changed: note.",
        "$25/mo Plan Pro was read again: no change.",
        "$20/mo to $25/mo Plan Pro changes.",
        "The Builder stays with SHIP; changed: headline.",
        "SKIP to SHIP The Builder moves from SKIP to SHIP.",
    ]
    assert lines(client, "?kind=tool")[1:] == ["Listed in Workshop."]


def test_advice_and_names_are_told_too(client: Client) -> None:
    comparison = make_comparison(make_tool(name="A", slug="a"), make_tool(name="B", slug="b"))
    change(comparison, summary="Other.")
    assert lines(client, "?kind=comparison") == [
        "The editor’s advice on this pair changes: summary.",
        "An editor’s advice on this pair appears.",
    ]
    assert texts(client.get("/receipts/?kind=comparison"), "tool-tag") == ["A vs B"] * 2
    reviewer = make_reviewer(name="Ann")
    change(reviewer, is_active=False)
    change(reviewer, name="Anna")
    change(reviewer, motto="No.")
    Reviewer.objects.filter(pk=reviewer.pk).delete()
    assert lines(client, "?kind=name")[:5] == [
        "Reviewer Anna is struck off.",
        "Reviewer Anna changes: motto.",
        "Reviewer Ann is called Anna from now on.",
        "Ann leaves the panel.",
        "Reviewer Ann is entered.",
    ]
    assert not any("Reviewer" in line for line in lines(client)), "names are listed only when asked for"


def test_what_is_to_come_is_neither_listed_nor_counted_nor_at_its_address(client: Client) -> None:
    review = make_review(make_tool(), **DRAFT)
    publish_review(review, at=timezone.now() + timedelta(hours=1))
    (receipt,) = Receipt.objects.filter(kind="verdict")
    assert client.get(receipt.get_absolute_url()).status_code == 404
    assert "1 receipt, 1 to 1 shown" in text_of(client.get("/receipts/"))
    assert titles(feed(client, "/feeds/receipts.atom")) == [f"{review.tool.name}: Listed in {review.tool.category}."]
    pass_time(timedelta(hours=2))
    assert client.get(receipt.get_absolute_url()).status_code == 200
    assert "2 receipts, 1 to 2 shown" in text_of(client.get("/receipts/"))


@pytest.fixture
def log() -> None:
    """Two tools of two classes, two reviewers, one price."""
    ann, bob = make_reviewer(slug="ann", name="Ann"), make_reviewer(slug="bob", name="Bob")
    lathe = make_tool(name="Lathe", slug="lathe", category=make_category(slug="metal", name="Metal"))
    plane = make_tool(name="Plane", slug="plane", category=make_category(slug="wood", name="Wood"))
    for tool in (lathe, plane):
        make_review(tool, ann)
    make_review(plane, bob)
    make_plan(lathe)


@pytest.mark.usefixtures("log")
@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 6),
        ("?kind=verdict", 3),
        ("?kind=verdict&kind=price", 4),
        ("?category=metal", 3),
        ("?category=metal&category=wood", 6),
        ("?reviewer=ann", 2),
        ("?reviewer=ann&category=wood", 1),
        ("?reviewer=ann&kind=price", 0),
        ("?tool=lathe", 3),
        ("?tool=Lathe%20&kind=tool", 1),
        ("?tool=ghost", 0),
        ("?kind=ghost&category=ghost&reviewer=ghost&page=ghost", 6),
        ("?kind=name", 4),
    ],
)
def test_filters_narrow_and_the_count_is_what_is_listed(client: Client, query: str, count: int) -> None:
    response = client.get(f"/receipts/{query}")
    assert len(texts(response, "receipt")) == count
    assert f"{count} receipt{'s' if count != 1 else ''}" in text_of(response)


@pytest.mark.usefixtures("log")
def test_the_number_beside_a_choice_is_what_it_would_leave(client: Client) -> None:
    choices = texts(client.get("/receipts/?category=wood"), "choice")
    assert choices == ["Verdicts 2", "Tools 1", "Names of things 1", "Metal 3", "Wood 3", "Ann 1", "Bob 1"]
    for query, label in (("?kind=tool", "Tools 2"), ("?kind=verdict&reviewer=bob", "Bob 1")):
        assert label in texts(client.get(f"/receipts/{query}"), "choice")


@pytest.mark.usefixtures("log")
def test_a_filter_can_be_let_go(client: Client) -> None:
    html = html_of(client.get("/receipts/?kind=verdict&category=wood&tool=plane"))
    assert 'href="/receipts/?category=wood&amp;tool=plane"' in html
    assert 'href="/receipts/?kind=verdict&amp;category=wood"' in html
    assert "Tool: Plane" in html
    assert '<meta name="robots" content="noindex, follow">' in html
    assert "noindex" not in html_of(client.get("/receipts/"))


def test_pages_and_budget(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    plan = make_plan(make_tool())
    for number in range(1, PER_PAGE + 5):
        change(plan, amount=20 + number)
    for query, count in (("", PER_PAGE), ("?page=2", 6), ("?page=99", 6), ("?kind=price", PER_PAGE)):
        with django_assert_num_queries(4):
            response = client.get(f"/receipts/{query}")
        assert len(texts(response, "receipt")) == count


def test_an_empty_log_says_so(client: Client) -> None:
    assert "The log is empty" in text_of(client.get("/receipts/"))
    assert titles(feed(client, "/feeds/receipts.atom")) == []


def test_a_receipt_has_a_page_with_every_word(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    review = make_review(make_tool(name="Lathe", slug="lathe"), make_reviewer(name="Ann"), "skip", body="Bent <b>.")
    change(review, verdict="ship", body="Straight.")
    changed, published = Receipt.objects.filter(kind="verdict")
    with django_assert_num_queries(1):
        response = client.get(changed.get_absolute_url())
    assert "Body Bent <b>. Straight. Verdict skip ship" in text_of(response)
    assert "Ann moves from SKIP to SHIP." in text_of(response)
    assert f'href="/tools/lathe/?as_of={changed.effective_at.date().isoformat()}"' in html_of(response)
    assert "Headline It floats." in text_of(client.get(published.get_absolute_url()))
    assert client.get("/receipts/999999999999/").status_code == 404
    assert client.get("/receipts/99999999999999999999999/").status_code == 404


def test_a_tool_that_has_no_page_is_named_and_not_linked(client: Client) -> None:
    tool = make_tool(name="Gone", slug="gone")
    assert 'href="/tools/gone/"' in html_of(client.get("/receipts/"))
    Tool.objects.filter(pk=tool.pk).delete()
    response = client.get("/receipts/")
    assert texts(response, "tool-tag") == ["Gone", "Gone"]
    assert 'href="/tools/gone/"' not in html_of(response)


def test_what_was_entered_later_says_when(client: Client) -> None:
    make_tool()

    assert f"entered on {timezone.now():%-d %b %Y}" in text_of(client.get("/receipts/"))


def test_the_feed_has_the_newest_changes_and_no_names(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    tool = make_tool(name="A & B")
    fact = make_fact(tool, make_criterion(name="Window"), value="<1>")
    pass_time(timedelta(hours=1))
    Fact.objects.filter(pk=fact.pk).delete()
    with django_assert_num_queries(1):
        client.get("/feeds/receipts.atom")
    root = feed(client, "/feeds/receipts.atom")
    assert titles(root)[0] == "A & B: Window is no longer on file."
    entry = root.findall("{http://www.w3.org/2005/Atom}entry")[0]
    assert text(entry, "content") == "<p>&lt;1&gt; Window is no longer on file.</p>"
    assert len(titles(root)) == 3
    assert client.get("/feeds/receipts.xml")["Location"] == "/feeds/receipts.atom"
