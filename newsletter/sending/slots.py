"""Who owns a slot: the database session that holds its advisory lock, whatever any clock says.

A worker that is killed loses its session and with it the lock, within milliseconds. Whoever has the lock next knows
that nobody else is at work in the slot: what was claimed there was certainly not sent, for its mark was never
committed, and the one row that was marked is in doubt.
"""

from __future__ import annotations

from django.conf import settings
from django.db import connection, transaction

from newsletter.locks import SLOT
from newsletter.sending.database import Database, count, row, rows
from newsletter.sending.queue import GRACE_MINUTES

# generate_series is read one by one, so that at most one lock is taken.
_TAKE = """
SELECT number FROM generate_series(1, %(most)s) AS number
WHERE pg_try_advisory_lock(%(lock)s, number) LIMIT 1
"""
_LEFT_OVER = "SELECT DISTINCT slot FROM newsletter_delivery WHERE state IN ('claimed', 'transmitting')"
_IS_FREE = "SELECT pg_try_advisory_xact_lock(%(lock)s, %(slot)s)"

_UNSENT = """
UPDATE newsletter_delivery SET state = 'queued', slot = NULL, token = NULL
WHERE slot = %(slot)s AND state = 'claimed'
"""
_DOUBTFUL = f"""
WITH d AS (
    UPDATE newsletter_delivery
    SET state = 'in_doubt', slot = NULL, doubts = doubts + 1, attempts = attempts + 1, stage = 'dot', code = NULL,
        enhanced = '', doubt_until = statement_timestamp() + interval '{GRACE_MINUTES} minutes'
    WHERE slot = %(slot)s AND state = 'transmitting' RETURNING id, attempts, token, claimed_at, marked_at
)
INSERT INTO newsletter_attempt
    (delivery_id, n, slot, token, started_at, marked_at, ended_at, outcome, stage, code, enhanced, said)
SELECT id, attempts, %(slot)s, token, claimed_at, marked_at, statement_timestamp(), 'in_doubt', 'dot',
       NULL::smallint, '', 'Its worker ended before it could write down an answer.'
FROM d RETURNING delivery_id
"""  # noqa: S608 - our own numbers


def take_slot(database: Database) -> int | None:
    """The first free slot, cleared of what its last owner left; None when all of them are taken.

    The lock lasts as long as the session of `database`.
    """
    found = row(database, _TAKE, {"most": settings.NEWSLETTER_SLOTS, "lock": SLOT})
    if found is None:
        return None
    clear_slot(database, int(found[0]))
    return int(found[0])


def clear_slot(database: Database, slot: int) -> int:
    """Put back what the slot's last owner had claimed, and put in doubt what it had marked; returns how many doubts.

    Only for who holds the slot's lock.
    """
    count(database, _UNSENT, {"slot": slot})
    return len(rows(database, _DOUBTFUL, {"slot": slot}))


def clear_deserted_slots() -> int:
    """The same for every slot whose owner is gone and which nobody has taken; returns how many doubts.

    On Django's connection, never on a worker's session: that would be given its own lock again.
    """
    doubts = 0
    for (slot,) in rows(connection, _LEFT_OVER, {}):
        with transaction.atomic():
            found = row(connection, _IS_FREE, {"lock": SLOT, "slot": slot})
            if found and found[0]:
                doubts += clear_slot(connection, slot)
    return doubts
