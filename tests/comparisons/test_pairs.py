"""The computed sentence, as a reader finds it on the page."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.factories import make_panel, make_review, make_reviewer, make_tool
from tests.pages import finding

pytestmark = pytest.mark.django_db

NAMES = ("The Builder", "The Skeptic", "The Futurist", "The Founder")


@pytest.mark.parametrize(
    ("first", "second", "sentence"),
    [
        ("sssk", "ssss", "The panel leans Mistral, 4 of 4 against 3 of 4; they split on The Founder."),
        ("ssss", "kkkk", "The panel leans Llama, 4 of 4 against 0 of 4; they split on The Builder, The Skeptic, "
         "The Futurist and The Founder."),
        ("sskk", "kkss", "The panel calls it even, 2 of 4 each; they split on The Builder, The Skeptic, "
         "The Futurist and The Founder."),
        ("ssss", "ssss", "The panel calls it even, 4 of 4 each."),
        ("sk--", "sskk", "The panel calls it even, 1 of 2 and 2 of 4; they split on The Skeptic."),
        ("s---", "-k--", "The panel leans Llama, 1 of 1 against 0 of 1."),
        ("sssk", "----", "The panel has reviewed Llama, 3 of 4 ship; Mistral still waits for its first review."),
        ("----", "k---", "The panel has reviewed Mistral, 0 of 1 ship; Llama still waits for its first review."),
        ("----", "----", "The panel has reviewed neither tool yet."),
    ],
)  # fmt: skip
def test_finding_says_which_way_the_panel_leans(client: Client, first: str, second: str, sentence: str) -> None:
    reviewers = [make_reviewer(name=name) for name in NAMES]
    make_panel(make_tool(slug="llama", name="Llama"), first, reviewers)
    make_panel(make_tool(slug="mistral", name="Mistral"), second, reviewers)
    assert finding(client.get("/compare/llama-vs-mistral/")) == sentence


def test_a_review_that_is_not_public_yet_does_not_lean(client: Client) -> None:
    llama = make_tool(slug="llama", name="Llama")
    make_panel(llama, "s")
    make_review(llama, verdict="skip", status="draft", published_at=None)
    make_panel(make_tool(slug="mistral", name="Mistral"), "s")
    assert finding(client.get("/compare/llama-vs-mistral/")) == "The panel calls it even, 1 of 1 each."
