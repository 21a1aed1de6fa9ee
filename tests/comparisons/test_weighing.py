"""A reader's own weights: what they change, what they never change, and where they lead back."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from comparisons.scorecards import Remark, Scorecard
from comparisons.weighing import PRESETS, Weighed, read_weights
from reviews.models import Reviewer
from reviews.verdicts import Word
from tests.factories import PUBLISHED_AT, make_panel, make_reviewer, make_tool
from tests.pages import finding, html_of, text_of, texts

SLUGS = ("the-builder", "the-skeptic", "the-futurist", "the-founder")
NOINDEX = '<meta name="robots" content="noindex">'
verdicts = st.lists(st.sampled_from(["ship", "skip", None]), min_size=4, max_size=4)
weights = st.lists(st.integers(0, 3), min_size=4, max_size=4)


def card(given: list[str | None], levels: list[int]) -> Scorecard:
    """A scorecard with these verdicts of reviewers 0 to 3, under these weights."""
    seat = SimpleNamespace()
    remarks = {
        number: Remark(seat, verdict, "", "", PUBLISHED_AT, PUBLISHED_AT)  # type: ignore[arg-type]
        for number, verdict in enumerate(given)
        if verdict
    }
    return Scorecard(SimpleNamespace(), remarks=remarks, weights=dict(enumerate(levels)))  # type: ignore[arg-type]


@given(verdicts, st.integers(1, 3))
def test_equal_weights_give_the_published_word_and_percent(given: list[str | None], level: int) -> None:
    weighed = card(given, [level] * 4)
    assert (weighed.shown.word, weighed.shown.percent) == (weighed.panel.word, weighed.panel.percent)


@given(verdicts, weights, st.integers(1, 5))
def test_scaling_all_weights_changes_nothing(given: list[str | None], levels: list[int], factor: int) -> None:
    one, other = card(given, levels).shown, card(given, [level * factor for level in levels]).shown
    assert (one.word, one.percent) == (other.word, other.percent)


@given(verdicts, weights, st.integers(0, 3))
def test_a_reviewer_without_weight_cannot_change_the_word(given: list[str | None], levels: list[int], who: int) -> None:
    levels[who] = 0
    words = {card([*given[:who], verdict, *given[who + 1 :]], levels).shown.word for verdict in ("ship", "skip", None)}
    assert len(words) == 1


@given(st.dictionaries(st.sampled_from([f"w-{slug}" for slug in SLUGS]), st.sampled_from("0123"), min_size=1))
def test_an_address_gives_back_the_weights_it_was_made_from(query: dict[str, str]) -> None:
    seats = cast("list[Weighed]", [SimpleNamespace(pk=slug, slug=slug, short_name=slug) for slug in SLUGS])
    first = read_weights(query, seats)
    again = read_weights(dict(part.split("=") for part in first.query.removeprefix("?").split("&") if part), seats)
    assert again.by_seat == first.by_seat


@pytest.fixture
def panel(db: None) -> list[Reviewer]:
    names = ("The Builder", "The Skeptic", "The Futurist", "The Founder")
    reviewers = [make_reviewer(slug=slug, name=name) for slug, name in zip(SLUGS, names, strict=True)]
    for slug, word in (("llama", "sssk"), ("mistral", "kkks"), ("bare", "s---"), ("empty", "----")):
        make_panel(make_tool(slug=slug, name=slug.title()), word, reviewers)
    return reviewers


@pytest.mark.usefixtures("panel")
class TestPages:
    def test_a_tool_page_weighs_word_share_and_count_and_says_so(self, client: Client) -> None:
        response = client.get("/tools/llama/?w-the-founder=3&w-the-builder=0")
        assert texts(response, "stamp-large") == ["Skip"]
        assert "40% 2 of 5 ship" in text_of(response)
        (said,) = texts(response, "own-panel")
        assert said == (
            "Your panel: Builder 0, Skeptic 1, Futurist 1, Founder 3. Shares and counts of the panel are weights here. "
            "The published verdict is Ship, 75%, 3 of 4. Back to the published page"
        )

    def test_weighted_pages_are_not_indexed_and_name_the_published_address(self, client: Client) -> None:
        make_panel(make_tool(slug="near", category=None), "s")
        for path in ("/tools/llama/", "/compare/llama-vs-mistral/", "/compare/bare-vs-llama-vs-mistral/"):
            html = html_of(client.get(f"{path}?w-the-founder=3"))
            assert NOINDEX in html
            assert f'{path}">' in html.split('rel="canonical"')[1][:100]
            assert f'<a href="{path}">Back to the published page</a>' in html
        assert NOINDEX not in html_of(client.get("/tools/llama/"))

    def test_the_sentence_of_a_pair_follows_the_weights(self, client: Client) -> None:
        published = finding(client.get("/compare/llama-vs-mistral/"))
        assert published.startswith("The panel leans Llama, 3 of 4 against 1 of 4")
        weighed = finding(client.get("/compare/llama-vs-mistral/?w-the-founder=3&w-the-builder=0"))
        assert weighed == (
            "Your panel leans Mistral, 3 of 5 against 2 of 5; they split on The Skeptic, The Futurist and The Founder."
        )

    def test_the_sentence_of_three_follows_the_weights(self, client: Client) -> None:
        response = client.get("/compare/bare-vs-llama-vs-mistral/?w-the-founder=3&w-the-builder=0")
        assert finding(response) == (
            "Your panel ranks Mistral first, 3 of 5; then Llama, 2 of 5; nobody you gave weight to has reviewed Bare."
        )
        assert texts(response, "basin-empty") == ["No weight here Nobody you gave weight to has been aboard."]

    @pytest.mark.parametrize(
        ("address", "sentence"),
        [
            (
                "bare-vs-llama",
                "Your panel has reviewed Llama, 2 of 3 ship; nobody you gave weight to has reviewed Bare.",
            ),
            ("bare-vs-empty", "Nobody you gave weight to has reviewed either tool."),
        ],
    )
    def test_nobody_with_weight_is_said_and_is_no_verdict(self, client: Client, address: str, sentence: str) -> None:
        response = client.get(f"/compare/{address}/?w-the-builder=0")
        assert finding(response) == sentence
        assert "Unreviewed" in texts(response, "hull-verdict")

    @pytest.mark.parametrize("query", ["w-the-builder=1", "&".join(f"w-{slug}=2" for slug in SLUGS)])
    @pytest.mark.parametrize(
        "path", ["/tools/llama/", "/compare/llama-vs-mistral/", "/compare/bare-vs-llama-vs-mistral/"]
    )
    def test_equal_weights_lead_back_to_the_published_page(self, client: Client, path: str, query: str) -> None:
        response = client.get(f"{path}?{query}")
        assert (response.status_code, response["Location"]) == (302, path)

    @pytest.mark.parametrize(
        ("query", "said"),
        [
            ("w-the-builder=4", "A weight is 0, 1, 2 or 3; anything else was left out."),
            ("w-the-builder=-1", "A weight is 0, 1, 2 or 3; anything else was left out."),
            ("w-the-builder=%00", "A weight is 0, 1, 2 or 3; anything else was left out."),
            ("w-the-builder=" + "9" * 5000, "A weight is 0, 1, 2 or 3; anything else was left out."),
            ("w-<script>=2", "A weight for somebody who is not on this panel was left out."),
            ("&".join(f"w-{slug}=0" for slug in SLUGS),
             "With 0 for everybody nobody is left to ask, so the weights were left out."),
        ],
    )  # fmt: skip
    def test_weights_that_cannot_be_are_left_out_with_a_sentence(self, client: Client, query: str, said: str) -> None:
        response = client.get(f"/tools/llama/?{query}")
        assert response.status_code == 200
        assert texts(response, "flash") == [said]
        assert "75% 3 of 4 ship" in text_of(response)
        assert NOINDEX in html_of(response)

    def test_what_can_be_used_is_used_beside_what_cannot(self, client: Client) -> None:
        response = client.get("/tools/llama/?w-the-founder=3&w-nobody=3")
        assert "50% 3 of 6 ship" in text_of(response)
        assert len(texts(response, "flash")) == 1

    def test_the_form_holds_the_weights_in_force(self, client: Client) -> None:
        html = html_of(client.get("/tools/llama/?w-the-founder=3"))
        field = html.split('name="w-the-founder">')[1].split("</select>")[0]
        assert '<option value="3" selected>' in field
        assert 'action="/tools/llama/" method="get"' in html

    def test_presets_are_links_and_the_one_in_force_is_named(self, client: Client) -> None:
        html = html_of(client.get("/tools/llama/"))
        address = "/tools/llama/?w-the-builder=3&amp;w-the-futurist=0&amp;w-the-founder=2"
        assert f'<a href="{address}" rel="nofollow">Solo developer</a>' in html
        response = client.get(address.replace("&amp;", "&"))
        assert texts(response, "own-panel")[0].startswith("Your panel (solo developer): Builder 3,")
        assert "Back to the published page" in text_of(response)

    def test_other_parameters_are_nobodys_business(self, client: Client) -> None:
        response = client.get("/tools/llama/?utm_source=x&w=3")
        assert (response.status_code, texts(response, "flash")) == (200, [])


@pytest.mark.django_db
def test_presets_skip_reviewers_they_do_not_know(client: Client) -> None:
    make_panel(make_tool(slug="lone"), "sk")
    assert all(preset.name not in text_of(client.get("/tools/lone/")) for preset in PRESETS)
    known = make_reviewer(slug="the-skeptic", name="The Skeptic")
    make_panel(make_tool(slug="known"), "s", [known])
    html = html_of(client.get("/tools/known/"))
    assert "?w-the-skeptic=3" in html
    assert "Solo developer" not in html
    assert Word.SHIP in html


@pytest.mark.usefixtures("panel")
@pytest.mark.parametrize("address", ["/tools/llama/", "/compare/llama-vs-mistral/"])
def test_machines_are_told_the_published_numbers_or_none(client: Client, address: str) -> None:
    assert "application/ld+json" in html_of(client.get(address))
    assert "application/ld+json" not in html_of(client.get(f"{address}?w-the-builder=3"))
