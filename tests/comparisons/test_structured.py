"""JSON-LD says what the page says, and nothing else."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.test import Client

from tests.factories import (
    make_comparison,
    make_free_plan,
    make_page,
    make_panel,
    make_plan,
    make_review,
    make_reviewer,
    make_tool,
    make_votes,
)
from tests.pages import finding, html_of, text_of, texts
from votes.models import Crowd

pytestmark = pytest.mark.django_db

BLOCK = re.compile(r"<script([^>]*)>(.*?)</script>", re.DOTALL)


def things(response: Any) -> list[dict[str, Any]]:
    """The graph of the page's one block of JSON-LD; every other script has an address."""
    inline = [(attributes, text) for attributes, text in BLOCK.findall(html_of(response)) if "src=" not in attributes]
    assert [attributes for attributes, _ in inline] == [' type="application/ld+json"']
    document = json.loads(inline[0][1])
    assert document["@context"] == "https://schema.org"
    graph: list[dict[str, Any]] = document["@graph"]
    return graph


def thing(response: Any, kind: str) -> dict[str, Any]:
    (found,) = [node for node in things(response) if node["@type"] == kind]
    return found


@pytest.mark.parametrize("votes", [(0, 0), (6, 3), (7, 3), (27, 15)])
def test_rating_is_the_community_share_on_the_page_and_begins_at_ten_account_votes(
    client: Client, votes: tuple[int, int]
) -> None:
    tool = make_tool(slug="x")
    make_votes(tool, *votes)
    make_votes(tool, 40, 2, Crowd.PASSING)
    response = client.get("/tools/x/")
    (line,) = texts(response, "score-line")
    software = thing(response, "SoftwareApplication")
    if sum(votes) < 10:
        assert "aggregateRating" not in software
        assert "%" not in line
    else:
        rating = software["aggregateRating"]
        assert line == f"{rating['ratingValue']}% of {rating['ratingCount']} votes"
        assert (rating["worstRating"], rating["bestRating"]) == (0, 100)


@pytest.mark.parametrize(
    ("verdicts", "headline"),
    [
        ("sssk", "Ship, 3 of 4 on the panel"),
        ("sskk", "Split, 2 of 4 on the panel"),
        ("k", "Skip, 0 of 1 on the panel"),
        ("", None),
    ],
)
def test_reviews_are_those_of_the_page(client: Client, verdicts: str, headline: str | None) -> None:
    tool = make_tool(slug="x", name="Lathe")
    make_panel(tool, verdicts)
    response = client.get("/tools/x/")
    software = thing(response, "SoftwareApplication")
    if headline is None:
        assert "review" not in software
        assert texts(response, "title-row") == ["Lathe Unreviewed"]
        return
    panel, *reviews = software["review"]
    assert panel["headline"] == headline
    word, count = headline.removesuffix(" on the panel").split(", ")
    assert texts(response, "title-row") == [f"Lathe {word}"]
    assert texts(response, "hull-count") == [f"{count} ship"]
    assert len(reviews) == len(texts(response, "remark")) == len(verdicts)
    for review, shown in zip(reviews, texts(response, "remark"), strict=True):
        verdict, who = review["name"].removesuffix(" on Lathe").split(": ")
        assert shown.startswith(who)
        assert shown.lower().endswith(verdict.lower())
        assert review["headline"] in shown
        assert review["reviewBody"] in shown
    assert not {"reviewRating", "positiveNotes", "negativeNotes"} & {
        key for review in software["review"] for key in review
    }


def test_an_author_is_what_the_reviewer_discloses(client: Client) -> None:
    tool = make_tool(slug="x")
    make_review(tool, make_reviewer(slug="ann", name="Ann", written_by="person"))
    make_review(tool, make_reviewer(slug="bot", name="The Bot", written_by="software"))
    _, ann, bot = thing(client.get("/tools/x/"), "SoftwareApplication")["review"]
    assert ann["author"] == {"@type": "Person", "name": "Ann", "url": "http://127.0.0.1:8000/reviewers/ann/"}
    assert (bot["author"]["@type"], bot["author"]["name"]) == ("SoftwareApplication", "The Bot")
    assert thing(client.get("/reviewers/bot/"), "ProfilePage")["mainEntity"]["@type"] == "SoftwareApplication"


def test_offers_are_the_plans_of_the_page(client: Client) -> None:
    tool = make_tool(slug="x")
    make_free_plan(tool)
    make_plan(tool, name="Pro", amount="12.5000", currency="EUR", unit="seat")
    response = client.get("/tools/x/")
    free, pro = thing(response, "SoftwareApplication")["offers"]
    assert (free["description"], free["price"]) == ("Free", "0")
    assert pro["priceSpecification"] == {
        "@type": "UnitPriceSpecification",
        "price": "12.5",
        "priceCurrency": "EUR",
        "unitText": "seat / month",
    }
    for offer in (free, pro):
        assert offer["name"] in text_of(response)
        assert offer["description"] in text_of(response)


def test_a_tool_of_which_nothing_is_known_says_nothing_more(client: Client) -> None:
    make_tool(slug="x", name="X", licence="", launched_on=None)
    assert set(thing(client.get("/tools/x/"), "SoftwareApplication")) == {
        *("@type", "@id", "name", "description", "applicationCategory", "url", "mainEntityOfPage", "creator"),
    }


def test_a_comparison_lists_its_tools_with_the_words_of_the_page(client: Client) -> None:
    first, second = make_tool(slug="a", name="A"), make_tool(slug="b", name="B")
    make_panel(first, "sssk")
    make_votes(second, 8, 2)
    make_comparison(first, second)
    response = client.get("/compare/a-vs-b/")
    a, b = [entry["item"] for entry in thing(response, "ItemList")["itemListElement"]]
    assert (a["name"], a["review"]["headline"]) == ("A", "Ship, 3 of 4 on the panel")
    assert "3 of 4 ship" in finding(response)
    assert "review" not in b
    assert (b["aggregateRating"]["ratingValue"], b["aggregateRating"]["ratingCount"]) == (80, 10)
    assert [step["name"] for step in thing(response, "BreadcrumbList")["itemListElement"]] == [
        "Drydock",
        "Compare two tools",
        "A vs B",
    ]


def test_no_name_breaks_out_of_the_block(client: Client) -> None:
    name = "</script><script>alert(1)</script><!-- & \u2028"
    tool = make_tool(slug="x", name=name, tagline='"quoted" </script>')
    make_review(tool, headline="</script>", body="</script> <b>bold</b> & more")
    response = client.get("/tools/x/")
    software = thing(response, "SoftwareApplication")
    assert software["name"] == name
    assert software["review"][1]["headline"] == "</script>"
    assert software["review"][1]["reviewBody"] == "</script> <b>bold</b> & more"


@pytest.mark.parametrize(
    "address",
    ["/", "/tools/", "/compare/", "/leaderboard/", "/reviewers/", "/about/", "/methodology/", "/privacy/", "/ask/"],
)
def test_breadcrumbs_end_at_the_page(client: Client, address: str) -> None:
    make_page(title="About us")
    response = client.get(address)
    if address == "/":
        assert thing(response, "WebSite")["url"] == "http://127.0.0.1:8000/"
        return
    steps = thing(response, "BreadcrumbList")["itemListElement"]
    assert [step["position"] for step in steps] == [1, 2]
    assert steps[0]["item"] == "http://127.0.0.1:8000/"
    assert steps[-1]["item"] == f"http://127.0.0.1:8000{address}"
    assert f"<h1>{steps[-1]['name']}</h1>" in html_of(response)


def test_a_page_that_is_not_there_says_nothing(client: Client) -> None:
    html = html_of(client.get("/nowhere/"))
    assert "ld+json" not in html
    assert "og:" not in html
    assert 'rel="canonical"' not in html
