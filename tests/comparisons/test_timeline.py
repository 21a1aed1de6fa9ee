"""The receipts of a tool on its own page and beside another's, and what a reviewer said before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from comparisons.receipts.turns import Stance, Turn, last_turns
from reviews.services import publish_review, withdraw_review
from tests.factories import make_criterion, make_fact, make_plan, make_review, make_reviewer, make_tool
from tests.pages import html_of, text_of, texts
from tests.passing_time import pass_time

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def change(row: Any, **fields: Any) -> None:
    type(row).objects.filter(pk=row.pk).update(**fields)


def log(client: Client, address: str) -> list[str]:
    """The receipts on a page, newest first, without their numbers."""
    return [line.split(" Lathe,")[0] for line in texts(client.get(address), "receipt")]


def turned(client: Client, address: str) -> list[str]:
    """What stands beside verdicts that were other ones before."""
    return [words.replace(" : ", ": ") for words in texts(client.get(address), "turned")]


def test_a_tool_page_shows_its_changes_newest_first_and_many_facts_as_one_line(client: Client) -> None:
    tool = make_tool(name="Lathe", slug="lathe")
    plan = make_plan(tool, name="Pro", amount=Decimal(20))
    facts = [make_fact(tool, make_criterion(name=f"Criterion {number}")) for number in range(4)]
    pass_time(DAY)
    change(plan, amount=25)
    change(facts[0], value="Other")
    change(make_tool(), tagline="Somebody else's.")
    assert log(client, "/tools/lathe/") == [
        "Words to Other Criterion 0 changes.",
        "$20/mo to $25/mo Plan Pro changes.",
        "4 facts are on file.",
        "$20/mo Plan Pro is on file.",
        f"Listed in {tool.category.name}.",
    ]
    assert 'href="/receipts/?tool=lathe"' in html_of(client.get("/tools/lathe/"))


def test_a_comparison_shows_the_changes_of_both_on_their_sides(client: Client) -> None:
    first, second = make_tool(name="Anvil", slug="anvil"), make_tool(name="Bellows", slug="bellows")
    pass_time(DAY)
    change(second, tagline="Blows.")
    response = client.get("/compare/anvil-vs-bellows/")
    assert [line.split(" Bellows,")[0] for line in texts(response, "log-b")] == [
        f"{timezone.now():%-d %b %Y} Bellows The entry changes: tagline.",
        f"1 Nov 2026 Bellows entered on {timezone.now() - DAY:%-d %b %Y} Listed in {second.category.name}.",
    ]
    assert len(texts(response, "log-a")) == 1
    assert f"Listed in {first.category.name}." in texts(response, "log-a")[0]


@pytest.mark.parametrize("address", ["/tools/lathe/", "/compare/lathe-vs-plane/"])
def test_a_verdict_that_changed_says_what_it_was_and_until_when(client: Client, address: str) -> None:
    tool, ann = make_tool(name="Lathe", slug="lathe"), make_reviewer()
    make_tool(slug="plane")
    review = make_review(tool, ann, "skip")
    make_review(tool, verdict="ship")
    pass_time(DAY)
    assert texts(client.get(address), "turned") == []
    change(review, verdict="ship")
    today = f"{timezone.now():%-d %b %Y}"
    assert turned(client, address) == [f"was SKIP until {today}: no reason given"]
    pass_time(DAY)
    change(review, headline="The same in other words.")
    yesterday = f"{timezone.now() - DAY:%-d %b %Y}"
    assert turned(client, address) == [f"was SKIP until {yesterday}: no reason given"]


def test_a_review_taken_back_and_written_anew_the_other_way_is_a_change_of_mind(client: Client) -> None:
    tool, ann = make_tool(slug="lathe"), make_reviewer()
    withdraw_review(make_review(tool, ann, "ship"), reason="Looked again.")
    assert texts(client.get("/tools/lathe/"), "turned") == []
    make_review(tool, ann, "skip", published_at=timezone.now())
    assert turned(client, "/tools/lathe/") == [f"was SHIP until {timezone.now():%-d %b %Y}: Looked again."]


def test_a_change_to_come_is_not_told(client: Client) -> None:
    tool, ann = make_tool(slug="lathe"), make_reviewer()
    withdraw_review(make_review(tool, ann, "ship"), reason="Looked again.")
    coming = make_review(tool, ann, "skip", status="draft", published_at=None)
    publish_review(coming, at=timezone.now() + DAY)
    response = client.get("/tools/lathe/")
    assert texts(response, "turned") == []
    assert "SKIP" not in text_of(response).replace("SHIP or SKIP", "").replace("SHIP and SKIP", "")
    pass_time(2 * DAY)
    assert len(texts(client.get("/tools/lathe/"), "turned")) == 1


def moment(day: int) -> datetime:
    return datetime(2026, 11, day, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "turn"),
    [
        (["ship"], None),
        (["ship", "ship"], None),
        (["skip", "ship"], Turn("skip", moment(2))),
        (["skip", "ship", "ship"], Turn("skip", moment(2))),
        (["ship", "skip", "ship"], Turn("skip", moment(3))),
        (["skip", None, "ship"], Turn("skip", moment(2))),
        (["ship", None, "ship"], None),
        (["skip", "ship", None], None),
        ([None], None),
    ],
)
def test_the_last_other_verdict_and_when_it_ended(said: list[str | None], turn: Turn | None) -> None:
    stances = [Stance(1, verdict, moment(day)) for day, verdict in enumerate(said, 1)]
    assert last_turns(stances).get(1) == turn
    assert last_turns([*stances, Stance(2, "ship", moment(1))]).get(2) is None
