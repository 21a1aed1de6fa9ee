"""What the database keeps by itself."""

from __future__ import annotations

from datetime import time

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from newsletter.models import Block, Consent, Issue

pytestmark = pytest.mark.django_db


def make_issue(number: int = 1, **fields: object) -> Issue:
    told = {"iso_week": f"2026-W{number:02}", "due_at": timezone.now(), "zone": "UTC", "local_time": time(9)}
    return Issue.objects.create(number=number, **{**told, **fields})


@pytest.mark.parametrize("how", ["update", "delete"])
def test_a_consent_is_for_good(how: str) -> None:
    consent = Consent.objects.create(subscriber_id=1, address_hmac=b"x" * 32, kind=Consent.Kind.ASKED)
    rows = Consent.objects.filter(pk=consent.pk)
    with pytest.raises(DatabaseError, match="for good"), transaction.atomic():
        rows.update(source="elsewhere") if how == "update" else rows.delete()
    assert Consent.objects.get().source == ""


@pytest.mark.parametrize("field", ["subject", "introduction", "html", "text", "iso_week"])
def test_what_is_frozen_cannot_change(field: str) -> None:
    issue = make_issue(content_sha256=b"x" * 32, status=Issue.Status.FROZEN)
    with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
        Issue.objects.filter(pk=issue.pk).update(**{field: "2026-W50"})
    Issue.objects.filter(pk=issue.pk).update(status=Issue.Status.SENDING)


def test_blocks_are_frozen_with_their_issue() -> None:
    issue = make_issue()
    block = Block.objects.create(issue=issue, kind=Block.Kind.NOTE, about="a")
    Issue.objects.filter(pk=issue.pk).update(content_sha256=b"x" * 32)
    for change in (block.delete, lambda: Block.objects.update(words="Late.")):
        with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
            change()


def test_nothing_is_sent_that_is_not_frozen_and_counts_add_up() -> None:
    with pytest.raises(DatabaseError, match="what_goes_out_is_frozen"), transaction.atomic():
        make_issue(status=Issue.Status.SENDING)
    with pytest.raises(DatabaseError, match="issue_counts_add_up"), transaction.atomic():
        make_issue(candidates=10, excluded=2, expected=9)


def test_a_week_has_one_issue() -> None:
    make_issue()
    with pytest.raises(DatabaseError, match="iso_week"), transaction.atomic():
        make_issue(number=2, iso_week="2026-W01")
