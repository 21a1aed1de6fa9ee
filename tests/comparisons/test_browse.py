"""The table of all tools: every filter, every order, and whatever a reader may put into an address."""

from __future__ import annotations

from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.test import Client

from comparisons.standings import count_votes
from reviews.services import withdraw_review
from tests.factories import (
    PUBLISHED_AT,
    make_category,
    make_criterion,
    make_fact,
    make_free_plan,
    make_panel,
    make_plan,
    make_review,
    make_tool,
    make_votes,
)
from tests.pages import html_of, text_of, texts

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf() -> None:
    """Four tools, no two alike."""
    code, prose = make_category(slug="code", name="Code"), make_category(slug="prose", name="Prose")
    hosting = make_criterion(slug="self-hosting", name="Self-hosting", kind="yes_no")
    anvil = make_tool(name="Anvil", slug="anvil", category=code, licence="Apache 2.0")
    make_panel(anvil, "ssss")
    make_free_plan(anvil)
    make_fact(anvil, hosting, value="yes")
    bellows = make_tool(name="Bellows", slug="bellows", category=code, licence="Proprietary")
    make_panel(bellows, "sskk")
    make_free_plan(bellows)
    make_plan(bellows, name="Pro")
    make_fact(bellows, hosting, value="no")
    crank = make_tool(name="Crank", slug="crank", category=prose, licence="GPL 3.0")
    make_panel(crank, "kk")
    make_plan(crank, name="Metered", period="usage", unit="1M tokens")
    make_tool(name="Drill", slug="drill", category=prose, licence="")
    make_votes(crank, 40, 0)
    make_votes(anvil, 10, 10)
    count_votes()


def names(client: Client, **given: Any) -> list[str]:
    return [cell.split()[0] for cell in texts(client.get("/tools/", given), "cell-tool")]


def counts(client: Client, **given: Any) -> dict[str, str]:
    """The number beside each choice."""
    choices = (choice.rpartition(" ") for choice in texts(client.get("/tools/", given), "choice"))
    return {label: number for label, _, number in choices}


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"category": "code"}, ["Anvil", "Bellows"]),
        ({"category": ["code", "prose"]}, ["Anvil", "Bellows", "Crank", "Drill"]),
        ({"verdict": "ship"}, ["Anvil"]),
        ({"verdict": "split"}, ["Bellows"]),
        ({"verdict": "skip"}, ["Crank"]),
        ({"verdict": "unreviewed"}, ["Drill"]),
        ({"verdict": ["skip", "split"]}, ["Bellows", "Crank"]),
        ({"pricing": "free"}, ["Anvil"]),
        ({"pricing": "free-plan"}, ["Anvil", "Bellows"]),
        ({"pricing": "paid"}, ["Crank"]),
        ({"pricing": "usage"}, ["Crank"]),
        ({"licence": "permissive"}, ["Anvil"]),
        ({"licence": "copyleft"}, ["Crank"]),
        ({"licence": ["proprietary", "unstated"]}, ["Bellows", "Drill"]),
        ({"hosting": "self"}, ["Anvil"]),
        ({"category": "code", "pricing": "free-plan", "verdict": "split"}, ["Bellows"]),
        ({"category": "prose", "verdict": "ship"}, []),
    ],
)
def test_filters_combine(client: Client, given: dict[str, object], found: list[str]) -> None:
    assert names(client, **given) == found


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize(
    ("sort", "found"),
    [
        ("panel", ["Anvil", "Bellows", "Crank", "Drill"]),
        ("community", ["Crank", "Anvil", "Bellows", "Drill"]),
        ("newest", ["Anvil", "Bellows", "Crank", "Drill"]),
        ("name", ["Anvil", "Bellows", "Crank", "Drill"]),
        ("backwards", ["Anvil", "Bellows", "Crank", "Drill"]),
    ],
)
def test_every_order(client: Client, sort: str, found: list[str]) -> None:
    assert names(client, sort=sort) == found


def test_newest_is_the_newest_verdict(client: Client) -> None:
    for name, days in (("Old", 0), ("New", 9), ("Middle", 4)):
        make_review(make_tool(name=name), published_at=PUBLISHED_AT + timedelta(days=days))
    make_tool(name="Waiting")
    assert names(client, sort="newest") == ["New", "Middle", "Old", "Waiting"]


@pytest.mark.usefixtures("shelf")
def test_counts_are_what_each_choice_would_leave(client: Client) -> None:
    assert counts(client) == {
        **{"Ship": "1", "Split": "1", "Skip": "1", "Unreviewed": "1", "Code": "2", "Prose": "2", "Free": "1"},
        **{"Has a free plan": "2", "Paid from the start": "1", "By usage": "1", "Open, permissive": "1"},
        **{"Open, copyleft": "1", "Proprietary": "1", "Not stated": "1", "Can be self-hosted": "1"},
    }
    narrowed = counts(client, category="code", verdict="ship")
    assert narrowed["Code"] == "1"  # one of Code ships; the category itself does not narrow its own group
    assert "Prose" not in narrowed  # nothing of Prose ships
    assert (narrowed["Ship"], narrowed["Split"]) == ("1", "1")
    for label, group, value in (("Prose", "category", "prose"), ("By usage", "pricing", "usage")):
        assert counts(client)[label] == str(len(names(client, **{group: value})))


@pytest.mark.usefixtures("shelf")
def test_chosen_filters_are_chips_that_take_one_away(client: Client) -> None:
    response = client.get("/tools/?category=code&verdict=split&sort=name")
    assert "Remove filter: Split" in texts(response, "chips")[0]
    html = unescape(html_of(response))
    assert 'href="/tools/?category=code&sort=name"' in html
    assert 'href="/tools/?verdict=split&sort=name"' in html
    assert 'value="code" checked' in html
    assert 'value="name" selected' in html


@pytest.mark.usefixtures("shelf")
def test_an_empty_result_says_what_to_loosen(client: Client) -> None:
    response = client.get("/tools/?category=code&verdict=skip")
    assert "Nothing fits all of that" in text_of(response)
    assert texts(response, "rows")[0] == "Any verdict 2 tools Any class 1 tool"
    nothing = client.get("/tools/?category=code&verdict=skip&hosting=self&licence=unstated")
    assert "No single filter is to blame" in text_of(nothing)


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize(
    "query",
    [
        "category=nowhere&verdict=maybe&pricing=&licence=%00&hosting=1&sort=DROP+TABLE",
        "category[]=code&verdict[0]=ship&page[]=2",
        "sort=panel&sort=;--&page=1;--",
        "page=99999999999999999999999&verdict=%FF%FE",
        f"category={'x' * 3000}",
        "unknown=1&&&==&%",
    ],
)
def test_what_nobody_knows_is_left_out(client: Client, query: str) -> None:
    response = client.get(f"/tools/?{query}")
    assert response.status_code == 200
    assert len(texts(response, "cell-tool")) == 4


def test_pages_keep_the_filters_and_ties_share_a_rank(client: Client) -> None:
    category = make_category(slug="code")
    for number in range(26):
        make_panel(make_tool(name=f"Even {number:02}", category=category), "sk")
    make_panel(make_tool(name="Best", category=category), "ss")
    for name in ("Last", "Also last"):
        make_panel(make_tool(name=name, category=category), "kk")
    make_tool(name="Unseen", category=category)
    first = client.get("/tools/?category=code&verdict=ship&verdict=split&verdict=skip&verdict=unreviewed&sort=panel")
    assert texts(first, "cell-lead") == ["1", *["2"] * 23]
    links = [part.split('"')[0] for part in unescape(html_of(first)).split('href="')[1:]]
    (following,) = {link for link in links if parse_qsl(urlsplit(link).query)[-1:] == [("page", "2")]}
    second = client.get(f"/tools/{following}")
    assert texts(second, "cell-lead") == ["2", "2", "2", "28", "28", "-"]
    assert [cell.split(" Does")[0] for cell in texts(second, "cell-tool")][3:] == ["Also last", "Last", "Unseen"]
    assert texts(client.get("/categories/code/"), "cell-lead") == texts(first, "cell-lead")
    assert texts(client.get("/categories/code/?page=2"), "cell-lead") == texts(second, "cell-lead")


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize(
    ("address", "canonical", "is_indexed"),
    [
        ("/tools/", "/tools/", True),
        ("/tools/?category=code", "/categories/code/", True),
        ("/tools/?category=code&verdict=ship", "/tools/", False),
        ("/tools/?verdict=ship", "/tools/", False),
        ("/tools/?sort=name", "/tools/", False),
        ("/categories/code/", "/categories/code/", True),
        ("/categories/code/?sort=community", "/categories/code/", False),
    ],
)
def test_only_plain_lists_are_for_search_engines(
    client: Client, address: str, canonical: str, *, is_indexed: bool
) -> None:
    html = html_of(client.get(address))
    assert f'<link rel="canonical" href="http://127.0.0.1:8000{canonical}">' in html
    assert ('<meta name="robots" content="noindex' not in html) == is_indexed


@pytest.mark.usefixtures("shelf")
def test_a_category_is_a_ranked_list_of_its_own(client: Client) -> None:
    response = client.get("/categories/code/")
    assert [cell.split()[0] for cell in texts(response, "cell-tool")] == ["Anvil", "Bellows"]
    assert texts(response, "cell-lead") == ["1", "2"]
    assert client.get("/categories/nowhere/").status_code == 404
    assert client.get("/categories/code/?page=x&sort=%00").status_code == 200
    assert 'href="/categories/code/"' in html_of(client.get("/tools/anvil/"))
    assert 'href="/categories/code/"' in html_of(client.get("/tools/"))
    make_category(slug="empty")
    assert "Nothing in this class yet" in text_of(client.get("/categories/empty/"))


def test_lists_follow_an_editor_at_once(client: Client) -> None:
    tool = make_tool(name="Tool")
    (review,) = make_panel(tool, "s")
    assert names(client, verdict="ship") == ["Tool"]
    withdraw_review(review, reason="Looked again.")
    assert names(client, verdict="ship") == []
    assert names(client, verdict="unreviewed") == ["Tool"]
    plan = make_free_plan(tool)
    assert names(client, pricing="free") == ["Tool"]
    plan.delete()
    assert names(client, pricing="free") == []
    review.delete()
    tool.delete()
    assert names(client) == []


def test_disagreement_is_said_on_the_tool_and_the_comparison(client: Client) -> None:
    category = make_category()
    loved, plain = make_tool(slug="loved", category=category), make_tool(slug="plain", category=category)
    make_panel(loved, "sssk")
    make_votes(loved, 4, 6)
    words = "1 of 4 on the panel disagrees, 25%. Panel and community are 35 points apart."
    assert texts(client.get("/tools/loved/"), "disagreement") == [words]
    assert texts(client.get("/compare/loved-vs-plain/"), "disagreement") == [words]
    make_panel(plain, "s")
    assert texts(client.get("/tools/plain/"), "disagreement") == []
