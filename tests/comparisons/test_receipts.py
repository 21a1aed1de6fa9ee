"""Whatever way a change reaches the database, its receipt is there, says what was shown, and stays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib import import_module

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from comparisons.models import Comparison, Receipt
from editorial.services import publish, withdraw
from reviews.models import Review, Reviewer
from reviews.services import publish_review, withdraw_review
from tests.comparisons.changes import DRAFT, HOUR
from tests.factories import (
    PUBLISHED_AT,
    make_category,
    make_comparison,
    make_criterion,
    make_fact,
    make_free_plan,
    make_plan,
    make_review,
    make_reviewer,
    make_tool,
    make_user,
)
from tests.passing_time import pass_time
from tests.publications import TOOL, Folder
from tools.models import Category, Fact, Plan, Tool
from tools.services import publish_tool

pytestmark = pytest.mark.django_db


def acts(kind: str) -> list[str]:
    """What receipts of a kind say that readers may know, oldest first."""
    return [receipt.act for receipt in shown(kind)]


def shown(kind: str) -> list[Receipt]:
    return list(Receipt.objects.in_effect().filter(kind=kind).order_by("pk"))


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def test_a_draft_leaves_no_receipt() -> None:
    tool = make_tool(**DRAFT)
    make_plan(tool)
    make_fact(tool)
    make_comparison(tool, make_tool(**DRAFT), **DRAFT)
    make_review(tool, **DRAFT)
    Tool.objects.filter(pk=tool.pk).update(tagline="Other.")
    assert not Receipt.objects.exclude(kind__in=("category", "criterion", "reviewer")).exists()


def test_a_tool_is_published_changed_and_withdrawn_with_all_that_hangs_on_it() -> None:
    tool = make_tool(name="Lathe", slug="lathe", **DRAFT)
    make_plan(tool, name="Pro")
    make_fact(tool, make_criterion(name="Window", kind="number", unit="tokens"), value="100")
    publish_tool(tool)
    review = make_review(tool, make_reviewer(name="Ann"), **DRAFT)
    publish_review(review)
    comparison = make_comparison(tool, make_tool(slug="plane"))
    assert {kind: acts(kind) for kind in ("price", "fact", "verdict", "comparison")} == {
        kind: ["published"] for kind in ("price", "fact", "verdict", "comparison")
    }
    tool.tagline = "Turns."
    tool.save()
    withdraw(tool)
    mine = Receipt.objects.filter(kind="tool", piece=tool.pk).order_by("pk")
    assert [(receipt.act, receipt.before and receipt.before["tagline"]) for receipt in mine] == [
        ("published", None),
        ("changed", "Does one thing."),
        ("withdrawn", "Turns."),
    ]
    assert mine[1].before == {"tagline": "Does one thing."}
    assert [acts(kind)[1:] for kind in ("price", "fact", "verdict", "comparison")] == [["withdrawn"]] * 4
    publish_tool(tool)
    assert [acts(kind)[2:] for kind in ("price", "fact", "verdict", "comparison")] == [["published"]] * 4
    (receipt,) = Receipt.objects.filter(kind="comparison", act="withdrawn")
    assert (receipt.piece, receipt.tool_id, receipt.after) == (comparison.pk, tool.pk, None)
    assert receipt.about["other_slug"] == "plane"


def test_what_changed_while_a_tool_was_away_is_told_when_it_is_back() -> None:
    tool = make_tool()
    gone, kept = make_plan(tool, name="Gone"), make_plan(tool, name="Kept", amount=Decimal(20))
    withdraw(tool)
    gone.delete()
    Plan.objects.filter(pk=kept.pk).update(amount=25)
    assert len(shown("price")) == 4, "nothing is told of a tool that is away"
    publish(tool)
    (back,) = shown("price")[4:]
    assert (back.act, back.piece) == ("published", kept.pk)
    assert back.after is not None
    assert back.after["amount"] == Decimal(25)


@pytest.mark.parametrize(
    "change",
    [
        lambda review: Review.objects.filter(pk=review.pk).update(verdict="skip"),
        lambda review: Review.objects.bulk_update([_with_verdict(review, "skip")], ["verdict"]),
        lambda review: run("UPDATE reviews_review SET verdict = 'skip'"),
    ],
    ids=["queryset", "bulk", "by hand"],
)
def test_a_changed_verdict_has_a_receipt_on_every_road(change: Callable[[Review], object]) -> None:
    review = make_review(make_tool(), verdict="ship")
    change(review)
    published, changed = shown("verdict")
    assert (published.act, changed.act, changed.before) == ("published", "changed", {"verdict": "ship"})
    assert changed.after == {**(published.after or {}), "verdict": "skip"}
    assert changed.effective_at == changed.recorded_at
    assert changed.reviewer_id == review.reviewer_id


def _with_verdict(review: Review, verdict: str) -> Review:
    review.verdict = verdict
    return review


def test_the_desk_leaves_receipts_too(client: Client) -> None:
    client.force_login(make_user(is_staff=True, is_superuser=True))
    review = make_review(make_tool(), verdict="ship")
    fields = {"verdict": "skip", "headline": "No.", "body": "", "tool": review.tool_id, "reviewer": review.reviewer_id}
    fields["reason"] = "It broke."
    assert client.post(f"/admin/reviews/review/{review.pk}/change/", fields).status_code == 302
    assert shown("verdict")[1].before == {"verdict": "ship", "headline": "It floats.", "body": "I looked twice."}
    action = {"action": "withdraw_selected", "_selected_action": [review.pk], "_step": "withdraw"}
    action["reason"] = "The tool is gone."
    assert client.post("/admin/reviews/review/", action).status_code == 302
    assert acts("verdict") == ["published", "changed", "withdrawn"]


def test_saving_what_readers_do_not_see_leaves_no_receipt() -> None:
    tool = make_tool()
    comparison = make_comparison(tool, make_tool())
    count = Receipt.objects.count()
    tool.save()
    Comparison.objects.filter(pk=comparison.pk).update(is_featured=True)
    assert Receipt.objects.count() == count


def test_a_rolled_back_change_leaves_no_receipt() -> None:
    review = make_review(make_tool())
    with transaction.atomic():
        withdraw_review(review, reason="Looked again.")
        assert acts("verdict") == ["published", "withdrawn"]
        transaction.set_rollback(True)
    assert acts("verdict") == ["published"]


def test_names_have_receipts_so_that_an_old_page_shows_the_old_name() -> None:
    category, reviewer = make_category(name="Old"), make_reviewer(name="Ann")
    Category.objects.filter(pk=category.pk).update(name="New")
    Reviewer.objects.filter(pk=reviewer.pk).update(is_active=False)
    assert shown("category")[-1].before == {"name": "Old"}
    assert shown("reviewer")[-1].before == {"is_active": True}


def test_a_review_moved_to_another_tool_leaves_the_first() -> None:
    first, second = make_tool(), make_tool()
    review = make_review(first)
    Review.objects.filter(pk=review.pk).update(tool=second)
    assert [(receipt.tool_id, receipt.act) for receipt in shown("verdict")] == [
        (first.pk, "published"),
        (first.pk, "withdrawn"),
        (second.pk, "published"),
    ]


def test_a_deleted_tool_leaves_its_receipts() -> None:
    tool = make_tool(name="Gone")
    make_plan(tool)
    pk = tool.pk
    tool.delete()
    receipts = Receipt.objects.in_effect().filter(tool_id=pk).order_by("pk")
    assert [(receipt.kind, receipt.act) for receipt in receipts] == [
        ("tool", "published"),
        ("price", "published"),
        ("price", "withdrawn"),
        ("tool", "withdrawn"),
    ]
    assert {receipt.about["tool"] for receipt in receipts} == {"Gone"}


# --- Scheduled pieces ------------------------------------------------------------------------------------------------
def test_a_scheduled_review_has_a_receipt_dated_at_its_moment_and_hidden_until_then() -> None:
    review = make_review(make_tool(), **DRAFT)
    moment = timezone.now() + HOUR
    publish_review(review, at=moment)
    assert shown("verdict") == []
    (receipt,) = Receipt.objects.filter(kind="verdict")
    assert receipt.effective_at == moment
    assert receipt.recorded_at < moment
    pass_time(2 * HOUR)
    assert shown("verdict") == [receipt]
    publish_review(Review.objects.get(pk=review.pk))  # an editor confirms what the clock has done
    Review.objects.filter(pk=review.pk).update(verdict="skip")
    assert acts("verdict") == ["published", "changed"]


def test_what_is_changed_before_its_moment_was_never_shown_in_its_first_form() -> None:
    review = make_review(make_tool(), verdict="ship", **DRAFT)
    publish_review(review, at=timezone.now() + HOUR)
    publish_review(review, at=timezone.now() + 3 * HOUR)
    Review.objects.filter(pk=review.pk).update(verdict="skip")
    assert Receipt.objects.filter(kind="verdict").count() == 3
    pass_time(2 * HOUR)
    assert shown("verdict") == []
    pass_time(2 * HOUR)
    (receipt,) = shown("verdict")
    assert receipt.after is not None
    assert (receipt.act, receipt.after["verdict"], receipt.before) == ("published", "skip", None)


def test_what_is_cancelled_before_its_moment_never_appears() -> None:
    review = make_review(make_tool(), **DRAFT)
    publish_review(review, at=timezone.now() + HOUR)
    withdraw_review(review, reason="Looked again.")
    pass_time(2 * HOUR)
    assert shown("verdict") == []
    assert not Receipt.objects.in_effect().filter(act="cancelled").exists()


def test_what_is_published_before_its_moment_is_dated_now() -> None:
    tool = make_tool()
    pass_time(HOUR)
    review = make_review(tool, **DRAFT)
    publish_review(review, at=timezone.now() + HOUR)
    publish_review(review, at=timezone.now())
    pass_time(2 * HOUR)
    (receipt,) = shown("verdict")
    assert receipt.effective_at == receipt.recorded_at


def test_a_public_piece_put_off_is_withdrawn_now_and_comes_back_at_its_moment() -> None:
    tool = make_tool()
    make_plan(tool)
    publish(tool, at=timezone.now() + HOUR)
    assert acts("tool") == acts("price") == ["published", "withdrawn"]
    pass_time(2 * HOUR)
    assert acts("tool") == acts("price") == ["published", "withdrawn", "published"]


def test_a_price_of_a_scheduled_tool_appears_with_it() -> None:
    tool = make_tool(**DRAFT)
    publish(tool, at=timezone.now() + HOUR)
    plan = make_plan(tool, amount=Decimal(20))
    Plan.objects.filter(pk=plan.pk).update(amount=30)
    pass_time(2 * HOUR)
    (receipt,) = shown("price")
    assert receipt.after is not None
    assert receipt.after["amount"] == Decimal(30)
    assert receipt.effective_at == Tool.objects.get(pk=tool.pk).published_at


# --- Dates of what arrives -------------------------------------------------------------------------------------------
def test_a_tool_that_arrives_with_its_history_brings_its_dates(folder: Folder) -> None:
    folder.write("tools/lathe.md", TOOL.replace("launched_on", "published_at: 2026-11-01T08:00:00Z\n    launched_on"))
    folder.load()
    moments = {
        kind: Receipt.objects.filter(kind=kind, tool__slug="lathe")[0].effective_at
        for kind in ("tool", "price", "fact", "verdict")
    }
    assert moments == {
        "tool": datetime(2026, 11, 1, 8, tzinfo=UTC),
        "price": datetime(2026, 11, 2, tzinfo=UTC),
        "fact": datetime(2026, 11, 3, tzinfo=UTC),
        "verdict": datetime(2026, 11, 5, 9, tzinfo=UTC),
    }
    count = Receipt.objects.count()
    folder.load()
    assert Receipt.objects.count() == count, "loading the same again shows readers nothing new"


def test_later_nothing_is_dated_before_it_was_recorded() -> None:
    tool = make_tool()
    pass_time(HOUR)
    before = timezone.now()
    make_review(tool, published_at=PUBLISHED_AT)
    make_plan(tool, checked_on=date(2026, 11, 2))
    for kind in ("verdict", "price"):
        (receipt,) = shown(kind)
        assert receipt.effective_at == receipt.recorded_at > before


def test_what_was_there_before_receipts_gets_its_first_ones_with_its_dates() -> None:
    tables = import_module("comparisons.migrations.0005_keep_receipts")
    for table in tables.KEPT:
        run(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    tool = make_tool()
    make_free_plan(tool, checked_on=date(2026, 11, 4))
    make_review(tool)
    make_review(make_tool(), **DRAFT)
    run("SET CONSTRAINTS ALL IMMEDIATE")
    for table in tables.KEPT:
        run(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    assert not Receipt.objects.exists()
    run(tables.FILL)
    assert {receipt.kind: receipt.effective_at for receipt in Receipt.objects.filter(tool=tool)} == {
        "tool": PUBLISHED_AT,
        "verdict": PUBLISHED_AT,
        "price": datetime(2026, 11, 4, tzinfo=UTC),
    }
    assert len(shown("verdict")) == 1
    count = Receipt.objects.count()
    run(tables.FILL)
    assert Receipt.objects.count() == count


# --- For good --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "attempt",
    [
        lambda receipt: receipt.save(),
        lambda receipt: receipt.delete(),
        lambda _: Receipt.objects.update(act="withdrawn"),
        lambda _: Receipt.objects.filter(kind="verdict").delete(),
        lambda receipt: Receipt.objects.bulk_update([receipt], ["effective_at"]),
        lambda _: run("UPDATE comparisons_receipt SET effective_at = now() WHERE kind = 'verdict'"),
        lambda _: run("DELETE FROM comparisons_receipt WHERE kind = 'verdict'"),
        lambda _: run(
            "ALTER TABLE comparisons_receipt ENABLE TRIGGER receipts_are_not_emptied; TRUNCATE comparisons_receipt"
        ),
    ],
    ids=["save", "delete", "update all", "delete some", "bulk", "SQL update", "SQL delete", "SQL truncate"],
)
def test_a_receipt_can_be_neither_changed_nor_deleted(attempt: Callable[[Receipt], object]) -> None:
    make_review(make_tool())
    receipt = Receipt.objects.get(kind="verdict")
    before = list(Receipt.objects.order_by("pk").values())
    with pytest.raises(IntegrityError, match="Receipts are for good"), transaction.atomic():
        attempt(receipt)
    assert list(Receipt.objects.order_by("pk").values()) == before


def test_the_desk_has_no_door_to_receipts(client: Client) -> None:
    client.force_login(make_user(is_staff=True, is_superuser=True))
    assert "receipt" not in client.get(reverse("admin:index")).content.decode().lower()
    assert client.get("/admin/comparisons/receipt/").status_code == 404


def test_deleting_a_fact_is_a_receipt_that_keeps_its_words() -> None:
    fact = make_fact(make_tool(), make_criterion(name="Window"), value="128000")
    Fact.objects.filter(pk=fact.pk).delete()
    gone = shown("fact")[-1]
    assert gone.before is not None
    assert (gone.act, gone.before["value"], gone.about["criterion"]) == ("withdrawn", "128000", "Window")
