"""The journal's word on who wants no mail, taken back into a database that has forgotten it."""

from __future__ import annotations

from pathlib import Path

from django.db import transaction

from newsletter import journal
from newsletter.journal import Entry
from newsletter.models import Subscriber, Suppression
from newsletter.services.subscribing import erase, unsubscribe
from newsletter.services.suppressing import note_suppression, suppress_hash

Reason = Suppression.Reason
HOW = "journal, after a restore"


def replay(file: Path | None = None) -> int:
    """Do what the last line about each mailbox says; returns for how many the database did not know it.

    Whoever has subscribed again since is left alone. Harmless twice. OSError when a file that is named cannot be read.
    """
    if file is None and not journal.path().exists():
        return 0
    last = {entry.about: entry for entry in journal.entries(file) if _reason(entry) or entry.what == journal.LIFTED}
    return sum(_take_back(entry) for entry in last.values())


def append_unwritten() -> int:
    """Append what was committed and never reached the file, such as when a process ended between; returns how many."""
    waiting = list(Suppression.objects.filter(is_journaled=False)[:1_000])
    for row in waiting:
        with transaction.atomic():
            note_suppression(bytes(row.address_hmac), Reason(row.reason))
    return len(waiting)


@transaction.atomic
def _take_back(entry: Entry) -> bool:
    reason = _reason(entry)
    if reason is None:
        return False
    hashed = bytes.fromhex(entry.about)
    subscriber = Subscriber.objects.select_for_update().filter(address_hmac=hashed).first()
    if subscriber and subscriber.confirmed_at and subscriber.confirmed_at > entry.at:
        return False
    is_active = subscriber is not None and subscriber.state == Subscriber.State.ACTIVE
    is_news = is_active or not Suppression.objects.filter(address_hmac=hashed).exists()
    if subscriber and reason == Reason.ERASED:
        erase(subscriber, form=HOW)
    elif subscriber and reason in (Reason.UNSUBSCRIBED, Reason.COMPLAINED):
        unsubscribe(subscriber, HOW)
    suppress_hash(hashed, reason, source=HOW)
    return is_news


def _reason(entry: Entry) -> Suppression.Reason | None:
    words = entry.what.replace("_", " ")
    return Reason(words) if words in Reason.values and len(entry.about) == 64 else None
