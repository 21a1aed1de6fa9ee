"""Addresses that get no weekly email, by keyed hash alone. Account mail still flows."""

from __future__ import annotations

from django.db import transaction

from newsletter import journal
from newsletter.addresses import address_hmac, address_hmacs
from newsletter.models import Suppression

Reason = Suppression.Reason
# The weakest first: a weaker reason never takes the place of a stronger one.
_BY_STRENGTH = [
    *(Reason.UNSUBSCRIBED, Reason.ERASED, Reason.SOFT, Reason.BOUNCED, Reason.COMPLAINED),
    Reason.BY_HAND,
]
# A press of the button in a mail that arrived takes these back. Of the others people who complained are never written
# to because somebody typed their address, and what an editor has decided an editor undoes.
LIFTED_BY_THEMSELVES = frozenset({Reason.UNSUBSCRIBED, Reason.ERASED, Reason.SOFT, Reason.BOUNCED})


def suppression_of(key: str) -> Suppression | None:
    """The strongest suppression of a mailbox's key, under whichever of our secrets it was written."""
    found = list(Suppression.objects.filter(address_hmac__in=address_hmacs(key)))
    return max(found, key=lambda row: _BY_STRENGTH.index(Reason(row.reason)), default=None)


def suppress(key: str, reason: Reason, *, source: str = "") -> None:
    """No weekly email to this mailbox from the commit on. Harmless twice; the stronger reason stays."""
    suppress_hash(address_hmac(key), reason, source=source)


@transaction.atomic
def suppress_hash(hashed: bytes, reason: Reason, *, source: str = "") -> None:
    """The same where the hash alone is known."""
    kept, is_new = Suppression.objects.select_for_update().get_or_create(
        address_hmac=hashed, defaults={"reason": reason, "source": source}
    )
    if not is_new:
        if _BY_STRENGTH.index(reason) <= _BY_STRENGTH.index(Reason(kept.reason)):
            return
        kept.reason, kept.source, kept.is_journaled = reason, source, False
        kept.save(update_fields=["reason", "source", "is_journaled"])
    note_suppression(hashed, reason)


@transaction.atomic
def unsuppress(key: str) -> None:
    """Mail may go to this mailbox again: its reader has said so anew, or an editor."""
    for hashed in address_hmacs(key):
        lift_hash(hashed)


@transaction.atomic
def lift_hash(hashed: bytes) -> None:
    """The same for somebody of whom an editor knows no more than the keyed hash."""
    deleted, _ = Suppression.objects.filter(address_hmac=hashed).delete()
    if deleted:
        journal.note(journal.LIFTED, hashed.hex())


def note_suppression(hashed: bytes, reason: Reason) -> None:
    """In the file outside the database, once this is committed (newsletter/journal.py)."""
    rows = Suppression.objects.filter(address_hmac=hashed, reason=reason)
    journal.note(reason, hashed.hex(), lambda: rows.update(is_journaled=True))
