"""Reviewers' track records: the same figures everywhere, from receipts, whatever happens and however many there are."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from comparisons.models import Receipt, ReviewerMonth
from comparisons.receipts.track import load_track
from comparisons.scorecards import find_tools, load_scorecards
from comparisons.standings import catch_up, find_mismatches, rebuild_standings
from editorial.services import publish, withdraw
from reviews.models import Review, Reviewer
from reviews.services import publish_review, save_review, withdraw_review
from tests.comparisons.test_standings import pass_time as let_hours_pass
from tests.factories import make_category, make_panel, make_review, make_reviewer, make_tool, make_votes
from tests.pages import html_of, text_of, texts
from tests.passing_time import pass_time
from tools.models import Tool

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
FIGURES = ("published", "reviews", "ships", "reversals")


def turn(review: Review, reason: str = "Looked again.") -> None:
    review.verdict = "skip" if review.verdict == "ship" else "ship"
    save_review(review, reason=reason)


def rates(client: Client, address: str) -> list[str]:
    return [" ".join(words.split()) for words in texts(client.get(address), "ship-rate")]


# --- Beside verdicts -------------------------------------------------------------------------------------------------
def test_the_ship_rate_beside_a_verdict_is_that_of_the_reviewer_page_from_five_reviews_on(client: Client) -> None:
    ann = make_reviewer(slug="ann")
    tools = [make_tool(slug=f"tool-{letter}") for letter in "abcde"]
    pages = ("/tools/tool-a/", "/compare/tool-a-vs-tool-b/", "/compare/tool-a-vs-tool-b-vs-tool-c/")
    make_review(tools[0], ann, "skip")
    assert [rates(client, page) for page in pages] == [["1 review so far"]] * 3
    for tool in tools[1:4]:
        make_review(tool, ann, "ship")
    assert [rates(client, page) for page in pages] == [["4 reviews so far"]] * 3
    last = make_review(tools[4], ann, "skip")
    assert [rates(client, page) for page in pages] == [["ships 60% of tools , 3 of 5"]] * 3
    for address in ("/reviewers/ann/", "/reviewers/", "/"):
        page = text_of(client.get(address))
        assert "60%" in page, address
        assert "3 of 5" in page, address
    turn(last)
    assert [rates(client, page) for page in pages] == [["ships 80% of tools , 4 of 5"]] * 3
    assert "Ship rate 80% 4 of 5 verdicts" in text_of(client.get("/reviewers/ann/"))


def test_halves_are_rounded_up_as_everywhere(client: Client) -> None:
    ann = make_reviewer(slug="ann")
    for number in range(8):
        make_review(make_tool(slug=f"tool-{number}"), ann, "skip" if number else "ship")
    assert rates(client, "/tools/tool-0/") == ["ships 13% of tools , 1 of 8"]
    assert "Ship rate 13%" in text_of(client.get("/reviewers/ann/"))


def test_what_is_scheduled_counts_from_its_moment_on_with_no_worker(client: Client) -> None:
    ann = make_reviewer(slug="ann")
    make_review(make_tool(slug="lathe"), ann)
    coming = make_review(make_tool(), ann, status="draft", published_at=None)
    publish_review(coming, at=timezone.now() + DAY)
    put_off = make_tool()
    make_review(put_off, ann)
    publish(put_off, at=timezone.now() + 3 * DAY)
    assert rates(client, "/tools/lathe/") == ["1 review so far"]
    pass_time(2 * DAY)
    assert rates(client, "/tools/lathe/") == ["2 reviews so far"]
    pass_time(2 * DAY)
    assert rates(client, "/tools/lathe/") == ["3 reviews so far"]
    assert "3 of 3 verdicts" in text_of(client.get("/reviewers/ann/"))


def test_a_page_of_a_day_gone_by_does_not_know_the_rate(client: Client) -> None:
    make_review(make_tool(slug="lathe"))
    assert rates(client, f"/tools/lathe/?as_of={timezone.now().date().isoformat()}") == []


# --- Reversals -------------------------------------------------------------------------------------------------------
def reversals(client: Client) -> list[str]:
    return [line.split(" , ")[0].split(" receipt")[0] for line in texts(client.get("/reviewers/ann/"), "reversals")]


def test_reversals_are_verdicts_that_a_reviewer_changed_or_took_back(client: Client) -> None:
    ann = make_reviewer(slug="ann")
    first, second, third = (make_tool(name=name) for name in ("Anvil", "Bellows", "Chisel"))
    changed, taken, gone = (make_review(tool, ann, "ship") for tool in (first, second, third))
    page = text_of(client.get("/reviewers/ann/"))
    assert "No published verdict has been changed or taken back." in page
    turn(changed, "The price doubled.")
    Review.objects.filter(pk=changed.pk).update(headline="Other words.")
    withdraw_review(taken, reason="I had the wrong version.")
    withdraw(third, reason="Its maker is gone.")  # takes the verdict along: that is no change of mind
    today = f"{timezone.now():%-d %b %Y}"
    page = text_of(client.get("/reviewers/ann/"))
    assert "2 published verdicts were changed or taken back." in page
    assert f"Bellows {today} SHIP taken back" in page
    assert "I had the wrong version." in page
    assert f"Anvil {today} SHIP to SKIP" in page
    assert "The price doubled." in page
    assert "Its maker is gone." not in page
    publish(third)
    withdraw_review(Review.objects.get(pk=gone.pk), reason="Now I mean it.")
    turn(Review.objects.get(pk=changed.pk), "It halved again.")
    track = load_track(ann)
    assert [line.reason for line in track.reversals] == [
        "It halved again.",
        "Now I mean it.",
        "I had the wrong version.",
        "The price doubled.",
    ]
    assert track.reversal_count == 4
    assert texts(client.get("/reviewers/"), "is-current") == []


def test_a_review_that_gets_another_author_is_nobodys_reversal() -> None:
    ann, bob = make_reviewer(), make_reviewer()
    review = make_review(make_tool(), ann, "ship")
    review.reviewer, review.verdict = bob, "skip"
    save_review(review, reason="Signed with the wrong name.")
    records = [load_track(person) for person in (ann, bob)]
    assert [(record.signed.review_count, record.reversal_count) for record in records] == [(0, 0), (1, 0)]
    assert [record.reversals for record in records] == [[], []]
    assert find_mismatches() == []


# --- Over time -------------------------------------------------------------------------------------------------------
def from_receipts(reviewer: Reviewer) -> list[tuple[str, int, int, int]]:
    """(month, published, ships, reviews at its end), by going through the receipts one by one."""
    told = Receipt.objects.in_effect().filter(kind="verdict", reviewer=reviewer).order_by("effective_at", "pk")
    standing: dict[int, str] = {}
    months: dict[str, tuple[str, int, int, int]] = {}
    for receipt in told:
        month = f"{receipt.effective_at.astimezone(UTC):%B %Y}"
        published = months.get(month, ("", 0))[1] + (receipt.act == "published")
        standing.pop(receipt.piece, None)
        if receipt.after:
            standing[receipt.piece] = receipt.after["verdict"]
        ships = list(standing.values()).count("ship")
        months[month] = (month, published, ships, len(standing))
    return list(months.values())


def months_of(reviewer: Reviewer) -> list[tuple[str, int, int, int]]:
    return [
        (f"{month.first_day:%B %Y}", month.published, month.signed.ship_count, month.signed.review_count)
        for month in load_track(reviewer).months
    ]


def history() -> Reviewer:
    """Verdicts that arrived with their tools' dates over three months, and one changed today."""
    ann = make_reviewer(slug="ann", name="Ann")
    for month, verdicts in ((8, "sk"), (9, "ss"), (10, "kss")):
        for day, letter in enumerate(verdicts, 1):
            moment = datetime(2026, month, day, 9, tzinfo=UTC)
            tool = make_tool(published_at=moment)
            make_review(tool, ann, "ship" if letter == "s" else "skip", published_at=moment)
    turn(Review.objects.filter(reviewer=ann, verdict="skip").latest("published_at"))
    return ann


def test_each_month_of_the_table_is_what_receipts_say(client: Client) -> None:
    ann = history()
    assert months_of(ann) == from_receipts(ann)
    assert months_of(ann)[:3] == [("August 2026", 2, 1, 2), ("September 2026", 2, 3, 4), ("October 2026", 3, 5, 7)]
    (table,) = texts(client.get("/reviewers/ann/"), "track")
    rows = "October 2026 3 0 71% 5 of 7 September 2026 2 0 75% 3 of 4 August 2026 2 0 50% 1 of 2"
    assert table.endswith(rows)
    now = f"{timezone.now():%B %Y}"
    assert f"{now} 0 1 86% 6 of 7 October 2026" in table


def test_the_chart_says_in_words_what_it_draws_and_waits_for_a_second_month(client: Client) -> None:
    ann, now = history(), f"{timezone.now():%B %Y}"
    html = html_of(client.get("/reviewers/ann/"))
    sentence = f"The ship rate rose from 50% in August 2026 to 86% in {now}."
    assert html.count(f'role="img" aria-label="{sentence}"') == 1
    chart = load_track(ann).chart
    assert chart
    assert chart.path.startswith("M0.0 55.0H")
    assert chart.path.count("V") == 3
    assert chart.marks[-1].text == "86%"
    make_review(make_tool(), make_reviewer(slug="bob"))
    page = text_of(client.get("/reviewers/bob/"))
    assert "The chart begins with the second month in which a verdict is published." in page


def test_a_past_month_stays_what_it_was() -> None:
    ann = history()
    before = months_of(ann)[:3]
    for review in Review.objects.filter(reviewer=ann):
        withdraw_review(review, reason="All of it was wrong.")
    assert months_of(ann)[:3] == before
    assert months_of(ann)[3][2:] == (0, 0)


def test_records_equal_receipts_whatever_happens() -> None:
    """Every road there is, at random; then folded, recounted, and compared with what stands in the tables."""
    chance = random.Random(20261126)  # noqa: S311
    people = [make_reviewer() for _ in range(3)]
    tools = [make_tool(category=make_category()) for _ in range(12)]
    for _ in range(120):
        change_something(chance, chance.choice(tools), chance.choice(people))
    assert find_mismatches() == []
    found = {person: (months_of(person), load_track(person).reversal_count) for person in people}
    assert sum(reversed_ for _, reversed_ in found.values()) > 5
    for person, (months, reversed_) in found.items():
        told = from_receipts(person)  # time has passed by moving everything, so months themselves are not the same
        assert months[-1][2:] == told[-1][2:]
        assert sum(month[1] for month in months) == sum(month[1] for month in told)
        assert reversed_ == Receipt.objects.in_effect().reversals_of(person).count()
    many = ReviewerMonth.objects.count()
    catch_up(records=True)
    assert ReviewerMonth.objects.in_effect().count() < many
    assert {person: (months_of(person), load_track(person).reversal_count) for person in people} == found
    rebuild_standings()
    assert find_mismatches() == []
    assert {person: months_of(person)[-1][2:] for person in people} == {
        person: months[-1][2:] for person, (months, _) in found.items()
    }


def change_something(chance: random.Random, tool: Tool, person: Reviewer) -> None:
    tool = Tool.objects.get(pk=tool.pk)
    review = Review.objects.filter(tool=tool, reviewer=person).first()
    later = timezone.now() + timedelta(hours=chance.randint(1, 30))
    match chance.randrange(9):
        case 0:
            withdraw(tool)
        case 1:
            publish(tool, at=chance.choice([None, later]))
        case 2:
            let_hours_pass(7)
        case 3 if review:
            withdraw_review(review, reason="Looked again.")
        case 4 if review and tool.status in ("published", "scheduled"):
            publish_review(review, at=chance.choice([None, later]), reason="Looked again.")
        case 5 if review:
            Review.objects.filter(pk=review.pk).update(headline=f"Words {chance.random()}")
        case _ if review:
            turn(review)
        case _:
            make_review(tool, person, chance.choice(["ship", "skip"]))


def test_a_record_that_drifted_is_told_by_the_check() -> None:
    ann = make_reviewer()
    make_review(make_tool(), ann)
    ReviewerMonth.objects.filter(reviewer=ann).update(ships=0)
    assert find_mismatches() == [f"reviewer {ann.pk}: ({ann.pk},1,1) is counted, ({ann.pk},1,0) is stored"]
    rebuild_standings()
    assert find_mismatches() == []


# --- However many ----------------------------------------------------------------------------------------------------
MANY = """
INSERT INTO comparisons_receipt (kind, piece, act, tool_id, category_id, reviewer_id, about, before, after, recorded_at,
                                 effective_at, reason)
SELECT 'verdict', 1000000 + number, CASE WHEN number %% 100 = 0 THEN 'withdrawn' ELSE 'published' END, %(tool)s,
       %(category)s, CASE WHEN number %% 4 = 0 THEN %(mine)s ELSE %(other)s END, '{"tool": "T", "reviewer": "R"}',
       CASE WHEN number %% 100 = 0 THEN '{"verdict": "ship"}'::jsonb END,
       CASE WHEN number %% 100 > 0 THEN '{"verdict": "ship"}'::jsonb END, moment, moment, ''
FROM generate_series(1, 40000) AS number, LATERAL (SELECT now() - number * interval '1 minute' AS moment) m
"""


def test_reviewer_and_tool_pages_cost_the_same_with_forty_thousand_verdicts(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    ann, tool = make_reviewer(slug="ann"), make_tool(slug="lathe")
    make_panel(tool, "sk", [ann, make_reviewer()])
    make_votes(tool, 6, 6)
    keys = {"tool": tool.pk, "category": tool.category_id, "mine": ann.pk, "other": make_reviewer().pk}
    with connection.cursor() as cursor:
        cursor.execute(MANY, keys)
        cursor.execute("ANALYZE comparisons_receipt, comparisons_reviewermonth")
    catch_up(records=True)
    assert ReviewerMonth.objects.count() <= 3 * 4
    with django_assert_num_queries(7):
        assert client.get("/reviewers/ann/").status_code == 200
    with CaptureQueriesContext(connection) as asked:
        load_track(ann)
        load_scorecards(list(find_tools(["lathe"]).values()))
    plan = "\n".join(plan_of(query["sql"]) for query in asked.captured_queries)
    assert "receipt_of_a_reversal" in plan
    assert "Seq Scan on comparisons_receipt" not in plan
    assert "Seq Scan on reviews_review " not in plan


def plan_of(sql: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {sql}")
        return "\n".join(row[0] for row in cursor.fetchall())
