"""Badge and embed: one word everywhere, kept by any cache, shown by any site, well formed whatever a tool is called."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from lxml import etree, html

from comparisons.models import Receipt
from comparisons.reading import load_tool_card
from comparisons.sharing.badges import STYLE_HASH
from comparisons.sharing.plates import load_plate, plate_of
from reviews.verdicts import verdict_word, word_text
from tests.e2e.page_types import public_patterns
from tests.factories import (
    PUBLISHED_AT,
    make_category,
    make_criterion,
    make_fact,
    make_free_plan,
    make_panel,
    make_plan,
    make_review,
    make_reviewer,
    make_tool,
    make_votes,
)
from tests.pages import html_of, text_of, texts
from tests.passing_time import pass_time
from tools.models import Criterion, Fact, Plan, Tool

pytestmark = pytest.mark.django_db

SVG = "{http://www.w3.org/2000/svg}"
BADGE, EMBED = "/badge/x.svg", "/embed/x/"


def badge(client: Client, slug: str = "x") -> Any:
    response = client.get(f"/badge/{slug}.svg")
    assert response["Content-Type"] == "image/svg+xml; charset=utf-8"
    return etree.fromstring(response.content)


def words(picture: Any) -> list[str]:
    return [run.text for run in picture.iter(f"{SVG}text")]


def title(picture: Any) -> str:
    return str(picture.findtext(f"{SVG}title"))


def days_ago(days: int) -> Any:
    return timezone.now().date() - timedelta(days=days)


@pytest.mark.parametrize(
    ("verdicts", "word", "count"),
    [
        ("sskk", "Split", "2 of 4"),
        ("sssk", "Ship", "3 of 4"),
        ("kkkk", "Skip", "0 of 4"),
        ("s", "Ship", "1 of 1"),
        ("", "Unreviewed", ""),
    ],
)
def test_the_same_word_on_page_card_badge_embed_feed_api_picture_and_structured_data(
    client: Client, verdicts: str, word: str, count: str
) -> None:
    category = make_category()
    tool = make_tool(slug="x", name="Lathe", category=category)
    make_tool(slug="y", category=category)
    make_panel(tool, verdicts)
    page = client.get("/tools/x/")
    assert texts(page, "stamp-large") == [word]
    assert word in texts(client.get("/tools/"), "cell-verdict")
    assert any(word in row for row in texts(client.get("/tools/y/"), "rows"))
    assert texts(client.get("/compare/x-vs-y/"), "hull-verdict")[0] == word
    drawn = badge(client)
    assert words(drawn)[:3] == ["Drydock", word, *([count] if count else ["listed 2 Nov 2026"])]
    assert f"Drydock on Lathe: {word}, " in title(drawn)
    assert texts(client.get(EMBED), "stamp") == [word]
    assert texts(client.get(EMBED), "embed-verdict") == [f"{word} {count} on the panel" if count else word]
    told = json.loads(client.get("/api/v1/tools/x/").content)["panel"]
    assert (word_text(told["word"]), told["text"]) == (word, count or "0 of 0")
    said = re.findall(r"<title>Lathe: (SHIP|SKIP) says", client.get("/feeds/verdicts.atom").content.decode())
    assert word_text(verdict_word(said.count("SHIP"), len(said))) == word
    assert re.search(r'og:image:alt" content="Lathe: (\w+)', html_of(page))[1] == word  # type: ignore[index]
    headlines = re.findall(r'"headline":"(\w+), [0-9] of [0-9] on the panel"', html_of(page))
    assert headlines == ([word] if count else [])


def test_the_page_shows_the_badge_that_is_served(client: Client) -> None:
    tool = make_tool(slug="x", name="Lathe")
    make_panel(tool, "ssk")
    make_plan(tool, checked_on=days_ago(181))
    make_fact(tool)
    make_votes(tool, 8, 4)
    card = load_tool_card("x")[0]
    assert plate_of(card) == load_plate("x")
    shown = html.fromstring(client.get("/tools/x/").content).xpath('//img[@src="/badge/x.svg"]')[0]
    served = badge(client)
    assert (
        shown.get("alt")
        == title(served)
        == ("Drydock on Lathe: Ship, 2 of 3 on the panel, surveyed 2 Nov 2026, re-inspection due.")
    )
    assert (shown.get("width"), shown.get("height")) == (served.get("width"), served.get("height"))


def test_a_reader_s_own_panel_leaves_the_badge_alone(client: Client) -> None:
    tool = make_tool(slug="x")
    make_review(tool, make_reviewer(slug="one"), "ship")
    make_review(tool, make_reviewer(slug="two"), "skip")
    page = client.get("/tools/x/?w-two=3")
    assert texts(page, "stamp-large") == ["Skip"]
    assert "Split, 1 of 2" in html.fromstring(page.content).xpath('//img[@src="/badge/x.svg"]')[0].get("alt")


def test_it_bears_the_day_of_the_newest_published_review(client: Client) -> None:
    tool = make_tool(slug="x", published_at=datetime(2026, 9, 1, tzinfo=UTC))
    assert words(badge(client))[-1] == "listed 1 Sep 2026"
    assert texts(client.get(EMBED), "embed-dated") == ["listed since 1 Sep 2026"]
    make_review(tool)
    make_review(tool, published_at=PUBLISHED_AT - timedelta(days=9))
    make_review(tool, verdict="skip", status="scheduled", published_at=timezone.now() + timedelta(days=1))
    make_review(tool, verdict="skip", status="draft", published_at=None)
    assert words(badge(client)) == ["Drydock", "Ship", "2 of 2", "2 Nov 2026"]
    assert texts(client.get(EMBED), "embed-dated") == ["surveyed 2 Nov 2026"]
    assert "Surveyed 2 Nov 2026" in text_of(client.get("/tools/x/"))


class TestFreshness:
    """A fact, or a price, past its limit: on the page, on the comparison, on badge and embed alike."""

    @staticmethod
    def due(client: Client) -> dict[str, bool]:
        paths = {"tool": "/tools/x/", "pair": "/compare/x-vs-y/", "three": "/compare/x-vs-y-vs-z/", "embed": EMBED}
        said = {name: "re-inspection due" in text_of(client.get(path)) for name, path in paths.items()}
        drawn = badge(client)
        assert ("re-inspection due" in words(drawn)[-1]) == ("re-inspection due" in title(drawn))
        return said | {"badge": "re-inspection due" in title(drawn)}

    @pytest.fixture
    def tool(self) -> Tool:
        for slug in ("y", "z"):
            make_tool(slug=slug)
        return make_tool(slug="x")

    def test_a_fact_is_due_after_the_house_s_days_or_its_criterion_s_own(self, client: Client, tool: Tool) -> None:
        criterion = make_criterion()
        make_fact(tool, criterion, checked_on=days_ago(180))
        assert set(self.due(client).values()) == {False}
        Fact.objects.update(checked_on=days_ago(181))
        assert set(self.due(client).values()) == {True}
        for path in ("/tools/x/", "/compare/x-vs-y/", "/compare/x-vs-y-vs-z/"):
            assert texts(client.get(path), "due-tag") == ["checked 181 days ago: re-inspection due"], path
        Criterion.objects.update(good_for_days=365)
        assert set(self.due(client).values()) == {False}
        Criterion.objects.update(good_for_days=7)
        Fact.objects.update(checked_on=days_ago(8))
        assert set(self.due(client).values()) == {True}

    def test_a_price_is_due_too(self, client: Client, tool: Tool) -> None:
        make_free_plan(tool, checked_on=days_ago(400))
        make_fact(tool)
        assert set(self.due(client).values()) == {True}
        for path in ("/tools/x/", "/compare/x-vs-y/", "/compare/x-vs-y-vs-z/"):
            assert texts(client.get(path), "due-tag") == ["checked 400 days ago: re-inspection due"], path
        Plan.objects.update(checked_on=days_ago(1))
        assert set(self.due(client).values()) == {False}

    def test_what_others_have_is_not_held_against_a_tool(self, client: Client, tool: Tool) -> None:
        make_fact(Tool.objects.get(slug="y"), checked_on=days_ago(999))
        assert "re-inspection due" not in text_of(client.get("/tools/x/"))
        assert "re-inspection due" not in title(badge(client))

    def test_a_page_of_a_day_gone_by_is_judged_by_that_day(self, client: Client) -> None:
        # Its receipts say that it was checked 170 days ago, and go back twenty days.
        tool = make_tool(slug="x", published_at=timezone.now() - timedelta(days=150))
        criterion = make_criterion(good_for_days=40)
        make_fact(tool, criterion, checked_on=days_ago(60))
        make_fact(tool, checked_on=days_ago(60))
        pass_time(timedelta(days=30))
        assert Receipt.objects.filter(kind="fact").count() == 2
        for ago, marks in ((25, []), (5, ["checked 55 days ago: re-inspection due"])):
            past = client.get(f"/tools/x/?as_of={days_ago(ago)}")
            assert texts(past, "due-tag") == marks, ago
            assert ("re-inspection due" in text_of(past)) == bool(marks)


class TestKeeping:
    @pytest.fixture(autouse=True)
    def tool(self) -> Tool:
        tool = make_tool(slug="x", name="Lathe")
        make_panel(tool, "sssk")
        make_plan(tool)
        return tool

    @pytest.mark.parametrize("address", [BADGE, EMBED])
    def test_any_cache_may_keep_it_and_ask_again(self, client: Client, admin_client: Client, address: str) -> None:
        first = client.get(address)
        assert first["Cache-Control"] == "public, max-age=3600"
        assert first["Vary"] == "Accept-Encoding"
        assert not first.cookies
        assert first.content == admin_client.get(address).content
        again = client.get(address, headers={"if-none-match": first["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        for header in ("ETag", "Cache-Control", "Vary", "Cross-Origin-Resource-Policy", "Content-Security-Policy"):
            assert again[header] == first[header], header
        assert ("X-Frame-Options" in again) == ("X-Frame-Options" in first)
        small = client.get(address, headers={"accept-encoding": "br"})
        assert small["Content-Encoding"] == "br"
        assert small["ETag"] == first["ETag"]
        assert client.head(address)["ETag"] == first["ETag"]
        assert client.post(address).status_code == 405

    @pytest.mark.parametrize("address", [BADGE, EMBED])
    def test_the_etag_changes_with_what_is_shown_and_with_nothing_else(
        self, client: Client, tool: Tool, address: str
    ) -> None:
        seen = [client.get(address)["ETag"]]

        def changed() -> bool:
            seen.append(client.get(address)["ETag"])
            return seen[-1] != seen[-2]

        Tool.objects.filter(pk=tool.pk).update(description="Other words.", licence="MIT", updated_at=timezone.now())
        make_tool(name="Another")
        make_fact(tool)
        make_votes(tool, 3, 3)  # too few to be shown
        assert not changed()
        make_review(tool, verdict="skip", published_at=PUBLISHED_AT + timedelta(days=1))
        assert changed()
        Plan.objects.update(checked_on=days_ago(181))
        assert changed()
        Tool.objects.filter(pk=tool.pk).update(name="Lathe 2")
        assert changed()
        make_votes(tool, 9, 1)
        make_free_plan(tool)
        assert changed() == (address == EMBED)  # a badge has neither votes nor price

    def test_a_badge_may_be_shown_anywhere_and_runs_nothing(self, client: Client) -> None:
        response = client.get(BADGE)
        assert response["Content-Security-Policy"] == (
            "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox; "
            f"style-src {STYLE_HASH}"
        )
        assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["X-Frame-Options"] == "DENY"
        used = {element.tag.removeprefix(SVG) for element in etree.fromstring(response.content).iter()}
        assert used == {"svg", "title", "style", "path", "g", "text"}

    def test_an_embed_alone_may_be_framed_and_has_neither_script_nor_form(self, client: Client) -> None:
        response = client.get(EMBED)
        assert response["Content-Security-Policy"] == (
            "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; base-uri 'none'; "
            "form-action 'none'; frame-ancestors *"
        )
        assert "X-Frame-Options" not in response
        assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert (
            response["Cross-Origin-Embedder-Policy"] == "require-corp"
        )  # so that a page that asks for it may frame us
        page = html.fromstring(response.content)
        assert page.xpath("//script | //form | //iframe | //@style | //style") == []
        assert page.xpath("//meta[@name='robots']/@content") == ["noindex"]
        assert page.xpath("//link[@rel='canonical']/@href") == ["http://127.0.0.1:8000/tools/x/"]
        assert {(link.get("target"), link.get("rel")) for link in page.iter("a")} == {("_blank", "noopener")}

    def test_nothing_else_may_be_framed_and_only_pictures_are_for_other_sites(self, client: Client) -> None:
        made_for_others = {"badge", "embed", "site_picture", "tool_picture", "pair_picture"}
        open_data = {
            "open_data_file",
            "open_data_dated",
            "open_data_verifier",
            "api_about",
            "api",
            "openapi",
            "api_list",
            "api_detail",
        }
        answers = {}
        for pattern in public_patterns():
            known = {
                "slug": "x",
                "address": "x-vs-y",
                "number": 1,
                "section": "tools",
                "day": days_ago(1),
                "token": "t",
            }
            picture = {"name": f"{7:040x}.png"} if pattern.name == "media" else {}
            given = {name: known.get(name, 1) for name in pattern.pattern.converters} | picture
            answers[pattern.name] = client.get(reverse(pattern.name, kwargs=given))
        framed = {name for name, answer in answers.items() if "X-Frame-Options" not in answer}
        open_policy = {name for name, answer in answers.items() if "ancestors *" in answer["Content-Security-Policy"]}
        assert framed == open_policy == {"embed"}
        shown = {name for name, answer in answers.items() if answer["Cross-Origin-Resource-Policy"] == "cross-origin"}
        # Of pairs there is none here: a 404 is not for others.
        assert shown - open_data == made_for_others - {"pair_picture"}

    def test_an_embed_says_what_the_page_says(self, client: Client, tool: Tool) -> None:
        assert "$20/mo" in text_of(client.get(EMBED))
        make_votes(tool, 5, 4)
        assert "Community" not in text_of(client.get(EMBED))
        make_votes(tool, 1, 0)
        assert "Community ship 60% of 10 votes" in text_of(client.get(EMBED))
        assert texts(client.get("/tools/x/"), "score-line") == ["60% of 10 votes"]


@pytest.mark.parametrize("state", ["draft", "withdrawn", "scheduled", "unknown"])
def test_what_is_not_public_is_not_found_and_shows_as_much(client: Client, state: str) -> None:
    make_panel(
        make_tool(
            slug="x" if state != "unknown" else "other",
            name="Secret",
            status="published" if state == "unknown" else state,
            published_at=timezone.now() + timedelta(days=1) if state == "scheduled" else PUBLISHED_AT,
        ),
        "s",
    )
    assert client.get("/tools/x/").status_code == 404
    for address in (BADGE, EMBED):
        response = client.get(address, headers={"if-none-match": "*"})
        assert response.status_code == 404
        assert response["Cache-Control"] == "public, max-age=60"
        assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert "ETag" not in response
        assert b"Secret" not in response.content
    assert words(badge(client)) == ["Drydock", "No verdict"]
    lost = client.get(EMBED)
    assert "No verdict on file" in text_of(lost)
    assert "X-Frame-Options" not in lost
    assert client.get("/badge/.svg")["X-Frame-Options"] == "DENY"  # no address of ours: the usual page


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>",
        """"quotes" & 'more' ]]> --> &amp; &#0;""",
        "W" * 120,
        "\u202eevil\u202c עברית العربية",
        "👩‍🚀🏴‍☠️ 漢字",
        "a\x01b\x0bc\uffff",
        "[x](javascript:alert(1)) `y` *z* \\ | ~",
        "{{ 7 * 7 }} {% raw %} %(name)s %",
    ],
)
def test_whatever_a_tool_is_called_it_is_well_formed_and_says_so(client: Client, name: str) -> None:
    make_review(make_tool(slug="x", name=name))
    legal = re.sub("[\x01\x0b\uffff]", "", name)
    drawn = badge(client)
    assert title(drawn).startswith(f"Drydock on {legal}: Ship, 1 of 1")
    assert {element.tag.removeprefix(SVG) for element in drawn.iter()} <= {
        *("svg", "title", "style", "path", "g", "text", "circle")
    }
    assert int(drawn.get("width")) < 400
    embed = html.fromstring(client.get(EMBED).content.decode())
    assert embed.xpath("//script | //a[starts-with(@href, 'javascript')]") == []
    page = html.fromstring(client.get("/tools/x/").content.decode())
    markdown, code, frame = (
        page.xpath(f"//textarea[@id='snippet-{kind}']")[0].text for kind in ("markdown", "html", "embed")
    )
    one_line = " ".join(legal.split())
    assert html.fromstring(code).xpath("//img/@alt") == [f"The verdict of Drydock on {one_line}"]
    assert html.fromstring(code).xpath("//*/@href | //*/@src") == [
        "http://127.0.0.1:8000/tools/x/",
        "http://127.0.0.1:8000/badge/x.svg",
    ]
    assert html.fromstring(frame).xpath("@src | @title") == [
        "http://127.0.0.1:8000/embed/x/",
        f"The verdict of Drydock on {one_line}",
    ]
    assert re.fullmatch(
        r"\[!\[(?:[^\\`*_{}\[\]()<>#+!|~&]|\\.)*\]\(http://127\.0\.0\.1:8000/badge/x\.svg\)\]"
        r"\(http://127\.0\.0\.1:8000/tools/x/\)",
        markdown.strip("\n"),
    )
