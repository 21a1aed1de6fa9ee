"""Every reader page: what it shows, its headers, and one word everywhere."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from tests.factories import (
    PUBLISHED_AT,
    make_category,
    make_comparison,
    make_fact,
    make_page,
    make_panel,
    make_plan,
    make_review,
    make_reviewer,
    make_tool,
)
from tests.pages import assert_safe, html_of, text_of, texts

pytestmark = pytest.mark.django_db

ADDRESSES = (
    *("/", "/tools/", "/tools/llama/", "/compare/", "/compare/llama-vs-mistral/", "/leaderboard/"),
    *("/reviewers/", "/reviewers/builder/", "/about/", "/methodology/", "/privacy/"),
)


@pytest.fixture
def publication() -> None:
    category = make_category(name="Developer Tools")
    llama = make_tool(slug="llama", name="Llama", category=category)
    mistral = make_tool(slug="mistral", name="Mistral", category=category)
    reviewer = make_reviewer(slug="builder", name="The Builder")
    make_review(llama, reviewer)
    make_review(mistral, reviewer, "skip")
    make_plan(llama)
    make_fact(llama)
    make_comparison(llama, mistral)
    make_page()


@pytest.mark.usefixtures("publication")
class TestEveryPage:
    @pytest.mark.parametrize("address", [*ADDRESSES, "/nowhere/", "/compare/llama-vs-ghost/"])
    def test_page_carries_no_cookie_and_no_token_and_its_headers(self, client: Client, address: str) -> None:
        response = client.get(address)
        assert not response.cookies
        assert "Cookie" not in response.get("Vary", "")
        assert "csrfmiddlewaretoken" not in html_of(response)
        assert_safe(response)

    @pytest.mark.parametrize("address", ADDRESSES)
    def test_page_is_the_same_for_an_editor_who_is_signed_in(
        self, client: Client, admin_client: Client, address: str
    ) -> None:
        make_tool(name="Secret draft", status="draft", published_at=None)
        assert client.get(address).content == admin_client.get(address).content

    @pytest.mark.parametrize("address", ADDRESSES)
    def test_page_has_one_h1_a_title_and_a_canonical_address(self, client: Client, address: str) -> None:
        html = html_of(client.get(address))
        assert html.count("<h1") == 1
        assert html.count("<title>") == 1
        assert f'<link rel="canonical" href="http://127.0.0.1:8000{address}">' in html
        assert " style=" not in html
        assert "<style" not in html

    @pytest.mark.parametrize("address", ADDRESSES)
    def test_page_cannot_be_posted_to(self, client: Client, address: str) -> None:
        assert client.post(address).status_code == 405

    @pytest.mark.parametrize("address", ADDRESSES)
    def test_every_link_of_ours_leads_somewhere(self, client: Client, address: str) -> None:
        html = html_of(client.get(address))
        links = {part.split('"')[0] for part in html.split('href="')[1:]}
        for link in sorted(link for link in links if link.startswith("/") and not link.startswith("/static/")):
            assert client.get(link, follow=True).status_code == 200, link


@pytest.mark.parametrize(
    ("verdicts", "word"), [("sskk", "Split"), ("sssk", "Ship"), ("skkk", "Skip"), ("", "Unreviewed")]
)
def test_one_word_on_every_page(client: Client, verdicts: str, word: str) -> None:
    category = make_category()
    tied = make_tool(slug="tied", name="Tied", category=category)
    make_panel(tied, verdicts)
    other = make_tool(slug="other", category=category)
    make_comparison(tied, other)
    assert texts(client.get("/tools/tied/"), "title-row") == [f"Tied {word}"]
    assert texts(client.get("/compare/other-vs-tied/"), "hull-verdict")[1] == word
    assert f"Tied Class {category.name.split()[1]} {word}" in texts(client.get("/tools/other/"), "rows")
    assert sorted(texts(client.get("/tools/"), "cell-verdict")) == sorted([word, "Unreviewed"])
    if verdicts:
        assert texts(client.get("/"), "cell-verdict") == [word]


@pytest.mark.parametrize("cookie", ["y", "x" * 31, "a" * 5000, "é" * 32, ""])
def test_a_csrf_cookie_that_is_not_ours_wins_no_cookie(client: Client, cookie: str) -> None:
    client.cookies["csrftoken"] = cookie
    page = client.get("/")
    assert (page.status_code, page.cookies, page["Vary"]) == (200, {}, "Accept-Encoding")


def test_home_of_an_empty_publication_is_complete_and_honest(client: Client) -> None:
    text = text_of(client.get("/"))
    assert "Nothing inspected yet" in text
    assert "No comparison has been written yet" in text
    assert "Nothing on the slip yet" in text_of(client.get("/tools/"))
    assert "Nobody aboard yet" in text_of(client.get("/reviewers/"))
    assert "About this publication" in text_of(client.get("/about/"))


def test_home_gives_tools_with_the_same_share_the_same_rank(client: Client) -> None:
    reviewers = [make_reviewer() for _ in range(4)]
    for name, verdicts in (("Anvil", "ssss"), ("Bellows", "ss"), ("Chisel", "sssk"), ("Drill", "")):
        make_panel(make_tool(name=name), verdicts, reviewers)
    assert re.findall(r'<li><span class="figure">(.)</span>', html_of(client.get("/"))) == ["1", "1", "3", "-"]


def test_home_shows_the_newest_verdicts_first_and_the_widest_split(client: Client) -> None:
    now = timezone.now()
    old, new = make_tool(name="Old"), make_tool(name="New")
    for tool, verdicts, day in ((old, "sk", 30), (new, "sssk", 1)):
        for letter in verdicts:
            make_review(tool, verdict="ship" if letter == "s" else "skip", published_at=now - timedelta(days=day))
    response = client.get("/")
    assert [cell.split()[0] for cell in texts(response, "cell-tool")] == ["New", "Old"]
    assert texts(response, "front-split")[0].startswith("The widest split on the panel Old")
    make_review(old, verdict="ship", published_at=now)
    make_review(old, verdict="skip", published_at=now)
    assert texts(client.get("/"), "front-split")[0].startswith("This week’s widest split Old")


def test_tools_are_ranked_by_panel_share_then_by_reviews_and_name(client: Client) -> None:
    for name, verdicts in (("B", "ss"), ("A", "ss"), ("C", "ssss"), ("D", "sssk"), ("E", ""), ("F", "kk")):
        make_panel(make_tool(name=name), verdicts)
    assert [cell.split()[0] for cell in texts(client.get("/tools/"), "cell-tool")] == ["C", "A", "B", "D", "F", "E"]


def test_tools_come_in_pages_and_absurd_page_numbers_in_the_nearest(client: Client) -> None:
    category = make_category()
    for number in range(30):
        make_tool(name=f"Tool {number:02}", category=category)
    assert "1 to 24 shown" in text_of(client.get("/tools/"))
    assert "25 to 30 shown" in text_of(client.get("/tools/?page=2"))
    for absurd, shown in (
        ("0", "25 to 30"),
        ("99", "25 to 30"),
        ("x", "1 to 24"),
        ("-1", "25 to 30"),
        ("1e9", "1 to 24"),
    ):
        assert f"{shown} shown" in text_of(client.get("/tools/", {"page": absurd}))


def test_reviewer_page_shows_record_and_remarks_of_public_tools_only(client: Client) -> None:
    reviewer = make_reviewer(slug="skeptic", name="The Skeptic", excites="facts\nfigures", tires="adjectives")
    make_review(make_tool(name="Seen"), reviewer, "ship")
    make_review(make_tool(name="Also seen"), reviewer, "skip")
    make_review(make_tool(name="Hidden", status="withdrawn"), reviewer, "ship", headline="Never shown")
    text = text_of(client.get("/reviewers/skeptic/"))
    assert "1 of 2" in text
    assert "facts figures" in text
    assert "Never shown" not in text
    assert "Written by a person" in text
    assert client.get("/reviewers/nobody/").status_code == 404


def test_text_of_editors_is_escaped_and_markdown_is_sanitised(client: Client) -> None:
    tool = make_tool(
        slug="x",
        name="<b>X</b>",
        tagline='"><script>alert(1)</script>',
        description="[x](javascript:alert(1)) <i>raw</i>",
    )
    make_review(tool, headline="<img src=x onerror=alert(1)>", body="**bold** <script>alert(1)</script>")
    html = html_of(client.get("/tools/x/"))
    assert "<script>alert" not in html
    assert "<img src=x" not in html
    assert 'href="javascript:' not in html
    assert "<strong>bold</strong>" in html
    assert "&lt;b&gt;X&lt;/b&gt;" in html


def test_a_review_published_later_is_not_counted_yet(client: Client) -> None:
    tool = make_tool(slug="x")
    make_review(tool, verdict="ship")
    make_review(tool, verdict="skip", status="scheduled", published_at=timezone.now() + timedelta(minutes=1))
    assert "1 of 1" in text_of(client.get("/tools/x/"))
    assert texts(client.get("/tools/"), "cell-verdict") == ["Ship"]


def test_a_broken_page_says_so_without_detail_and_without_the_database(client: Client) -> None:
    make_tool(slug="x")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE tools_plan RENAME TO lost")
    client.raise_request_exception = False
    response = client.get("/tools/x/")  # the transaction is broken by now: a page that asked anything would fail again
    assert response.status_code == 500
    assert "Taking on water" in text_of(response)
    assert "tools_plan" not in html_of(response)
    assert response["Content-Security-Policy"].startswith("default-src 'none'")


def test_a_forged_form_is_refused_in_our_own_words() -> None:
    strict = Client(enforce_csrf_checks=True)
    response = strict.post("/admin/login/", {"username": "x", "password": "y"})
    assert response.status_code == 403
    assert "We did not take that" in text_of(response)
    assert response["X-Frame-Options"] == "DENY"


def test_static_files_and_redirects_carry_the_headers_too(client: Client) -> None:
    for address in ("/static/img/favicon.svg", "/about"):
        response = client.get(address)
        assert response["X-Frame-Options"] == "DENY", address
        assert response["Content-Security-Policy"].startswith("default-src 'none'"), address
        assert response["X-Content-Type-Options"] == "nosniff", address
        response.close()


def test_dates_shown_are_those_of_the_rows(client: Client) -> None:
    make_panel(make_tool(slug="x"), "s")
    assert PUBLISHED_AT.strftime("%-d %b %Y") in text_of(client.get("/tools/x/"))
