"""The counts beside the filters of /receipts/: kept by the database, gathered each minute, checked at night."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from comparisons.models import Receipt, ReceiptCount
from comparisons.receipts.counting import find_miscounts, gather_counts
from comparisons.tasks import check_standings_task, count_votes_task
from tests.factories import make_review, make_tool
from tests.pages import text_of

pytestmark = pytest.mark.django_db


def summed() -> dict[tuple[str, int | None, int | None], int]:
    found: dict[tuple[str, int | None, int | None], int] = {}
    for part in ReceiptCount.objects.all():
        key = (part.kind, part.category_id, part.reviewer_id)
        found[key] = found.get(key, 0) + part.number
    return found


def recounted() -> dict[tuple[str, int | None, int | None], int]:
    found: dict[tuple[str, int | None, int | None], int] = {}
    for receipt in Receipt.objects.all():
        if receipt.effective_at <= receipt.recorded_at and receipt.act != "cancelled":
            key = (receipt.kind, receipt.category_id, receipt.reviewer_id)
            found[key] = found.get(key, 0) + 1
    return found


def test_counts_follow_every_receipt_and_stay_when_they_are_gathered() -> None:
    for number in range(5):
        review = make_review(make_tool(), verdict="ship" if number % 2 else "skip")
        review.headline = "On second thoughts, it floats."
        review.save()
    make_tool(published_at=timezone.now() + timedelta(days=3))  # to come: looked at by the clock, not counted
    before = summed()
    assert before == recounted()
    parts = ReceiptCount.objects.count()
    gather_counts()
    assert (summed(), find_miscounts()) == (before, [])
    assert ReceiptCount.objects.count() == len(before) < parts
    kept = set(ReceiptCount.objects.values_list("pk", flat=True))
    gather_counts()
    assert set(ReceiptCount.objects.values_list("pk", flat=True)) == kept


def test_the_page_counts_what_was_counted_and_what_is_scheduled(client: Client) -> None:
    make_review(make_tool())
    tool = make_tool(published_at=timezone.now() + timedelta(days=3))
    assert "3 receipts, 1 to 3 shown" not in text_of(client.get("/receipts/"))
    count_votes_task()
    shown = text_of(client.get("/receipts/"))
    assert "2 receipts, 1 to 2 shown" in shown
    assert tool.name not in shown


def test_a_count_that_drifted_is_an_alarm_at_night(caplog: pytest.LogCaptureFixture) -> None:
    make_review(make_tool())
    with connection.cursor() as cursor:
        cursor.execute("UPDATE comparisons_receiptcount SET number = number + 1 WHERE kind = 'verdict'")
    (sentence,) = find_miscounts()
    assert sentence.startswith("verdict, class ")
    assert sentence.endswith(": 1 receipts are there, 2 are counted")
    with caplog.at_level(logging.ERROR):
        check_standings_task()
    assert "Receipts are miscounted" in caplog.text
