"""A list of readers put on the list, five thousand in each statement: a table is locked meanwhile."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import batched
from typing import Any

from django.db import connection
from django.db.models.functions import Lower

from accounts.models import User
from newsletter.addresses import address_hmac
from newsletter.entries import Entry
from newsletter.models.subscribers import Subscriber, new_key

AT_ONCE = 5_000  # lines a statement

_FRESH = """
INSERT INTO newsletter_subscriber
    (address, address_key, address_hmac, key, confirmed_at, user_id, state, only_followed)
SELECT *, 'active', false
FROM unnest(%s::text[], %s::text[], %s::bytea[], %s::bytea[], %s::timestamptz[], %s::bigint[])
RETURNING address_key, id
"""
_AGAIN = """
UPDATE newsletter_subscriber AS s
SET state = 'active', address = n.address, confirmed_at = n.agreed_at, user_id = n.user_id, ended_at = NULL,
    paused_until = NULL
FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[], %s::bigint[]) AS n (id, address, agreed_at, user_id)
WHERE s.id = n.id
"""
_CONSENTS = """
INSERT INTO newsletter_consent (subscriber_id, address_hmac, source, agreed_at, kind, form, wording)
SELECT *, 'imported', 'desk', '' FROM unnest(%s::bigint[], %s::bytea[], %s::text[], %s::timestamptz[])
"""
_FOLLOWED = "INSERT INTO {} (subscriber_id, {}) SELECT * FROM unnest(%s::bigint[], %s::bigint[]) ON CONFLICT DO NOTHING"


def put(entries: Sequence[Entry]) -> None:
    """Active from now on, each with the step of a consent and what it follows."""
    with connection.cursor() as cursor:
        for some in batched(entries, AT_ONCE):
            accounts = _accounts(some)
            _take_up(cursor, [entry for entry in some if entry.pk], accounts)
            _insert(cursor, [entry for entry in some if entry.pk is None], accounts)
            _consent(cursor, some)
            _follow(cursor, some)


def _accounts(entries: Iterable[Entry]) -> dict[str, int]:
    """Accounts that have proved one of the addresses."""
    lowered = [entry.mailbox.address.lower() for entry in entries]
    known = User.objects.alias(lowered=Lower("email")).filter(lowered__in=lowered).exclude(verified_at=None)
    return {email.lower(): pk for email, pk in known.values_list("email", "pk")}


def _insert(cursor: Any, entries: Sequence[Entry], accounts: dict[str, int]) -> None:
    mailboxes = [entry.mailbox for entry in entries]
    columns = (
        [mailbox.address for mailbox in mailboxes],
        [mailbox.key for mailbox in mailboxes],
        [address_hmac(mailbox.key) for mailbox in mailboxes],
        [new_key() for _mailbox in mailboxes],
        [entry.agreed_at for entry in entries],
        [accounts.get(mailbox.address.lower()) for mailbox in mailboxes],
    )
    cursor.execute(_FRESH, columns)
    made = dict(cursor.fetchall())
    for entry in entries:
        entry.pk = made[entry.mailbox.key]


def _take_up(cursor: Any, entries: Sequence[Entry], accounts: dict[str, int]) -> None:
    """Those that are there, waiting or ended."""
    columns = (
        [entry.pk for entry in entries],
        [entry.mailbox.address for entry in entries],
        [entry.agreed_at for entry in entries],
        [accounts.get(entry.mailbox.address.lower()) for entry in entries],
    )
    cursor.execute(_AGAIN, columns)


def _consent(cursor: Any, entries: Sequence[Entry]) -> None:
    columns = (
        [entry.pk for entry in entries],
        [address_hmac(entry.mailbox.key) for entry in entries],
        [entry.source for entry in entries],
        [entry.agreed_at for entry in entries],
    )
    cursor.execute(_CONSENTS, columns)


def _follow(cursor: Any, entries: Sequence[Entry]) -> None:
    for name, key in (("categories", "category_id"), ("tools", "tool_id")):
        table = connection.ops.quote_name(getattr(Subscriber, name).through._meta.db_table)
        pairs = [(entry.pk, wished) for entry in entries for wished in getattr(entry.wishes, name)]
        for some in batched(pairs, AT_ONCE):
            cursor.execute(_FOLLOWED.format(table, key), [list(column) for column in zip(*some, strict=True)])
