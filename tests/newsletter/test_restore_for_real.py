"""F22, small: rows are saved, people leave, the issue goes out by a real worker, the rows come back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test import override_settings

from newsletter.models import Delivery, Subscriber
from newsletter.sending.doubts import send_held_again
from newsletter.sending.rounds import look_after
from newsletter.services import erase, unsubscribe
from tests.newsletter.audiences import being_sent
from tests.newsletter.test_worker import work
from tests.sink import Sink

pytestmark = pytest.mark.django_db(transaction=True)
READERS, LEAVERS, BEFORE = 60, 10, 15
# What a dump of this small world consists of. Triggers and constraints are off while it comes back, as in a restore.
TABLES = ("issue", "subscriber", "suppression", "consent", "delivery", "attempt", "tally", "pause", "carrier")


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[Sink]:
    with Sink(tmp_path / "mail.log") as made:
        yield made


def back_up() -> int:
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"CREATE TABLE backup_{table} AS TABLE newsletter_{table}")
        cursor.execute("SELECT last_value FROM newsletter_journal_number")
        return int(cursor.fetchone()[0])


def restore(number: int) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for table in TABLES:
            cursor.execute(f"DELETE FROM newsletter_{table}")  # noqa: S608 - our own names
            cursor.execute(f"INSERT INTO newsletter_{table} SELECT * FROM backup_{table}")  # noqa: S608
            cursor.execute(f"DROP TABLE backup_{table}")
        cursor.execute("SELECT setval('newsletter_journal_number', %s)", [number])


def told(name: str, *arguments: str) -> str:
    out = StringIO()
    call_command(name, *arguments, stdout=out)
    return out.getvalue()


def copies(sink: Sink) -> Counter[str]:
    return Counter(mail.recipient for mail in sink.accepted())


def test_last_night_s_backup_mails_nobody_who_left_and_nobody_twice(sink: Sink, tmp_path: Path) -> None:
    issue = being_sent(READERS)
    stop_at = iter(range(BEFORE))
    work(sink, is_told_to_stop=lambda: len(sink.accepted()) >= BEFORE and next(stop_at, None) is not None)
    number, at_backup = back_up(), copies(sink)
    assert 0 < len(at_backup) < READERS

    waiting = Delivery.objects.filter(state="queued").order_by("pk").values_list("subscriber_id", flat=True)
    leavers = list(Subscriber.objects.filter(pk__in=waiting)[:LEAVERS])
    addresses = {reader.address for reader in leavers}
    for reader in leavers[: LEAVERS // 2]:
        unsubscribe(reader, "test")
    for reader in leavers[LEAVERS // 2 :]:
        erase(reader, form="test")
    # Half of the rest goes out before the disk dies.
    work(sink, is_told_to_stop=lambda: len(sink.accepted()) >= READERS // 2)
    before = copies(sink)
    assert len(before) >= READERS // 2

    restore(number)
    look_after(), work(sink)
    assert copies(sink) == before, "sending is off by itself, before anybody has said a word"

    said = told("mark_restored")
    assert f"{LEAVERS} people want no mail" in said
    look_after(), work(sink)
    assert copies(sink) == before

    log = tmp_path / "relay.log"
    log.write_text("\n".join(f"message-id={mail.message_id}" for mail in sink.accepted()))
    told("reconcile", str(issue.number), str(log))
    with override_settings(NEWSLETTER_GENERATION=2):
        held = Delivery.objects.filter(state="held").values_list("pk", flat=True)
        send_held_again(connection, issue_id=issue.pk, pks=list(held))
        look_after(), work(sink)
    after = copies(sink)
    assert not addresses & set(after), "nobody who left"
    assert max(after.values()) == 1, "nobody twice"
    assert set(after) == {f"reader{number}@example.org" for number in range(1, READERS + 1)} - addresses
