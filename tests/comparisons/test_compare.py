"""The comparison page and the ways to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone

from comparisons.models import Comparison
from reviews.models import Reviewer
from tests.factories import (
    make_category,
    make_comparison,
    make_criterion,
    make_fact,
    make_free_plan,
    make_panel,
    make_plan,
    make_reviewer,
    make_tool,
)
from tests.pages import html_of, text_of, texts
from tools.models import Tool

pytestmark = pytest.mark.django_db
ADDRESS = "/compare/llama-vs-mistral/"


@pytest.fixture
def category() -> object:
    return make_category(name="Developer Tools")


@pytest.fixture
def llama(category: object) -> Tool:
    return make_tool(slug="llama", name="Llama", category=category, licence="Community")


@pytest.fixture
def mistral(category: object) -> Tool:
    return make_tool(slug="mistral", name="Mistral", category=category)


def panel() -> list[Reviewer]:
    return [make_reviewer(name=f"The {name}") for name in ("Builder", "Skeptic", "Futurist", "Founder")]


def test_page_shows_scores_entry_prices_and_every_remark(client: Client, llama: Tool, mistral: Tool) -> None:
    reviewers = panel()
    make_panel(llama, "sssk", reviewers)
    make_panel(mistral, "ssss", reviewers)
    make_free_plan(llama)
    make_plan(mistral, amount=Decimal(20))
    response = client.get(ADDRESS)
    assert response.status_code == 200
    text = text_of(response)
    assert "75% 3 of 4 ship" in text
    assert "100% 4 of 4 ship" in text
    assert texts(response, "hull-entry") == [
        "Entry price Free Licence Community",
        "Entry price $20/mo Licence Apache 2.0",
    ]
    assert texts(response, "score-line") == ["No votes yet 0 of 10 votes needed"] * 2
    assert [stamps.split()[0] for stamps in texts(response, "remark-head")] == ["Ship"] * 6 + ["Skip", "Ship"]
    assert len(texts(response, "remark")) == 8


def test_remarks_stand_open_only_where_the_panel_splits(client: Client, llama: Tool, mistral: Tool) -> None:
    reviewers = panel()
    make_panel(llama, "sssk", reviewers)
    make_panel(mistral, "ssss", reviewers)
    assert html_of(client.get(ADDRESS)).count('<details class="more" open>') == 2


def test_facts_that_differ_are_marked_and_missing_ones_are_said(client: Client, llama: Tool, mistral: Tool) -> None:
    window = make_criterion(name="Context window", kind="number", unit="tokens", position=1)
    hosting = make_criterion(name="Self-hosting", kind="yes_no", position=2)
    make_fact(mistral, window, value="256000")
    make_fact(llama, hosting, value="yes")
    make_fact(mistral, hosting, value="yes")
    response = client.get(ADDRESS)
    assert texts(response, "spec-name") == [
        *("Item", "Differs: Licence", "Differs: Context window", "Self-hosting", "Entry price"),
    ]
    assert texts(response, "is-missing") == ["Not stated"]
    assert "256K tokens Context window: source, 2 Nov 2026" in text_of(response)
    assert "Only the 2 differences" in text_of(response)


def test_prices_carry_source_and_date_checked(client: Client, llama: Tool, mistral: Tool) -> None:
    make_plan(llama, name="Pro", source="https://tool.example.com/prices")
    response = client.get(ADDRESS)
    assert "source, read 2 Nov 2026" in text_of(response)
    assert 'href="https://tool.example.com/prices"' in html_of(response)
    assert "No price known for Mistral" in text_of(response)


def test_editors_advice_is_shown_when_published(client: Client, llama: Tool, mistral: Tool) -> None:
    comparison = make_comparison(llama, mistral, choose_first_if="you row\nyou drift", choose_second_if="you sail")
    assert texts(client.get(ADDRESS), "ticks") == ["you row you drift", "you sail"]
    Comparison.objects.filter(pk=comparison.pk).update(status="draft")
    assert "No advice written yet" in text_of(client.get(ADDRESS))


def test_own_comparison_is_found_among_many_others(client: Client, llama: Tool, mistral: Tool) -> None:
    make_comparison(llama, mistral, choose_first_if="found")
    for number in range(12):
        make_comparison(llama, make_tool(slug=f"other-{number}"), is_featured=True)
    response = client.get(ADDRESS)
    assert "found" in texts(response, "ticks")[0]
    assert len(texts(response, "pair")) == 4


def test_a_tool_without_anything_gives_a_complete_honest_page(client: Client, llama: Tool, mistral: Tool) -> None:
    make_reviewer(name="The Builder")
    text = text_of(client.get(ADDRESS))
    for said in (
        "The panel has reviewed neither tool yet.",
        "No reviews yet",
        "No votes yet",
        "No price known for Llama",
        "Not reviewed yet by this reviewer. Listed since 2 Nov 2026.",
        "No advice written yet",
    ):
        assert said in text


def test_the_day_of_the_last_change_is_that_of_the_newest_part(client: Client, llama: Tool, mistral: Tool) -> None:
    comparison = make_comparison(llama, mistral)
    Comparison.objects.filter(pk=comparison.pk).update(updated_at=datetime(2099, 1, 2, tzinfo=UTC))
    assert "Page last updated 2 Jan 2099" in text_of(client.get(ADDRESS))


def test_one_pair_has_one_comparison_in_either_order(llama: Tool, mistral: Tool) -> None:
    make_comparison(llama, mistral)
    with pytest.raises(IntegrityError, match="one_comparison_per_pair"):
        Comparison.objects.create(first_tool=mistral, second_tool=llama)


def test_the_other_order_redirects_for_good(client: Client, llama: Tool, mistral: Tool) -> None:
    response = client.get("/compare/mistral-vs-llama/")
    assert (response.status_code, response["Location"]) == (301, ADDRESS)


def test_capitals_redirect_for_good(client: Client, llama: Tool, mistral: Tool) -> None:
    response = client.get("/compare/Llama-vs-Mistral/")
    assert (response.status_code, response["Location"]) == (301, ADDRESS)


def test_a_slug_may_hold_vs(client: Client, llama: Tool) -> None:
    make_tool(slug="draft-vs-final", name="Draft vs Final")
    assert client.get("/compare/draft-vs-final-vs-llama/").status_code == 200
    response = client.get("/compare/llama-vs-draft-vs-final/")
    assert (response.status_code, response["Location"]) == (301, "/compare/draft-vs-final-vs-llama/")


def test_the_same_tool_twice_is_a_404_that_helps(client: Client, llama: Tool) -> None:
    response = client.get("/compare/llama-vs-llama/")
    assert response.status_code == 404
    assert "That is Llama twice" in text_of(response)
    assert 'value="Llama"' in html_of(response)


def test_half_an_address_is_a_404_that_asks_for_the_other_half(client: Client, llama: Tool) -> None:
    response = client.get("/compare/llama/")
    assert response.status_code == 404
    assert "Llama and what else?" in text_of(response)
    assert 'value="Llama"' in html_of(response)


def test_an_unknown_tool_is_a_404_that_names_it_and_keeps_the_known_one(client: Client, llama: Tool) -> None:
    response = client.get("/compare/llama-vs-ghost/")
    assert response.status_code == 404
    assert "no published tool at ghost." in text_of(response)
    assert 'value="Llama"' in html_of(response)


@pytest.mark.parametrize(
    "hidden",
    [
        {"status": "draft", "published_at": None},
        {"status": "in_review", "published_at": None},
        {"status": "withdrawn"},
        {"status": "scheduled", "published_at": timezone.now() + timedelta(days=1)},
        {"status": "published", "published_at": timezone.now() + timedelta(days=1)},
    ],
    ids=["draft", "in review", "withdrawn", "scheduled", "published later"],
)
def test_a_tool_that_is_not_public_is_a_404_without_its_name(
    client: Client, llama: Tool, hidden: dict[str, object]
) -> None:
    make_tool(slug="secret", name="Project Whisper", **hidden)
    for address in ("/compare/llama-vs-secret/", "/tools/secret/"):
        response = client.get(address)
        assert response.status_code == 404
        assert "Whisper" not in html_of(response)
    for address in ("/", "/tools/", "/compare/", "/compare/?a=Project+Whisper&b=llama"):
        assert 'value="Project Whisper"></option>' not in html_of(client.get(address))


def test_a_scheduled_tool_appears_when_its_time_has_come(client: Client) -> None:
    make_tool(slug="due", status="scheduled", published_at=timezone.now() - timedelta(seconds=1))
    assert client.get("/tools/due/").status_code == 200


@pytest.mark.parametrize("address", ["x", "a-vs-b-vs-c-vs-d", "-vs-", "vs", "a--vs--b", "-" * 90, "a-vs-" * 60])
def test_odd_addresses_are_404_and_never_500(client: Client, address: str) -> None:
    assert client.get(f"/compare/{address}/").status_code == 404


class TestPicker:
    def test_names_and_addresses_in_any_case_lead_to_the_comparison(
        self, client: Client, llama: Tool, mistral: Tool
    ) -> None:
        for pair in ({"a": "Mistral", "b": "llama"}, {"a": "LLAMA", "b": " mistral "}):
            response = client.get("/compare/", pair)
            assert (response.status_code, response["Location"]) == (302, ADDRESS)

    def test_unknown_name_is_explained_and_nothing_typed_is_lost(
        self, client: Client, llama: Tool, mistral: Tool
    ) -> None:
        response = client.get("/compare/", {"a": "Llama", "b": "mist"})
        assert response.status_code == 200
        assert texts(response, "field-error") == ["No tool called “mist” is listed here. Did you mean Mistral?"]
        assert 'value="mist"' in html_of(response)
        assert 'value="Llama"' in html_of(response)

    def test_same_tool_twice_is_explained(self, client: Client, llama: Tool) -> None:
        response = client.get("/compare/", {"a": "Llama", "b": "llama"})
        assert texts(response, "field-error") == ["That is the same tool twice. Choose another one to set beside it."]

    def test_missing_half_is_explained(self, client: Client, llama: Tool) -> None:
        response = client.get("/compare/", {"a": "Llama"})
        assert texts(response, "field-error") == ["This field is required."]

    def test_two_tools_of_one_name_must_be_told_apart(self, client: Client, llama: Tool) -> None:
        make_tool(slug="twin-one", name="Twin")
        make_tool(slug="twin-two", name="Twin")
        response = client.get("/compare/", {"a": "twin", "b": "llama"})
        assert "Several tools have this name" in texts(response, "field-error")[0]
        assert client.get("/compare/", {"a": "twin-two", "b": "llama"}).status_code == 302

    @pytest.mark.parametrize(
        "typed", ["\x00", "<script>alert(1)</script>", "%", "_", "a" * 5000, "' OR 1=1", "\u202eabc"]
    )
    def test_hostile_input_is_answered_and_escaped(self, client: Client, llama: Tool, typed: str) -> None:
        response = client.get("/compare/", {"a": typed, "b": "llama"})
        assert response.status_code == 200
        assert "<script>alert" not in html_of(response)
        assert texts(response, "field-error")
