"""Feeds and sitemaps, whatever words are in them, held against the schemas in tests/schemas."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from lxml import etree

from tests.factories import make_category, make_comparison, make_page, make_panel, make_review, make_reviewer, make_tool

pytestmark = pytest.mark.django_db

SCHEMAS = Path(__file__).resolve().parent.parent / "schemas"
ATOM, SITEMAP = "{http://www.w3.org/2005/Atom}", "{http://www.sitemaps.org/schemas/sitemap/0.9}"
AWKWARD = "\"A\" & 'B' <i>&amp;</i> ]]> Ω 日本語 \U0001f6a2 \x00\x01\x0b\x1f\ufffe\uffff\u2028 e\u0301".replace(
    "\x00", ""
)


def feed_faults(document: bytes) -> list[str]:
    """What RFC 4287 has against a feed: its grammar, then the rules that no grammar can hold."""
    root = etree.fromstring(document)
    grammar = etree.RelaxNG(etree.parse(SCHEMAS / "atom.rng"))
    faults = [] if grammar(root) else [str(error) for error in grammar.error_log] or ["no feed"]
    has_author = root.find(f"{ATOM}author") is not None
    for item in (root, *root.iter(f"{ATOM}entry")):
        links = [link for link in item.findall(f"{ATOM}link") if link.get("rel", "alternate") == "alternate"]
        kinds = [(link.get("type"), link.get("hreflang")) for link in links]
        if len(set(kinds)) < len(kinds):
            faults.append("4.1.1, 4.1.2: two alternate links of one kind")
        if item is root:
            continue
        if not has_author and item.find(f"{ATOM}author") is None:
            faults.append("4.1.2: an entry without an author")
        if not links and item.find(f"{ATOM}content") is None:
            faults.append("4.1.2: an entry with neither content nor an alternate link")
    ids = [item.findtext(f"{ATOM}id") for item in root.iter(f"{ATOM}entry")]
    return faults if len(set(ids)) == len(ids) else [*faults, "4.2.6: two entries with one identity"]


def sitemap_faults(document: bytes) -> list[str]:
    schema = etree.XMLSchema(etree.parse(SCHEMAS / "sitemap.xsd"))
    is_small = len(document) <= 50 * 2**20
    return [] if schema(etree.fromstring(document)) and is_small else [str(error) for error in schema.error_log]


def launch(words: str) -> None:
    """Tools, reviews, a comparison and a page, with these words wherever words may stand."""
    category = make_category(slug="awkward", name=words)
    reviewer = make_reviewer(name=words, lens=words)
    tools = [make_tool(name=words, maker=words, tagline=words, description=words, category=category) for _ in "ab"]
    for tool in tools:
        make_review(tool, reviewer, headline=words, body=f"# {words}\n\n<script>{words}</script>\n\n*{words}*")
        make_panel(tool, "sk")
    make_review(tools[0], published_at=timezone.now() - timedelta(days=3, microseconds=5))
    make_comparison(*tools)
    make_page()


@pytest.mark.parametrize("words", ["Plain", AWKWARD])
@pytest.mark.parametrize("address", ["/feeds/verdicts.atom", "/feeds/categories/awkward.atom"])
def test_a_feed_is_valid_whatever_the_words(client: Client, address: str, words: str) -> None:
    launch(words)
    document = client.get(address).content
    assert document.count(b"<entry>") == 7
    assert feed_faults(document) == []


def test_a_feed_of_awkward_words_still_says_them(client: Client) -> None:
    launch(AWKWARD)
    title = etree.fromstring(client.get("/feeds/categories/awkward.atom").content).findtext(f"{ATOM}title")
    assert title == "Drydock: \"A\" & 'B' <i>&amp;</i> ]]> Ω 日本語 \U0001f6a2 \u2028 e\u0301"


def test_an_empty_feed_is_valid(client: Client) -> None:
    make_category(slug="awkward")
    for address in ("/feeds/verdicts.atom", "/feeds/categories/awkward.atom"):
        assert feed_faults(client.get(address).content) == []


@pytest.mark.parametrize("is_empty", [True, False])
def test_the_sitemap_and_all_its_files_are_valid(client: Client, *, is_empty: bool) -> None:
    if not is_empty:
        launch(AWKWARD)
    index = client.get("/sitemap.xml").content
    assert sitemap_faults(index) == []
    files = [place.text for place in etree.fromstring(index).iter(f"{SITEMAP}loc")]
    assert len(files) == (1 if is_empty else 6)
    for file in files:
        assert sitemap_faults(client.get(file).content) == [], file


FEED = b"""<feed xmlns="http://www.w3.org/2005/Atom"><id>tag:a.example,2026:f</id><title>F</title>
<updated>2026-01-01T00:00:00Z</updated><entry><id>tag:a.example,2026:e</id><title>E</title>
<updated>2026-01-01T00:00:00Z</updated><author><name>A</name></author><link href="/e"/></entry></feed>"""
URLSET = b"""<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>https://a.example/</loc>
<lastmod>2026-01-01T00:00:00+00:00</lastmod></url></urlset>"""


@pytest.mark.parametrize(
    ("faults", "document", "right", "wrong"),
    [
        (feed_faults, FEED, b"<id>tag:a.example,2026:f</id>", b""),
        (feed_faults, FEED, b"<id>tag:a.example,2026:f</id>", b"<id>f</id>"),
        (feed_faults, FEED, b"<title>F</title>", b"<title>F</title><title>G</title>"),
        (feed_faults, FEED, b"<title>F</title>", b"<title type='markdown'>F</title>"),
        (feed_faults, FEED, b"<title>E</title>", b"<title><b>E</b></title>"),
        (feed_faults, FEED, b"2026-01-01T00:00:00Z", b"2026-01-01T00:00:00"),
        (feed_faults, FEED, b"2026-01-01T00:00:00Z", b"2026-01-01"),
        (feed_faults, FEED, b"<author><name>A</name></author>", b""),
        (feed_faults, FEED, b"<name>A</name>", b"<uri>https://a.example/</uri>"),
        (feed_faults, FEED, b'<link href="/e"/>', b""),
        (feed_faults, FEED, b'<link href="/e"/>', b'<link href="/e"/><link href="/f"/>'),
        (feed_faults, FEED, b'<link href="/e"/>', b'<link rel="alternate"/>'),
        (feed_faults, FEED, b"<entry>", b"<item/><entry>"),
        (sitemap_faults, URLSET, b"https://a.example/", b"/only/a/path/of/it/"),
        (sitemap_faults, URLSET, b"https://a.example/", b"https://a.example/" + 2048 * b"a"),
        (sitemap_faults, URLSET, b"T00:00:00+00:00", b"T00:00:00"),
        (sitemap_faults, URLSET, b"2026-01-01T00:00:00+00:00", b"yesterday"),
        (sitemap_faults, URLSET, b"</lastmod>", b"</lastmod><priority>2</priority>"),
        (sitemap_faults, URLSET, b"urlset", b"urllist"),
    ],
)
def test_the_schemas_refuse_what_is_wrong(
    faults: Callable[[bytes], list[Any]], document: bytes, right: bytes, wrong: bytes
) -> None:
    assert faults(document) == []
    assert right in document
    assert faults(document.replace(right, wrong)) != []
