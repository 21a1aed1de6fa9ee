"""Why something changed: asked for where it must be, printed wherever the change is, and nobody else's."""

from __future__ import annotations

from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from comparisons.models import Receipt
from comparisons.services import publish_comparison
from editorial.reasons import because, reason_given
from editorial.services import CannotPublishError, ReasonNeededError, publish, withdraw
from reviews.models import Review
from reviews.services import publish_review, put_reviews, save_review, withdraw_review
from tests.comparisons.test_feeds import feed, text
from tests.comparisons.test_timeline import turned
from tests.factories import (
    make_comparison,
    make_criterion,
    make_fact,
    make_plan,
    make_review,
    make_reviewer,
    make_tool,
    make_user,
)
from tests.pages import html_of, text_of, texts
from tests.publications import REVIEW, TOOL, Folder
from tools.models import Plan, Tool

pytestmark = pytest.mark.django_db

ODD = "It <b>sinks</b> & the price doubled."
ATOM = "{http://www.w3.org/2005/Atom}"


def reasons(**which: Any) -> list[tuple[str, str, str]]:
    """(kind, act, reason) of receipts in the order they were written."""
    return list(Receipt.objects.filter(**which).order_by("pk").values_list("kind", "act", "reason"))


def turn(review: Review, reason: str = "") -> None:
    review.verdict = "skip" if review.verdict == "ship" else "ship"
    save_review(review, reason=reason)


# --- What it takes ---------------------------------------------------------------------------------------------------
def test_a_published_verdict_changes_for_a_reason_only() -> None:
    review = make_review(make_tool(), verdict="ship")
    tomorrow = timezone.now() + timedelta(days=1)
    for attempt in (turn, withdraw_review, lambda review: publish_review(review, at=tomorrow)):
        with pytest.raises(ReasonNeededError, match="Give the reason that they will read beside it"):
            attempt(Review.objects.get(pk=review.pk))
    with pytest.raises(ReasonNeededError):
        put_reviews([Review(tool=review.tool, reviewer=review.reviewer, verdict="skip", headline="x")])
    moved = Review.objects.get(pk=review.pk)
    moved.reviewer = make_reviewer()
    with pytest.raises(ReasonNeededError):
        save_review(moved)
    assert reasons(kind="verdict") == [("verdict", "published", "")]
    turn(Review.objects.get(pk=review.pk), "It broke.")
    withdraw_review(Review.objects.get(pk=review.pk), reason="The tool is gone.")
    assert [reason for *_, reason in reasons(kind="verdict")] == ["", "It broke.", "The tool is gone."]


def test_what_no_reader_has_seen_needs_no_reason() -> None:
    draft = make_review(make_tool(), status="draft", published_at=None)
    turn(draft)
    publish_review(draft, at=timezone.now() + timedelta(days=1))
    turn(draft)
    withdraw_review(draft)
    hidden = make_review(make_tool(status="draft"))
    turn(hidden)
    reworded = make_review(make_tool())
    reworded.headline = "Better words."
    save_review(reworded)
    publish_review(reworded)


def test_a_reason_is_one_short_paragraph_of_plain_words() -> None:
    review = make_review(make_tool())
    for unfit, told in (("bell\x07", "cannot be shown"), ("turn\u202e", "cannot be shown"), ("x" * 501, "has 501")):
        with pytest.raises(ValidationError, match=told):
            turn(Review.objects.get(pk=review.pk), unfit)
    turn(review, f"  Two\n\tlines {'x' * 488}")
    assert reasons(kind="verdict")[1][2] == f"Two lines {'x' * 488}"


@pytest.mark.parametrize("empty", ["", "  \n "])
def test_an_empty_reason_is_none(empty: str) -> None:
    with pytest.raises(ReasonNeededError):
        turn(make_review(make_tool()), empty)


# --- Whose it is -----------------------------------------------------------------------------------------------------
def test_the_inner_reason_holds_until_it_ends_and_an_empty_one_says_nothing() -> None:
    plan = make_plan(make_tool())
    amounts = iter(range(30, 40))

    def change() -> None:
        Plan.objects.filter(pk=plan.pk).update(amount=next(amounts))

    def lose() -> None:
        with because("Lost."):
            change()
            raise CannotPublishError

    change()
    with because("Outer."):
        change()
        with because("Inner."):
            change()
        with because(""):
            change()
        with pytest.raises(CannotPublishError):
            lose()
        change()
    change()
    assert [reason for *_, reason in reasons(kind="price")][1:] == ["", "Outer.", "Inner.", "Outer.", "Outer.", ""]


@pytest.mark.django_db(transaction=True)
def test_a_transaction_takes_its_reason_with_it() -> None:
    tool = make_tool()
    for is_lost in (True, False):
        with transaction.atomic(), because("Mine."):
            Tool.objects.filter(pk=tool.pk).update(tagline=f"Told {is_lost}.")
            transaction.set_rollback(is_lost)
        assert reason_given() == ""
        Tool.objects.filter(pk=tool.pk).update(licence=f"Words {is_lost}")
    assert reasons(kind="tool", act="changed") == [
        ("tool", "changed", ""),
        ("tool", "changed", "Mine."),
        ("tool", "changed", ""),
    ]


@pytest.mark.django_db(transaction=True)
def test_two_transactions_at_once_do_not_share_a_reason() -> None:
    mine, theirs = make_tool(), make_tool()

    def change_theirs() -> None:
        Tool.objects.filter(pk=theirs.pk).update(tagline="Theirs.")
        connection.close()

    with because("Mine."):
        Tool.objects.filter(pk=mine.pk).update(tagline="Mine.")
        thread = Thread(target=change_theirs)
        thread.start()
        thread.join()
        Tool.objects.filter(pk=mine.pk).update(tagline="Mine again.")
    assert [reason for *_, reason in reasons(tool_id=theirs.pk)] == ["", ""]
    assert [reason for *_, reason in reasons(tool_id=mine.pk)] == ["", "Mine.", "Mine."]


def test_a_hand_at_the_database_leaves_none_and_one_too_long_is_cut() -> None:
    review = make_review(make_tool())
    with connection.cursor() as cursor:
        cursor.execute("UPDATE reviews_review SET verdict = 'skip'")
        cursor.execute("SELECT set_config('drydock.reason', repeat('x', 600), true)")
        cursor.execute("UPDATE reviews_review SET verdict = 'ship'")
        cursor.execute("SELECT set_config('drydock.reason', '', true)")
    assert [reason for *_, reason in reasons(piece=review.pk, kind="verdict")] == ["", "", "x" * 500]


# --- Through the desk and the loader ---------------------------------------------------------------------------------
@pytest.fixture
def desk(client: Client) -> Client:
    client.force_login(make_user(is_staff=True, is_superuser=True))
    return client


def test_the_desk_asks_for_the_reason_and_keeps_what_was_typed(desk: Client) -> None:
    review = make_review(make_tool(), verdict="ship")
    form = {"verdict": "skip", "headline": "Typed.", "body": "", "tool": review.tool_id, "reviewer": review.reviewer_id}
    address = f"/admin/reviews/review/{review.pk}/change/"
    refused = desk.post(address, form)
    assert "Readers have seen the other verdict. Say in a sentence why it changes." in text_of(refused)
    assert 'value="Typed."' in html_of(refused)
    assert "cannot be shown" in text_of(desk.post(address, form | {"reason": "bell\x07"}))
    assert Review.objects.get().verdict == "ship"
    assert desk.post(address, form | {"reason": " It\r\nbroke. "}).status_code == 302
    assert desk.post(address, form | {"headline": "Reworded.", "reason": ""}).status_code == 302
    assert [reason for *_, reason in reasons(kind="verdict")] == ["", "It broke.", ""]


def act(desk: Client, model: str, action: str, pk: int, reason: str = "") -> str:
    form = {"action": f"{action}_selected", "_selected_action": [pk], "_step": action, "reason": reason}
    return text_of(desk.post(f"/admin/{model}/", form, follow=True))


def test_the_desk_withdraws_what_readers_see_for_a_reason(desk: Client) -> None:
    review = make_review(make_tool(name="Lathe"), make_reviewer(name="Ann"))
    assert "Readers have seen the verdict of Ann on Lathe." in act(desk, "reviews/review", "withdraw", review.pk)
    assert "cannot be shown" in act(desk, "reviews/review", "withdraw", review.pk, "bell\x07")
    assert Review.objects.published().exists()
    assert "Ann on Lathe is withdrawn" in act(desk, "reviews/review", "withdraw", review.pk, "It sank.")
    act(desk, "tools/tool", "withdraw", review.tool_id, "Its maker is gone.")
    act(desk, "tools/tool", "publish", review.tool_id)
    assert reasons(act="withdrawn") == [
        ("verdict", "withdrawn", "It sank."),
        ("tool", "withdrawn", "Its maker is gone."),
    ]
    assert reasons(kind="tool")[-1] == ("tool", "published", "")


def test_what_readers_see_cannot_be_deleted_at_the_desk(desk: Client) -> None:
    review = make_review(make_tool())
    assert desk.post(f"/admin/reviews/review/{review.pk}/delete/", {"post": "yes"}).status_code == 403
    form = {"action": "delete_selected", "_selected_action": [review.pk], "post": "yes"}
    desk.post("/admin/reviews/review/", form)
    assert Review.objects.published().exists()
    withdraw_review(review, reason="It sank.")
    assert desk.post(f"/admin/reviews/review/{review.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not Review.objects.exists()


def test_one_reason_for_all_that_one_save_of_a_tool_changes(desk: Client) -> None:
    tool = make_tool()
    plan, fact = make_plan(tool, name="Pro"), make_fact(tool, make_criterion(name="Window"))
    form = {
        **{"name": tool.name, "slug": tool.slug, "maker": "Others", "tagline": tool.tagline, "website": tool.website},
        **{"category": tool.category_id, "licence": "MIT", "description": "x", "reason": "Read again."},
        **{"plans-TOTAL_FORMS": 1, "plans-INITIAL_FORMS": 1, "plans-0-id": plan.pk, "plans-0-tool": tool.pk},
        **{"plans-0-name": "Pro", "plans-0-amount": "30", "plans-0-currency": "USD", "plans-0-period": "month"},
        **{"plans-0-position": plan.position, "plans-0-source": plan.source, "plans-0-checked_on": "2026-11-20"},
        **{"facts-TOTAL_FORMS": 1, "facts-INITIAL_FORMS": 1, "facts-0-id": fact.pk, "facts-0-tool": tool.pk},
        **{"facts-0-criterion": fact.criterion_id, "facts-0-value": "Other", "facts-0-source": fact.source},
        "facts-0-checked_on": "2026-11-20",
    }
    answer = desk.post(f"/admin/tools/tool/{tool.pk}/change/", form)
    assert answer.status_code == 302, text_of(answer)
    told = reasons(act="changed", kind__in=("tool", "price", "fact"))
    assert told == [
        ("tool", "changed", "Read again."),
        ("price", "changed", "Read again."),
        ("fact", "changed", "Read again."),
    ]
    assert (
        desk.post(f"/admin/tools/tool/{tool.pk}/change/", {**form, "maker": "Yet others", "reason": ""}).status_code
        == 302
    )
    assert reasons(act="changed", kind="tool")[-1] == ("tool", "changed", "")


def test_a_load_says_why(folder: Folder) -> None:
    folder.load()
    folder.write("tools/lathe.md", TOOL.replace("12.50", "14.50"))
    folder.write("reviews/lathe/the-builder.md", REVIEW.replace("verdict: ship", "verdict: skip"))
    assert folder.problems() == [
        "reviews/lathe/the-builder.md:1: readers have seen the other verdict: say why it changes, with --reason"
    ]
    with pytest.raises(CommandError, match="cannot be shown"):
        folder.load("--reason", "bell\x07")
    folder.load("--reason", "Read again.", "--dry-run")
    assert not Receipt.objects.filter(act="changed").exists()
    folder.load("--reason", "Read again.")
    assert reasons(act="changed") == [("price", "changed", "Read again."), ("verdict", "changed", "Read again.")]
    folder.write("reviews/lathe/the-builder.md", REVIEW.replace("headline", "status: withdrawn\n    headline"))
    assert len(folder.problems()) == 1


def test_every_service_that_publishes_or_withdraws_takes_a_reason() -> None:
    tool, other = make_tool(slug="a"), make_tool(slug="b")
    comparison = make_comparison(tool, other, status="draft", published_at=None)
    publish_comparison(comparison, reason="Asked for.")
    withdraw(comparison, reason="Wrong.")
    publish(comparison, reason="Right.")
    assert [reason for *_, reason in reasons(kind="comparison")] == ["Asked for.", "Wrong.", "Right."]


# --- Where it is printed ---------------------------------------------------------------------------------------------
def test_a_reason_is_printed_wherever_the_change_is(client: Client) -> None:
    tool = make_tool(name="Lathe", slug="lathe")
    make_tool(name="Plane", slug="plane")
    make_tool(slug="third")
    reviewer = make_reviewer(slug="ann", name="Ann")
    review = make_review(tool, reviewer, "skip")
    turn(review, ODD)
    changed = Receipt.objects.get(act="changed")
    today = f"{timezone.now():%-d %b %Y}"
    for address in (
        "/receipts/",
        "/reviewers/ann/",
        "/tools/lathe/",
        "/compare/lathe-vs-plane/",
        f"/receipts/{changed.pk}/",
    ):
        response = client.get(address)
        assert texts(response, "reason") == [ODD], address
        assert "It &lt;b&gt;sinks&lt;/b&gt; &amp;" in html_of(response), address
    day = timezone.now().date().isoformat()
    for address in (
        *("/tools/lathe/", "/compare/lathe-vs-plane/", "/compare/lathe-vs-plane-vs-third/"),
        *(f"/tools/lathe/?as_of={day}", f"/compare/lathe-vs-plane/?as_of={day}"),
    ):
        assert turned(client, address) == [f"was SKIP until {today}: {ODD}"], address
    entry = feed(client, "/feeds/receipts.atom").findall(f"{ATOM}entry")[0]
    assert text(entry, "content").endswith("<p>It &lt;b&gt;sinks&lt;/b&gt; &amp; the price doubled.</p>")


def test_that_nobody_gave_a_reason_is_said_of_verdicts_only(client: Client) -> None:
    tool = make_tool(slug="lathe")
    plan, review = make_plan(tool), make_review(tool, make_reviewer(slug="ann"), "skip")
    Review.objects.filter(pk=review.pk).update(verdict="ship")
    Review.objects.filter(pk=review.pk).update(headline="Other words.")
    Plan.objects.filter(pk=plan.pk).update(amount=99)
    for address in ("/receipts/", "/reviewers/ann/", "/tools/lathe/"):
        assert texts(client.get(address), "reason") == ["No reason given."], address
    changed = Receipt.objects.filter(kind="verdict", act="changed").earliest("pk")
    assert "Reason No reason given." in text_of(client.get(f"/receipts/{changed.pk}/"))
    entries = feed(client, "/feeds/receipts.atom").findall(f"{ATOM}entry")
    assert [text(entry, "content").count("No reason given.") for entry in entries[:3]] == [0, 0, 1]


def test_many_facts_that_changed_for_one_reason_are_one_line_with_it(client: Client) -> None:
    tool = make_tool(slug="lathe")
    with because("Read from the manual."):
        for number in range(5):
            make_fact(tool, make_criterion(name=f"Criterion {number}"))
    folded = [line for line in texts(client.get("/tools/lathe/"), "receipt") if "facts are on file" in line]
    assert folded == ["5 facts are on file. Read from the manual."]
