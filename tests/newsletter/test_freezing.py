"""Who gets an issue, and that from its freezing on nobody and nothing is added, changed or lost."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import override_settings
from django.utils import timezone
from django.utils.formats import date_format

from newsletter.models import Attempt, Delivery, Issue, Subscriber, Suppression
from newsletter.rendering import is_silent, readers_of, render
from newsletter.sending.freezing import freeze_issue, start_issue
from newsletter.sending.message_ids import message_id, read_message_id
from newsletter.sending.pausing import CannotStepError
from newsletter.services import suppress, unsubscribe
from tests.factories import make_tool
from tests.newsletter.audiences import approved, being_sent, frozen, make_readers
from tests.newsletter.test_models import make_issue
from tools.figures import day_in_full

pytestmark = pytest.mark.django_db


def asked(issue: Issue) -> list[str | None]:
    return list(Delivery.objects.filter(issue=issue).order_by("subscriber_id").values_list("address", flat=True))


def test_everybody_who_may_be_mailed_is_asked_once_and_everybody_else_is_counted() -> None:
    make_readers(3)
    make_readers(1, "waiting", state="pending", confirmed_at=None)
    make_readers(2, "away", paused_until=timezone.now().date() + timedelta(days=3))
    make_readers(1, "back", paused_until=timezone.now().date())
    make_readers(1, "quiet", only_followed=True)
    (bounced,) = make_readers(1, "bounced")
    suppress(bounced.address_key, Suppression.Reason.BOUNCED)
    unsubscribe(make_readers(1, "left")[0], "test")
    issue = freeze_issue(approved())
    assert asked(issue) == ["reader1@example.org", "reader2@example.org", "reader3@example.org", "back1@example.org"]
    assert (issue.candidates, issue.excluded, issue.expected) == (8, 4, 4)
    assert issue.exclusions == {"paused": 2, "silent": 1, "suppressed": 1}
    assert asked(issue) == list(
        Subscriber.objects.mailable().exclude(only_followed=True).order_by("pk").values_list("address", flat=True)
    )


def test_silence_is_what_the_mail_itself_would_say() -> None:
    """One statement decides for everybody, and the printed issue for one: they never differ."""
    tools = [make_tool() for _ in range(3)]
    issue = approved()
    with connection.cursor() as cursor:  # blocks that touch one of these tools
        cursor.execute(
            "UPDATE newsletter_block SET found = jsonb_set(found, '{touches,tools}', %s) WHERE kind = 'price'",
            [f"[{tools[0].pk}]"],
        )
    for number, tool in enumerate([*tools, None]):
        (reader,) = make_readers(1, f"quiet{number}x", only_followed=True)
        reader.tools.set([tool] if tool else [])
    issue.refresh_from_db()
    rendered, subscribers = render(issue), list(Subscriber.objects.order_by("pk"))
    loud = [reader.address for reader in readers_of(subscribers) if not is_silent(rendered, reader)]
    assert loud == asked(freeze_issue(issue))
    assert "quiet0x1@example.org" in loud
    assert "quiet3x1@example.org" not in loud


def test_words_are_fixed_with_their_hash() -> None:
    issue = frozen()
    assert (issue.status, issue.published_at, issue.subject) == (
        "frozen",
        issue.frozen_at,
        "Four to nil against Gantry Agents",
    )
    assert (
        bytes(issue.content_sha256 or b"") == sha256(f"{issue.subject}\0{issue.html}\0{issue.text}".encode()).digest()
    )
    with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
        Issue.objects.filter(pk=issue.pk).update(text="Other words.")


@pytest.mark.parametrize("changed", [{"expected": 9, "candidates": 9}, {"message_tail": "other@x"}])
def test_an_audience_is_frozen(changed: dict[str, Any]) -> None:
    issue = frozen()
    with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
        Issue.objects.filter(pk=issue.pk).update(**changed)


def test_only_an_approved_issue_is_frozen_and_only_a_frozen_one_is_started() -> None:
    with pytest.raises(CannotStepError, match="not approved"):
        freeze_issue(make_issue())
    issue = approved(2)
    with pytest.raises(CannotStepError, match="not frozen"):
        start_issue(issue)
    with override_settings(NEWSLETTER_POSTAL_ADDRESS=" "), pytest.raises(CannotStepError, match="postal address"):
        freeze_issue(issue)
    assert start_issue(freeze_issue(issue)).status == "sending"
    with pytest.raises(CannotStepError, match="not approved"):
        freeze_issue(issue)


def test_one_row_for_a_reader_and_for_a_mailbox() -> None:
    issue = being_sent(1)
    row = Delivery.objects.get()
    for twin in (
        {"subscriber_id": row.subscriber_id, "address_key": "other@example.org"},
        {"subscriber_id": 99, "address_key": row.address_key},
    ):
        with pytest.raises(DatabaseError, match="one_delivery_per"), transaction.atomic():
            Delivery.objects.create(issue=issue, address="x@example.org", **twin)


def test_a_delivery_keeps_its_reader_and_stays() -> None:
    being_sent(1)
    for change in ({"address": "other@example.org"}, {"subscriber_id": 77}):
        with pytest.raises(DatabaseError, match="audience"), transaction.atomic():
            Delivery.objects.update(**change)
    for rows in (Delivery.objects.all(), Issue.objects.all()):
        with pytest.raises(DatabaseError, match="accounted for"), transaction.atomic():
            rows._raw_delete("default")


def test_an_attempt_is_for_good() -> None:
    being_sent(1)
    now = timezone.now()
    Attempt.objects.create(
        delivery=Delivery.objects.get(),
        n=1,
        slot=1,
        token="12345678123456781234567812345678",
        started_at=now,
        ended_at=now,
        outcome="deferred",
        stage="rcpt",
    )
    with pytest.raises(DatabaseError, match="for good"), transaction.atomic():
        Attempt.objects.update(said="Something else.")
    with pytest.raises(DatabaseError, match="for good"), transaction.atomic():
        Attempt.objects.all().delete()


def test_an_issue_is_done_when_everybody_is_settled_and_not_before() -> None:
    issue = being_sent(2)
    done = Issue.objects.filter(pk=issue.pk)
    with pytest.raises(DatabaseError, match="0 of 2 are settled"), transaction.atomic():
        done.update(status="done")
    Delivery.objects.update(state="rejected", final_at=timezone.now())
    assert done.update(status="done") == 1
    with pytest.raises(DatabaseError, match="settled stays"), transaction.atomic():
        Delivery.objects.update(state="queued", final_at=None)


def test_message_ids_are_read_back() -> None:
    issue = frozen(1)
    made = message_id(12, issue.message_tail)
    assert read_message_id(made) == read_message_id(made.strip("<>")) == (12, issue.message_tail)
    assert read_message_id("<0.x@y>") is read_message_id("nothing") is None


def test_an_issue_bears_the_day_on_which_it_goes_out_whenever_it_was_due() -> None:
    now = timezone.now()
    issue = freeze_issue(approved(due_at=now + timedelta(days=3)))
    told = f"{date_format(now, 'l')} {day_in_full(now.date())}"
    assert told in issue.html
    assert told in issue.text
