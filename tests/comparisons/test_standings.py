"""What lists sort by is what reviews, plans, facts and the clock say, whatever happened in between."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comparisons.models import Shelf, ToolStanding
from comparisons.standings import count_votes, find_mismatches
from editorial.services import publish, withdraw
from reviews.models import Review
from reviews.services import publish_review, withdraw_review
from reviews.verdicts import Panel
from tests import passing_time
from tests.factories import (
    make_category,
    make_criterion,
    make_fact,
    make_free_plan,
    make_plan,
    make_review,
    make_reviewer,
    make_tool,
    make_votes,
)
from tests.pages import texts
from tools.models import Criterion, Fact, Plan, Tool

pytestmark = pytest.mark.django_db


def pass_time(hours: int) -> None:
    """Everything dated moves that much into the past: to the database it is later now.

    What standings hold of it moves with it, so that nothing tells a row but the clock.
    """
    step = timedelta(hours=hours)
    passing_time.pass_time(step)
    settle()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE comparisons_toolstanding DISABLE TRIGGER USER")
        cursor.execute(
            "UPDATE comparisons_toolstanding SET stale_at = stale_at - %(step)s, reviewed_at = reviewed_at - %(step)s",
            {"step": step},
        )
        cursor.execute("ALTER TABLE comparisons_toolstanding ENABLE TRIGGER USER")


def settle() -> None:
    """Deferred checks first: a table with some pending cannot be altered."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


STEPS = (
    "review",
    "schedule",
    "withdraw",
    "again",
    "verdict",
    "tool",
    "hide",
    "price",
    "fact",
    "licence",
    "time",
    "vote",
)
steps = st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 2), st.integers(1, 5)), min_size=1, max_size=14)


def take(step: str, tool: Tool, number: int) -> None:  # noqa: C901, PLR0912 - a list of what may happen
    reviews = Review.objects.filter(tool=tool).order_by("pk")
    review = reviews[number % len(reviews)] if reviews else None
    later = timezone.now() + timedelta(hours=number)
    match step:
        case "review":
            make_review(tool, verdict="ship" if number % 2 else "skip")
        case "schedule" if tool.status in ("published", "scheduled"):
            publish_review(make_review(tool, verdict="skip", status="draft", published_at=None), at=later)
        case "withdraw" if review:
            withdraw_review(review, reason="Looked again.")
        case "again" if review and review.status == "withdrawn":
            publish_review(review)
        case "verdict" if review:
            Review.objects.filter(pk=review.pk).update(verdict="ship" if number % 2 else "skip")
        case "tool":
            publish(tool, at=later if number % 2 else None)
        case "hide":
            withdraw(tool)
        case "price":
            Plan.objects.filter(tool=tool).delete()
            make_free_plan(tool)
            if number % 2:
                make_plan(tool, period="usage", unit="call")
        case "fact":
            Fact.objects.filter(tool=tool).delete()
            make_fact(tool, hosting(), value="yes" if number % 2 else "no")
        case "licence":
            Tool.objects.filter(pk=tool.pk).update(licence=["", "MIT", "GPL", "Proprietary", "Odd"][number - 1])
        case "time":
            settle()
            pass_time(number)
        case "vote":
            make_votes(tool, number, 6)
            count_votes()


def hosting() -> Criterion:

    return Criterion.objects.filter(slug="self-hosting").first() or make_criterion(slug="self-hosting", kind="yes_no")


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_standings_equal_a_recount_whatever_happens(happened: list[tuple[str, int, int]]) -> None:
    category = make_category()
    tools = [make_tool(category=category) for _ in range(3)]
    for step, which, number in happened:
        tool = Tool.objects.get(pk=tools[which].pk)
        take(step, tool, number)
    assert find_mismatches() == []
    for standing in ToolStanding.objects.filter(tool__in=tools).select_related("shelf"):
        assert standing.shelf
        assert standing.shelf.word == Panel(standing.ship_count, standing.review_count).word
    listed = set(ToolStanding.objects.listed().values_list("tool_id", flat=True))
    assert listed == set(Tool.objects.published().values_list("pk", flat=True))


def test_a_scheduled_review_counts_at_its_time_with_no_worker(client: Client) -> None:
    tool = make_tool(name="Tool")
    make_review(tool, verdict="ship")
    make_review(tool, verdict="skip", status="scheduled", published_at=timezone.now() + timedelta(hours=2))
    assert texts(client.get("/tools/?verdict=ship"), "cell-verdict") == ["Ship"]
    settle()
    pass_time(3)
    assert texts(client.get("/tools/?verdict=ship"), "cell-verdict") == []
    assert texts(client.get("/tools/?verdict=split"), "cell-verdict") == ["Split"]
    assert texts(client.get("/"), "cell-verdict") == ["Split"]


def test_a_scheduled_tool_is_listed_at_its_time_with_no_worker(client: Client) -> None:
    make_tool(name="Tool", status="scheduled", published_at=timezone.now() + timedelta(hours=2))
    assert texts(client.get("/tools/"), "cell-tool") == []
    settle()
    pass_time(3)
    assert texts(client.get("/tools/"), "cell-tool") == ["Tool Does one thing."]
    assert find_mismatches() == []


@pytest.mark.parametrize(
    ("licence", "shelf"),
    [
        *(
            ("Apache 2.0", "permissive"),
            ("MIT", "permissive"),
            ("BSD-3-Clause", "permissive"),
            ("CC BY 4.0", "permissive"),
        ),
        *(
            ("GPL 3.0", "copyleft"),
            ("AGPL-3.0-only", "copyleft"),
            ("MPL 2.0", "copyleft"),
            ("CC BY-SA 4.0", "copyleft"),
        ),
        *(("Llama 4 community", "community"), ("OpenRAIL", "community"), ("CC BY-NC 4.0", "community")),
        *(("Proprietary", "proprietary"), ("Closed source", "proprietary"), ("", "unstated"), (" ", "unstated")),
        *(("Permit office", "other"), ("A licence of ours", "other")),
    ],
)
def test_licences_are_sorted_by_what_they_allow(licence: str, shelf: str) -> None:
    make_tool(licence=licence)
    assert Shelf.objects.get(tool_count=1).licence == shelf


def test_the_command_tells_and_mends_a_difference() -> None:
    tool = make_tool()
    make_review(tool)
    out = StringIO()
    call_command("recount_standings", "--check", stdout=out)
    assert out.getvalue() == "Every standing agrees with what it counts.\n"
    ToolStanding.objects.update(ship_count=0)
    Shelf.objects.filter(tool_count=1).update(tool_count=7)
    err = StringIO()
    with pytest.raises(SystemExit):
        call_command("recount_standings", "--check", stderr=err)
    assert f"tool {tool.pk}" in err.getvalue()
    assert "2 differ." in err.getvalue()
    call_command("recount_standings", stdout=out, stderr=err)
    assert "2 differed." in out.getvalue()
    assert find_mismatches() == []


def test_counting_votes_takes_what_the_tallies_say_and_only_accounts() -> None:
    tool = make_tool()
    make_votes(tool, 8, 2)
    make_votes(tool, 50, 0, crowd="passing")  # type: ignore[arg-type]
    assert ToolStanding.objects.get(tool=tool).vote_count == 0
    count_votes()
    standing = ToolStanding.objects.get(tool=tool)
    assert (standing.community_ship, standing.community_skip, standing.vote_count) == (8, 2, 10)
    assert round(standing.community_low, 3) == 0.490
    reviewer = make_reviewer()
    make_review(tool, reviewer, "skip")
    assert ToolStanding.objects.get(tool=tool).is_overruled
