"""Three and four tools side by side, and the ways to add one and take one out."""

from __future__ import annotations

import pytest
from django.test import Client

from reviews.models import Reviewer
from tests.factories import (
    make_category,
    make_criterion,
    make_fact,
    make_free_plan,
    make_panel,
    make_plan,
    make_reviewer,
    make_tool,
    make_votes,
)
from tests.pages import finding, html_of, text_of, texts
from tools.models import Tool

pytestmark = pytest.mark.django_db

THREE = "/compare/anchor-vs-bollard-vs-capstan/"
FOUR = "/compare/anchor-vs-bollard-vs-capstan-vs-davit/"


def make_fleet(*verdicts: str) -> tuple[list[Tool], list[Reviewer]]:
    reviewers = [make_reviewer(name=f"The {name}") for name in ("Builder", "Skeptic", "Futurist", "Founder")]
    category = make_category(name="Deck gear")
    tools = [make_tool(slug=name.lower(), name=name, category=category) for name in ("Anchor", "Bollard", "Capstan")]
    tools += [make_tool(slug="davit", name="Davit", category=category)] if len(verdicts) == 4 else []
    for tool, word in zip(tools, verdicts, strict=True):
        make_panel(tool, word, reviewers)
    return tools, reviewers


@pytest.mark.parametrize(
    ("verdicts", "sentence"),
    [
        (("sssk", "ssss", "kkks"), "The panel ranks Bollard first, 4 of 4; then Anchor, 3 of 4; then Capstan, 1 of 4."),
        (("sssk", "ssss", "ssss"), "The panel ranks Bollard and Capstan first, even on 4 of 4; then Anchor, 3 of 4."),
        (("ssss", "sk--", "sskk"), "The panel ranks Anchor first, 4 of 4; then Bollard and Capstan, even on 1 of 2 and "
         "2 of 4."),
        (("sk--", "sk--", "sk--"), "The panel calls it even, 1 of 2 each."),
        (("sk--", "sskk", "sk--"), "The panel calls it even, 1 of 2, 2 of 4 and 1 of 2."),
        (("sk--", "----", "sk--"), "The panel calls it even between Anchor and Capstan, 1 of 2 each; Bollard still "
         "waits for its first review."),
        (("ssss", "kkkk", "----"), "The panel ranks Anchor first, 4 of 4; then Bollard, 0 of 4; Capstan still waits "
         "for its first review."),
        (("----", "sssk", "----"), "The panel has reviewed Bollard, 3 of 4 ship; Anchor and Capstan still wait for "
         "their first review."),
        (("----", "----", "----"), "The panel has reviewed none of these three tools yet."),
        (("sssk", "ssss", "sssk", "kkkk"), "The panel ranks Bollard first, 4 of 4; then Anchor and Capstan, even on "
         "3 of 4; then Davit, 0 of 4."),
        (("----", "----", "----", "----"), "The panel has reviewed none of these four tools yet."),
    ],
)  # fmt: skip
def test_finding_says_how_the_panel_ranks(client: Client, verdicts: tuple[str, ...], sentence: str) -> None:
    make_fleet(*verdicts)
    assert finding(client.get(THREE if len(verdicts) == 3 else FOUR)) == sentence


def test_page_shows_verdicts_prices_votes_and_every_remark(client: Client) -> None:
    tools, _ = make_fleet("sssk", "sskk", "----", "ssss")
    make_free_plan(tools[0])
    make_plan(tools[1], name="Crew", source="https://tool.example.com/prices")
    make_votes(tools[0], 40, 10)
    response = client.get(FOUR)
    assert response.status_code == 200
    assert texts(response, "stamp")[:4] == ["Ship", "Split", "Unreviewed", "Ship"]
    assert "80% of 50 votes" in text_of(response)
    assert "source, read 2 Nov 2026" in text_of(response)
    assert html_of(response).count('action="/votes/') == 4
    assert len(texts(response, "remark")) == 16
    assert "Not reviewed yet by this reviewer. Listed since 2 Nov 2026." in text_of(response)
    assert texts(response, "basin-empty") == ["No reviews yet The panel has not been aboard."]


def test_facts_are_set_side_by_side_and_differences_marked(client: Client) -> None:
    tools, _ = make_fleet("s", "s", "s")
    window = make_criterion(name="Context window", kind="number", unit="tokens", position=1)
    hosting = make_criterion(name="Self-hosting", kind="yes_no", position=2)
    make_fact(tools[2], window, value="256000")
    for tool in tools:
        make_fact(tool, hosting, value="yes")
    response = client.get(THREE)
    rows = texts(response, "fact")
    assert rows[0] == "Licence Apache 2.0 Apache 2.0 Apache 2.0"
    assert rows[1].startswith("Differs: Context window Not stated Not stated 256K tokens")
    assert rows[2].startswith("Self-hosting Yes")
    assert "Only the 1 difference among the facts" in text_of(response)


@pytest.mark.parametrize("order", ["capstan-vs-bollard-vs-anchor", "Anchor-vs-capstan-vs-Bollard"])
def test_any_other_order_redirects_for_good(client: Client, order: str) -> None:
    make_fleet("s", "s", "s")
    response = client.get(f"/compare/{order}/")
    assert (response.status_code, response["Location"]) == (301, THREE)


def test_slugs_may_hold_vs(client: Client) -> None:
    make_fleet("s", "s", "s")
    make_tool(slug="draft-vs-final", name="Draft vs Final")
    response = client.get("/compare/draft-vs-final-vs-anchor-vs-bollard/")
    assert response["Location"] == "/compare/anchor-vs-bollard-vs-draft-vs-final/"
    assert "Draft vs Final" in text_of(client.get(response["Location"]))


def test_three_tools_are_never_indexed_and_name_their_own_address(client: Client) -> None:
    make_fleet("s", "s", "s")
    html = html_of(client.get(THREE))
    assert '<meta name="robots" content="noindex">' in html
    assert f'{THREE}">' in html.split('rel="canonical"')[1][:100]


def test_one_can_be_added_and_one_taken_out(client: Client) -> None:
    make_fleet("s", "s", "s", "s")
    html = html_of(client.get(THREE))
    assert 'href="/compare/anchor-vs-capstan/">' in html
    assert 'name="c" value="capstan"' in html
    assert "Add a fourth tool" in html
    added = client.get("/compare/", {"a": "anchor", "b": "bollard", "c": "capstan", "d": "Davit"})
    assert (added.status_code, added["Location"]) == (302, FOUR)
    assert "Add a" not in html_of(client.get(FOUR))
    pair = html_of(client.get("/compare/anchor-vs-bollard/"))
    assert "Add a third tool" in pair
    assert 'name="b" value="bollard"' in pair


def test_five_tools_are_a_404_that_helps(client: Client) -> None:
    make_fleet("s", "s", "s", "s")
    make_tool(slug="eyebolt", name="Eyebolt")
    assert client.get("/compare/anchor-vs-bollard-vs-capstan-vs-davit-vs-eyebolt/").status_code == 404


def test_a_tool_twice_among_three_is_a_404_that_keeps_the_others(client: Client) -> None:
    make_fleet("s", "s", "s")
    response = client.get("/compare/anchor-vs-anchor-vs-bollard/")
    assert response.status_code == 404
    assert "That is Anchor twice" in text_of(response)
    assert 'value="Anchor"' in html_of(response)
    assert 'value="Bollard"' in html_of(response)


def test_an_unknown_one_among_three_is_a_404_that_keeps_the_others(client: Client) -> None:
    make_fleet("s", "s", "s")
    response = client.get("/compare/anchor-vs-ghost-vs-capstan/")
    assert response.status_code == 404
    assert "no published tool at ghost." in text_of(response)
    assert "Anchor and Capstan are here." in text_of(response)
    assert 'value="Capstan"' in html_of(response)


class TestPicker:
    def test_three_and_four_lead_to_their_comparison(self, client: Client) -> None:
        make_fleet("s", "s", "s", "s")
        assert client.get("/compare/", {"a": "Capstan", "b": "anchor", "c": "BOLLARD", "d": ""})["Location"] == THREE
        assert client.get("/compare/", {"a": "Capstan", "b": "anchor", "d": "Bollard"})["Location"] == THREE

    def test_each_field_has_its_own_error(self, client: Client) -> None:
        make_fleet("s", "s", "s")
        response = client.get("/compare/", {"a": "anchor", "b": "ghost", "c": "capstan", "d": "Capstan"})
        assert texts(response, "field-error") == [
            "No tool called “ghost” is listed here. Pick one from the list.",
            "That is the same tool twice. Choose another one to set beside it.",
        ]
        assert 'value="capstan"' in html_of(response)

    def test_the_first_two_are_needed(self, client: Client) -> None:
        make_fleet("s", "s", "s")
        assert texts(client.get("/compare/", {"c": "anchor"}), "field-error") == ["This field is required."] * 2
