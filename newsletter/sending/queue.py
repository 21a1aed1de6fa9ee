"""The steps of a delivery, each of them one statement: claim, mark, record, and what follows from a refused mark.

A row belongs to whoever knows its token. `mark` is the fence: a worker that has lost its slot, a reader who has left,
an issue that was paused or cancelled do not pass it, and after it nothing but the end of the message is left to send.
Times are the database's; no worker's clock decides anything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from uuid import UUID, uuid4

from django.conf import settings

from newsletter.sending.database import Database, count, row, rows
from newsletter.sending.guard import GENERATION
from newsletter.sending.transport import Kind, Outcome

BACK_OFF = (1, 4, 15, 60, 180, 360)  # minutes, each give or take half
MOST_ATTEMPTS = 8
MOST_HOURS = 48
GRACE_MINUTES = 15  # how long a doubt stays open for a late answer
_MOST_WORDS = 300
_ADDRESS = re.compile(r"[^\s<>()\[\]]+@[^\s<>()\[\]]+")


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery that one worker may try, as long as its token holds."""

    pk: int
    issue_id: int
    subscriber_id: int
    address: str
    slot: int
    token: UUID


# Who may get an issue at this moment; the same as SubscriberQuerySet.mailable, for one delivery `d`.
_MAILABLE = """
    s.id = d.subscriber_id AND s.state = 'active' AND s.address_key = d.address_key
    AND (s.paused_until IS NULL OR s.paused_until <= (statement_timestamp() AT TIME ZONE 'UTC')::date)
    AND NOT EXISTS (SELECT FROM newsletter_suppression u WHERE u.address_hmac = s.address_hmac)
"""

_CLAIM = f"""
WITH ready AS (
    SELECT d.id FROM newsletter_delivery d
    WHERE d.issue_id = %(issue)s AND d.state = 'queued' AND d.not_before <= statement_timestamp()
      AND EXISTS (SELECT FROM newsletter_issue i WHERE i.id = %(issue)s AND i.status IN ('sending'))
      AND {GENERATION} = %(generation)s
    ORDER BY d.not_before, d.id LIMIT %(most)s FOR UPDATE OF d SKIP LOCKED
)
UPDATE newsletter_delivery d
SET state = 'claimed', slot = %(slot)s, token = %(token)s, claimed_at = statement_timestamp(), marked_at = NULL
FROM ready WHERE d.id = ready.id
RETURNING d.id, d.subscriber_id, coalesce(d.address, '')
"""  # noqa: S608 - our own words

# The subscriber's row is locked against change until this is committed: whoever unsubscribes either comes before, and
# then no row is found here, or after the mark.
_MARK = f"""
UPDATE newsletter_delivery d SET state = 'transmitting', marked_at = statement_timestamp()
WHERE d.id = %(pk)s AND d.token = %(token)s AND d.state = 'claimed'
  AND EXISTS (SELECT FROM newsletter_issue i WHERE i.id = d.issue_id AND i.status IN ('sending'))
  AND EXISTS (SELECT FROM newsletter_subscriber s WHERE {_MAILABLE} FOR SHARE OF s)
"""  # noqa: S608 - our own words

_REFUSED = """
WITH why AS (
    SELECT d.id, CASE
        WHEN i.status IN ('cancelled') THEN 'cancelled'
        WHEN s.id IS NULL OR d.address IS NULL THEN 'erased'
        WHEN s.state <> 'active' THEN 'unsubscribed'
        WHEN EXISTS (SELECT FROM newsletter_suppression u WHERE u.address_hmac = s.address_hmac) THEN 'suppressed'
        WHEN s.address_key IS DISTINCT FROM d.address_key OR s.address IS DISTINCT FROM d.address THEN 'moved'
        WHEN s.paused_until > (statement_timestamp() AT TIME ZONE 'UTC')::date THEN 'paused'
        ELSE '' END AS reason
    FROM newsletter_delivery d
    JOIN newsletter_issue i ON i.id = d.issue_id
    LEFT JOIN newsletter_subscriber s ON s.id = d.subscriber_id
    WHERE d.id = %(pk)s AND d.token = %(token)s AND d.state = 'claimed'
)
UPDATE newsletter_delivery d
SET state = CASE why.reason WHEN '' THEN 'queued' ELSE 'skipped' END, reason = why.reason, slot = NULL, token = NULL,
    final_at = CASE why.reason WHEN '' THEN NULL ELSE statement_timestamp() END
FROM why WHERE d.id = why.id AND d.token = %(token)s AND d.state = 'claimed'
RETURNING d.state
"""

# Whoever comes back late finds the row in doubt, sent back to the queue or held, but not claimed anew: then it is
# settled by the answer after all, and no second copy goes out.
_MINE = """
    d.id = %(pk)s AND d.token = %(token)s AND d.final_at IS NULL
    AND (d.state IN ('claimed', 'transmitting') OR d.doubts > 0 AND d.state IN ('in_doubt', 'queued', 'held'))
"""
_NO_DOUBT = "CASE WHEN d.state IN ('claimed', 'transmitting') THEN d.doubts ELSE d.doubts - 1 END"
_ANSWERED = "slot = NULL, attempts = attempts + 1, stage = %(stage)s, code = %(code)s, enhanced = %(enhanced)s"
_NOTE = """
INSERT INTO newsletter_attempt
    (delivery_id, n, slot, token, started_at, marked_at, ended_at, outcome, stage, code, enhanced, said)
SELECT id, attempts, %(slot)s, %(token)s, claimed_at, marked_at, statement_timestamp(), %(outcome)s, %(stage)s,
       %(code)s, %(enhanced)s, %(said)s
FROM d RETURNING delivery_id
"""
_KEPT = "RETURNING d.id, d.attempts, d.claimed_at, d.marked_at"

_RECORD = {
    Kind.ACCEPTED: f"""
WITH d AS (
    UPDATE newsletter_delivery d
    SET state = 'accepted', reason = '', {_ANSWERED}, provider_id = %(provider_id)s, doubts = {_NO_DOUBT},
        accepted_at = statement_timestamp(), final_at = statement_timestamp()
    WHERE {_MINE} AND d.marked_at IS NOT NULL {_KEPT}
) {_NOTE}, CASE WHEN %(at_leisure)s THEN set_config('synchronous_commit', 'off', true) END""",  # noqa: S608 - our own words
    Kind.REJECTED: f"""
WITH d AS (
    UPDATE newsletter_delivery d
    SET state = 'rejected', reason = '', {_ANSWERED}, doubts = {_NO_DOUBT}, final_at = statement_timestamp()
    WHERE {_MINE} {_KEPT}
) {_NOTE}""",  # noqa: S608 - our own words
    Kind.DEFERRED: f"""
WITH d AS (
    UPDATE newsletter_delivery d
    SET {_ANSWERED}, reason = '', token = NULL, doubt_until = NULL,
        doubts = {_NO_DOUBT},
        state = CASE WHEN last.is_last THEN 'expired' ELSE 'queued' END,
        final_at = CASE WHEN last.is_last THEN statement_timestamp() END,
        not_before = statement_timestamp() + interval '1 minute' * (0.5 + random())
            * (ARRAY[{", ".join(map(str, BACK_OFF))}])[least(attempts + 1, {len(BACK_OFF)})]
    FROM (
        SELECT attempts + 1 >= {MOST_ATTEMPTS} OR statement_timestamp() - coalesce(
            (SELECT a.started_at FROM newsletter_attempt a WHERE a.delivery_id = %(pk)s AND a.n = 1), claimed_at
        ) > interval '{MOST_HOURS} hours' AS is_last FROM newsletter_delivery WHERE id = %(pk)s
    ) AS last
    WHERE {_MINE} {_KEPT}
) {_NOTE}""",  # noqa: S608 - our own words
    Kind.IN_DOUBT: f"""
WITH d AS (
    UPDATE newsletter_delivery d
    SET state = 'in_doubt', {_ANSWERED}, doubts = doubts + 1,
        doubt_until = statement_timestamp() + interval '{GRACE_MINUTES} minutes'
    WHERE d.id = %(pk)s AND d.token = %(token)s AND d.state = 'transmitting' {_KEPT}
) {_NOTE}""",  # noqa: S608 - our own words
}

# What certainly was not sent and is no fault of the recipient's costs them nothing.
_RELEASE = f"""
UPDATE newsletter_delivery d
SET state = 'queued', reason = '', slot = NULL, token = NULL, marked_at = NULL, doubt_until = NULL,
    doubts = {_NO_DOUBT}, not_before = greatest(d.not_before, statement_timestamp() + interval '1 minute' * %(minutes)s)
WHERE {_MINE}
"""  # noqa: S608

# Something that has to be committed, and changes nothing.
_FLUSH = "SELECT pg_logical_emit_message(true, 'newsletter', '')"

_RELEASE_ALL = """
UPDATE newsletter_delivery SET state = 'queued', slot = NULL, token = NULL
WHERE slot = %(slot)s AND token = %(token)s AND state = 'claimed'
"""

_HOLD = """
UPDATE newsletter_delivery SET state = 'held', reason = 'unmade', slot = NULL, token = NULL
WHERE id = %(pk)s AND token = %(token)s AND state = 'claimed'
"""


def claim(database: Database, *, issue_id: int, slot: int, most: int) -> list[Claim]:
    """Take at most so many that are ready, none of which another worker has."""
    token = uuid4()
    asked = {
        "issue": issue_id,
        "slot": slot,
        "token": token,
        "most": most,
        "generation": settings.NEWSLETTER_GENERATION,
    }
    # An UPDATE returns its rows in any order.
    claimed = sorted(rows(database, _CLAIM, asked))
    return [Claim(pk, issue_id, reader, to, slot, token) for pk, reader, to in claimed]


def mark(database: Database, claim: Claim) -> bool:
    """The fence: from its commit on the message may be on the wire. False: nothing may be sent."""
    return count(database, _MARK, {"pk": claim.pk, "token": claim.token}) == 1


def settle_refusal(database: Database, claim: Claim) -> str:
    """After a mark that was refused: skip the row with its reason, or put it back; returns the state it is in now, and
    nothing when it is no longer ours.
    """
    found = row(database, _REFUSED, {"pk": claim.pk, "token": claim.token})
    return str(found[0]) if found else ""


def record(database: Database, claim: Claim, outcome: Outcome, *, at_leisure: bool = False) -> bool:
    """Write down what came of a try, under the token. False: somebody else has settled it meanwhile.

    At leisure: of an acceptance it is not awaited that it is on the disk. The next commit that is awaited, such as a
    mark, takes it there, and until then only the end of the database itself could lose it: see `flush`.
    """
    if outcome.kind in {Kind.ABORTED, Kind.SENDER_FAULT}:
        return release(database, claim)
    told = {
        "pk": claim.pk,
        "token": claim.token,
        "slot": claim.slot,
        "stage": outcome.stage.value,
        "code": outcome.code,
        "enhanced": outcome.enhanced[:11],
        "provider_id": outcome.provider_id[:200],
        "outcome": outcome.kind.value,
        "said": without_addresses(outcome.text),
        "at_leisure": at_leisure,
    }
    return row(database, _RECORD[outcome.kind], told) is not None


def flush(database: Database) -> None:
    """Await that everything that was written down before is on the disk."""
    rows(database, _FLUSH, {})


def release(database: Database, claim: Claim, *, minutes: int = 0) -> bool:
    """Back to the queue, for it was certainly not sent: no attempt is counted and no doubt is left. With minutes the
    others go first.
    """
    return count(database, _RELEASE, {"pk": claim.pk, "token": claim.token, "minutes": minutes}) == 1


def release_all(database: Database, claims: list[Claim]) -> None:
    """Give back what was claimed and not begun."""
    if claims:
        count(database, _RELEASE_ALL, {"slot": claims[0].slot, "token": claims[0].token})


def hold(database: Database, claim: Claim) -> bool:
    """Keep a row whose mail could not be made until a person has looked at it."""
    return count(database, _HOLD, {"pk": claim.pk, "token": claim.token}) == 1


def without_addresses(text: str) -> str:
    """A server's words as they may be kept for good: one line, and nobody's address in it."""
    return _ADDRESS.sub("...", " ".join(text.split()))[:_MOST_WORDS]
