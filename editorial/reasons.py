"""Why something changes, in words for readers: what receipts print as the reason (docs/decisions/0023).

A reason belongs to the transaction that makes the change. The database writes it on every receipt of that change, and
forgets it with the transaction.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _

from editorial.characters import check_characters

LONGEST = 500
_SETTING = "drydock.reason"


def clean_reason(text: str) -> str:
    """One paragraph of plain text, single-spaced; ValidationError for what is too long or cannot be shown safely."""
    reason = " ".join(unicodedata.normalize("NFC", text).split())
    check_characters(reason, is_line=True)
    if len(reason) > LONGEST:
        said = _("A reason has at most %(most)s characters. This one has %(count)s.")
        raise ValidationError(said % {"most": LONGEST, "count": len(reason)})
    return reason


@contextmanager
def because(reason: str) -> Iterator[None]:
    """Every receipt that is written inside bears this reason; ValidationError for one that `clean_reason` refuses.

    It is a transaction, or a savepoint of the one under way. Of two, one inside the other, the inner holds until it
    ends; an empty one changes nothing.
    """
    said = clean_reason(reason)
    with transaction.atomic():
        if not said:
            yield
            return
        before = reason_given()
        _say(said)
        yield
        if not connection.needs_rollback:
            _say(before)  # else, and after an exception, the savepoint takes it back


def reason_given() -> str:
    """The reason that receipts bear at this point of the transaction; empty when none was given. One query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting(%s, true), '')", [_SETTING])
        (reason,) = cursor.fetchone() or ("",)
        return str(reason)


def _say(reason: str) -> None:
    """Until the transaction ends, never longer: the next one on this connection may be somebody else's."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [_SETTING, reason])
