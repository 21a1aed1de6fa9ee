"""Search through the address a reader uses, and the suggestions the picker asks for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from editorial.services import withdraw
from reviews.models import Review
from reviews.services import withdraw_review
from tests.factories import make_category, make_comparison, make_panel, make_review, make_reviewer, make_tool
from tests.pages import html_of, text_of, texts
from tools.models import Tool, ToolDocument

pytestmark = pytest.mark.django_db

DRAFT = {"status": "draft", "published_at": None}
TO_COME = {"status": "scheduled", "published_at": timezone.now() + timedelta(days=3)}
TAKEN_BACK = {"status": "withdrawn"}
HIDDEN = [DRAFT, TO_COME, TAKEN_BACK]


def find(client: Client, text: str, **more: str) -> Any:
    response = client.get("/search/", {"q": text, **more})
    assert response.status_code == 200
    return response


def names(response: Any) -> list[str]:
    """Names of tools and of reviewed tools, in their order, as the first words of each line."""
    return [line.split("  ")[0] for line in texts(response, "hit-name")]


def suggested(client: Client, text: str) -> list[str]:
    response = client.get("/search/suggest/", {"q": text})
    assert response.status_code == 200
    return [tool["name"] for tool in response.json()["tools"]]


@pytest.fixture
def mistral() -> Tool:
    return make_tool(slug="mistral", name="Mistral", maker="Breeze AI", tagline="A model for all weather.")


@pytest.mark.parametrize(
    "text",
    [
        "mistral",
        "MISTRAL",
        "Mistrál",
        "  mistral!! ",
        "mistrall",
        "mistrl",
        "mitsral",
        "Misstral",
        "breeze",
        "weathers",
    ],
)
def test_a_tool_is_found_by_nearly_any_spelling_of_its_words(client: Client, mistral: Tool, text: str) -> None:
    make_tool(name="Lathe", tagline="Turns wood.")
    assert names(find(client, text)) == ["Mistral Breeze AI, " + mistral.category.name]


def test_another_spelling_is_said(client: Client, mistral: Tool) -> None:
    response = find(client, "mitsral")
    assert texts(response, "flash") == ["Nothing here has “ mitsral ”. This is what mistral finds."]


def test_every_word_must_be_there_and_stems_match_in_sentences_not_in_names(client: Client) -> None:
    make_tool(name="Pricer", tagline="Watches prices of rivals.")
    make_tool(name="Other", tagline="Watches the weather.")
    assert len(names(find(client, "watching pricing"))) == 1
    assert len(names(find(client, "watching"))) == 2


@pytest.mark.parametrize(("name", "text"), [("Node.js", "node"), ("GPT-4o", "gpt 4o"), ("Code_Llama 3.1", "llama 3.1")])
def test_punctuation_in_a_name_hides_no_word(client: Client, name: str, text: str) -> None:
    make_tool(name=name)
    assert len(names(find(client, text))) == 1


def test_a_name_outranks_a_mention_and_the_exact_name_everything(client: Client) -> None:
    make_panel(make_tool(name="Lantern Deluxe", tagline="Lantern, lantern, lantern."), "ssss")
    make_tool(name="Plane", description="Like a lantern.")
    make_tool(name="Lantern")
    assert [name.split(" Makers")[0] for name in names(find(client, "lantern", **{"in": "tools"}))] == [
        "Lantern",
        "Lantern Deluxe",
        "Plane",
    ]


def test_a_word_such_as_the_counts_only_where_there_is_no_other(client: Client) -> None:
    make_tool(name="The Decliner")
    make_tool(name="Accepter")
    assert len(names(find(client, "the decliner of"))) == 1
    assert len(names(find(client, "the"))) == 1


def test_reviews_are_found_by_headline_body_and_tool(client: Client, mistral: Tool) -> None:
    make_review(mistral, headline="The rigging holds.", body="It **never** creaked in a gale.")
    for text in ("rigging", "creaking gale", "mistral rigging"):
        assert "The rigging holds." in text_of(find(client, text, **{"in": "reviews"}))
    assert texts(find(client, "gale"), "remark") == ["The rigging holds. It never creaked in a gale ."]


def test_comparisons_are_found_by_the_names_of_their_two_tools(client: Client, mistral: Tool) -> None:
    llama, other = make_tool(name="Llama", slug="llama"), make_tool(name="Lathe", slug="lathe")
    make_comparison(mistral, llama)
    make_comparison(other, llama)
    for text, count in {"llama": 2, "mistral": 1, "Llama Mistral": 1}.items():
        assert len(texts(find(client, text), "pair")) == count, text


@pytest.mark.parametrize("text", ["Llama vs Mistral", "mistral VS. llama", "llama versus mistrall"])
def test_this_vs_that_leads_to_the_comparison_and_shows_both(client: Client, mistral: Tool, text: str) -> None:
    make_tool(name="Llama", slug="llama")
    response = find(client, text)
    assert len(names(response)) == 2
    assert texts(response, "search-said")[0].startswith("Side by side: compare")
    assert "/compare/?a=" in html_of(response)


def test_some_of_the_words_are_better_than_nothing(client: Client, mistral: Tool) -> None:
    response = find(client, "mistral 12345678")
    assert len(names(response)) == 1
    assert "This is what some of them find." in text_of(response)


def test_nothing_found_leads_to_asking(client: Client, mistral: Tool) -> None:
    response = find(client, "xylophonist")
    assert "Nothing found for “ xylophonist ”" in text_of(response)
    assert "/ask/?name=xylophonist" in html_of(response)


def test_the_form_keeps_what_was_typed_and_results_are_not_indexed(client: Client, mistral: Tool) -> None:
    html = html_of(find(client, 'mistral "<b>'))
    assert 'value="mistral &#34;&lt;b&gt;"' in html
    assert '<meta name="robots" content="noindex">' in html
    bare = html_of(client.get("/search/"))
    assert "noindex" not in bare
    assert 'rel="canonical"' in bare


ATTACK = "<img src=x onerror=alert(1)> & <mark>\ue000\ue001"


def test_words_are_marked_and_nothing_of_anybody_is_markup(client: Client) -> None:
    tool = make_tool(name=f"Harpoon {ATTACK}", maker=f"Harpoon {ATTACK}", tagline=f"Harpoons {ATTACK}")
    make_tool(name="Plane", tagline="Flat.", description=f"Like a **harpoon** <script>x</script> {ATTACK}")
    make_review(tool, headline=f"Harpoon {ATTACK}", body=f"<b>harpoon</b> {ATTACK}")
    html = html_of(find(client, f"harpoon {ATTACK}")) + html_of(find(client, "harpoon"))
    assert html.count("<mark>Harpoon</mark>") >= 4
    assert "<mark>Harpoons</mark>" in html
    assert "<mark>harpoon</mark>" in html
    for markup in ("<img src", "<script>x", "<b>harpoon"):
        assert markup not in html
    assert html.count("<mark>") == html.count("</mark>")


ABSURD = [
    *("", " ", "\0", "\0mistral", "mistral\0", ":*&|!()<->", "'", "''", '"', "\\", "a & !b:*", "%_%", "..", "-", "()"),
    *("\u202emistral", "\u2066", "\ufeff", "\u200b", "ﷺ", "🯰", "٣", "½", "e\u0301", "İ", "日本語", "\ud7ff", "\uffff"),
    *(
        "x" * 10_000,
        "wort " * 2_000,
        "ﷺ" * 5_000,
        "the",
        "the of and",
        "{{ 7*7 }}",
        "%00",
        "vs",
        " vs ",
        "a vs ",
        "vs vs vs",
    ),
]


@pytest.mark.parametrize("text", ABSURD, ids=range(len(ABSURD)))
def test_nothing_anybody_types_breaks_it(client: Client, mistral: Tool, text: str) -> None:
    find(client, text)
    suggested(client, text)
    assert client.get("/compare/", {"a": text, "b": "mistral"}).status_code == 200


@pytest.mark.parametrize(
    "query", ["q=%ff%fe", "q=%00%", "q=mistral&q=x", "q[]=1", "q=a&in=%00", "q=a&page=" + "9" * 5000]
)
def test_no_address_breaks_it(client: Client, mistral: Tool, query: str) -> None:
    for path in ("/search/", "/search/suggest/"):
        assert client.get(f"{path}?{query}").status_code == 200


@pytest.mark.parametrize("hidden", HIDDEN, ids=["draft", "scheduled", "withdrawn"])
def test_what_is_not_published_never_leaks(client: Client, mistral: Tool, hidden: dict[str, Any]) -> None:
    secret = make_tool(name="Kraken", slug="kraken", **{"published_at": mistral.published_at, **hidden})
    make_review(secret, headline="Kraken stirs.")
    make_comparison(secret, mistral)
    make_review(mistral, headline="Leviathan.", **{"published_at": mistral.published_at, **hidden})
    make_comparison(mistral, make_tool(name="Whaler"), **{"published_at": mistral.published_at, **hidden})
    for text in ("kraken", "krakn", "krak", "leviathan", "stirs"):
        assert "Nothing found" in text_of(find(client, text)), text
        assert suggested(client, text) == []
    assert texts(find(client, "whaler"), "pair") == []
    assert "Did you mean" not in text_of(client.get("/compare/", {"a": "krakn", "b": "mistral"}))


def test_a_tool_appears_with_its_time_and_leaves_when_withdrawn(client: Client, mistral: Tool) -> None:
    Tool.objects.filter(pk=mistral.pk).update(status="scheduled")
    assert len(names(find(client, "mistral"))) == 1
    withdraw(mistral)
    assert "Nothing found" in text_of(find(client, "mistral"))


def test_words_follow_every_change(client: Client, mistral: Tool) -> None:
    reviewer = make_reviewer(name="The Bosun")
    review = make_review(mistral, reviewer, headline="Sturdy.")
    mistral.name = "Sirocco"
    mistral.save()
    assert len(names(find(client, "siroco"))) == 2
    assert "Nothing found" in text_of(find(client, "mistral"))
    mistral.category.name = "Winches"
    mistral.category.save()
    assert len(names(find(client, "winches"))) == 1
    reviewer.name = "The Purser"
    reviewer.save()
    assert len(names(find(client, "purser"))) == 1
    withdraw_review(review, reason="Looked again.")
    assert "Nothing found" in text_of(find(client, "sturdy"))
    Review.objects.all().delete()
    Tool.objects.all().delete()
    assert not ToolDocument.objects.exists()


def test_standing_grows_with_the_panels_reviews(mistral: Tool) -> None:
    make_panel(mistral, "ssk")
    assert ToolDocument.objects.get(tool=mistral).standing == 5
    withdraw_review(mistral.reviews.filter(verdict="ship")[0], reason="Looked again.")
    assert ToolDocument.objects.get(tool=mistral).standing == 3


def test_one_kind_has_pages_and_an_absurd_page_is_the_first(client: Client) -> None:
    category = make_category()
    for number in range(30):
        make_tool(name=f"Dinghy {number}", category=category)
    everything = find(client, "dinghy")
    assert len(names(everything)) == 8
    assert "30 found. All tools" in text_of(everything)
    pages = [find(client, "dinghy", **{"in": "tools", "page": page}) for page in ("1", "2", "77", "-1", "x")]
    assert [len(names(page)) for page in pages] == [24, 6, 24, 24, 24]
    assert set(names(pages[0])).isdisjoint(names(pages[1]))
    assert "Page 2 of 2" in text_of(pages[1])
    assert "?q=dinghy&amp;in=tools&amp;page=1" in html_of(pages[1])


@pytest.mark.parametrize("number", [1, 3])
def test_search_keeps_its_budget(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries, number: int
) -> None:
    tools = [make_tool(name=f"Dinghy {step}") for step in range(number + 1)]
    for tool in tools[1:]:
        make_review(tool)
        make_comparison(tools[0], tool)
    budget = {
        "/search/?q=dinghy": 9,
        "/search/?q=dinghy&in=tools": 5,
        "/search/?q=dingy": 15,
        "/search/?q=": 0,
        "/search/suggest/?q=din": 2,
        "/search/suggest/?q=dingy": 5,
    }
    for address, most in budget.items():
        with django_assert_num_queries(most):
            client.get(address)


def test_suggestions_are_few_small_and_the_same_for_everyone(client: Client, mistral: Tool) -> None:
    for number in range(12):
        make_tool(name=f"Misty {number:02}")
    response = client.get("/search/suggest/", {"q": "mis"})
    assert response.headers["Cache-Control"] == "public, max-age=60"
    assert response.cookies == {}
    tools = response.json()["tools"]
    assert tools[0] == {"name": "Mistral", "slug": "mistral"}
    assert len(tools) == 8


def test_suggestions_know_beginnings_of_any_word_and_mend_spelling(client: Client, mistral: Tool) -> None:
    make_tool(name="Code Llama 4")
    assert suggested(client, "lla") == ["Code Llama 4"]
    assert suggested(client, "code ll") == ["Code Llama 4"]
    assert suggested(client, "mistrall") == ["Mistral"]
    assert suggested(client, "code lama") == ["Code Llama 4"]
    assert suggested(client, "breeze") == []


def test_the_picker_says_what_a_mistyped_name_may_mean(client: Client, mistral: Tool) -> None:
    response = client.get("/compare/", {"a": "mistrall", "b": "mistral"})
    assert texts(response, "field-error") == ["No tool called “mistrall” is listed here. Did you mean Mistral?"]


def test_the_picker_prints_fifty_names_at_most(client: Client) -> None:
    category = make_category()
    for _ in range(60):
        make_tool(category=category)
    for address in ("/", "/compare/", "/compare/a-vs-b/"):
        assert html_of(client.get(address)).count("<option") == 50
