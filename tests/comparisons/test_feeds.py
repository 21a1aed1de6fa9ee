"""The Atom feeds, held against RFC 4287."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from tests.factories import make_category, make_review, make_reviewer, make_tool
from tests.pages import html_of

pytestmark = pytest.mark.django_db

ATOM = "{http://www.w3.org/2005/Atom}"
ONCE = ("id", "title", "updated")


def feed(client: Client, address: str = "/feeds/verdicts.atom") -> Element:
    """The parsed feed, after everything RFC 4287 asks of any feed has been checked."""
    response = client.get(address)
    assert response.status_code == 200
    assert response["Content-Type"] == "application/atom+xml; charset=utf-8"
    root = fromstring(response.content)  # noqa: S314 - it is our own
    assert root.tag == f"{ATOM}feed"
    entries = root.findall(f"{ATOM}entry")
    for element in (root, *entries):
        for name in ONCE:
            assert len(element.findall(f"{ATOM}{name}")) == 1, name
            assert text(element, name), name
        assert text(element, "id").startswith("tag:127.0.0.1,2026:")
        assert datetime.fromisoformat(text(element, "updated")).tzinfo
        links = element.findall(f"{ATOM}link")
        assert [link.get("rel") for link in links].count("alternate") == 1
        assert all((link.get("href") or "").startswith("http://127.0.0.1:8000/") for link in links)
    for entry in entries:
        (author,) = entry.findall(f"{ATOM}author")
        assert text(author, "name")
        assert datetime.fromisoformat(text(entry, "published")) <= datetime.fromisoformat(text(entry, "updated"))
        assert [content.get("type") for content in entry.findall(f"{ATOM}content")] == ["html"]
    ids = [text(entry, "id") for entry in entries]
    assert len(set(ids)) == len(ids)
    (own,) = [link for link in root.findall(f"{ATOM}link") if link.get("rel") == "self"]
    assert own.get("href") == f"http://127.0.0.1:8000{address}"
    return root


def text(element: Element, name: str) -> str:
    return element.findtext(f"{ATOM}{name}") or ""


def titles(root: Element) -> list[str]:
    return [text(entry, "title") for entry in root.findall(f"{ATOM}entry")]


def test_verdicts_come_newest_first_and_only_when_public(client: Client) -> None:
    ann, tool, now = make_reviewer(name="Ann"), make_tool(name="Lathe"), timezone.now()
    make_review(tool, ann, "ship", published_at=now - timedelta(days=2))
    make_review(make_tool(name="Plane"), ann, "skip", published_at=now - timedelta(days=1))
    make_review(tool, verdict="ship", status="scheduled", published_at=now + timedelta(hours=1))
    make_review(tool, verdict="ship", status="withdrawn")
    make_review(make_tool(status="draft", published_at=None))
    root = feed(client)
    assert titles(root) == ["Plane: SKIP says Ann", "Lathe: SHIP says Ann"]
    assert text(root, "updated") == max(text(entry, "updated") for entry in root.findall(f"{ATOM}entry"))


def test_an_entry_keeps_its_identity_when_everything_is_renamed(client: Client) -> None:
    review = make_review(make_tool(slug="old", name="Old"))
    before = text(feed(client).findall(f"{ATOM}entry")[0], "id")
    review.tool.name, review.tool.slug, review.headline = "New", "new", "Other words."
    review.tool.save()
    review.save()
    root = feed(client)
    assert titles(root)[0].startswith("New")
    assert text(root.findall(f"{ATOM}entry")[0], "id") == before


def test_words_are_escaped_and_control_characters_left_out(client: Client) -> None:
    make_review(
        make_tool(name="A & B <i>\x0b"),
        headline="<script>alert(1)</script>\x01",
        body="**bold** <script>x</script>\x02",
    )
    (entry,) = feed(client).findall(f"{ATOM}entry")
    assert text(entry, "title").startswith("A & B <i>: SHIP")
    assert text(entry, "summary") == "SHIP. &lt;script&gt;alert(1)&lt;/script&gt;"
    assert "<strong>bold</strong>" in text(entry, "content")
    assert "<script>" not in text(entry, "content")


def test_a_category_has_a_feed_of_its_own(client: Client) -> None:
    mine = make_category(slug="mine", name="Mine & yours")
    make_review(make_tool(name="Here", category=mine), make_reviewer(name="Ann"))
    make_review(make_tool(name="Elsewhere"))
    root = feed(client, "/feeds/categories/mine.atom")
    assert titles(root) == ["Here: SHIP says Ann"]
    assert text(root, "title") == "Drydock: Mine & yours"
    assert {link.get("href") for link in root.findall(f"{ATOM}link") if link.get("rel") == "alternate"} == {
        "http://127.0.0.1:8000/categories/mine/"
    }
    assert client.get("/feeds/categories/ghost.atom").status_code == 404


def test_an_empty_feed_is_a_feed_and_stays_the_same(client: Client) -> None:
    assert titles(feed(client)) == []
    assert client.get("/feeds/verdicts.atom").content == client.get("/feeds/verdicts.atom").content


def test_a_feed_holds_the_last_fifty(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for _ in range(51):
        make_review(make_tool())
    with django_assert_num_queries(1):
        root = feed(client)
    assert len(titles(root)) == 50


@pytest.mark.parametrize("address", ["/", "/tools/", "/about/"])
def test_pages_name_the_feed(client: Client, address: str) -> None:
    response: Any = client.get(address)
    assert (
        '<link rel="alternate" type="application/atom+xml" title="Drydock: verdicts" href="/feeds/verdicts.atom">'
        in html_of(response)
    )


@pytest.mark.parametrize("is_empty", [True, False])
def test_the_page_of_a_category_leads_to_its_feed(client: Client, *, is_empty: bool) -> None:
    category = make_category(slug="writing", name="Writing & more")
    if not is_empty:
        make_review(make_tool(category=category))
    page = html_of(client.get("/categories/writing/"))
    address = 'href="/feeds/categories/writing.atom"'
    assert f'<link rel="alternate" type="application/atom+xml" title="Drydock: Writing &amp; more" {address}>' in page
    assert f"<a {address}>Atom feed</a>" in page
    assert len(titles(feed(client, "/feeds/categories/writing.atom"))) == (0 if is_empty else 1)
