"""How much may go out now: the bucket and the waiting time that all workers share, and an issue's slow start.

An issue begins with one message. Not before that was accepted ten are on their way at once, then a hundred, then a
thousand: what a provider has against us is found out with one reader and not with a thousand.
"""

from __future__ import annotations

from dataclasses import dataclass

from newsletter.sending.database import Database, count, row

STEPS = (1, 11, 111, 1111)  # accepted in all: 1, and 10, and 100, and 1,000 more
WORST_SECONDS = 30  # between two tries to reach a server that does not answer

_MEET = "INSERT INTO newsletter_carrier (name) VALUES (%(carrier)s) ON CONFLICT DO NOTHING"

# Time that goes backwards fills nothing; time that jumps ahead fills one second's worth.
_TAKE = """
UPDATE newsletter_carrier c
SET tokens = have.tokens - have.granted, filled_at = clock_timestamp()
FROM (
    SELECT bucket.tokens, CASE WHEN c.not_before > clock_timestamp() THEN 0
        WHEN c.failures > 0 THEN least(%(most)s, 1, floor(bucket.tokens))
        ELSE least(%(most)s, floor(bucket.tokens)) END AS granted
    FROM newsletter_carrier c, LATERAL (
        SELECT CASE WHEN %(rate)s = 0 THEN %(most)s ELSE least(%(rate)s, c.tokens + %(rate)s * greatest(
            0, extract(epoch FROM clock_timestamp() - c.filled_at))) END::float8 AS tokens
    ) AS bucket WHERE c.name = %(carrier)s FOR UPDATE OF c
) AS have WHERE c.name = %(carrier)s
RETURNING have.granted::int, greatest(0, extract(epoch FROM c.not_before - clock_timestamp()))::float8
"""

_FAILED = f"""
UPDATE newsletter_carrier
SET failures = failures + 1, said = %(said)s,
    not_before = clock_timestamp() + interval '1 second' * least({WORST_SECONDS}, power(2, least(failures, 10)))
WHERE name = %(carrier)s AND not_before <= clock_timestamp() RETURNING failures
"""  # noqa: S608 - our own number
_FAILURES = "SELECT failures FROM newsletter_carrier WHERE name = %(carrier)s"
_WORKS = "UPDATE newsletter_carrier SET failures = 0, said = '' WHERE name = %(carrier)s AND failures > 0"

_STANDING = """
SELECT (SELECT coalesce(sum(count), 0) FROM newsletter_tally WHERE issue_id = %(issue)s AND state = 'accepted')::int,
       (SELECT count(*) FROM newsletter_delivery WHERE issue_id = %(issue)s
        AND state IN ('claimed', 'transmitting'))::int
"""


@dataclass(frozen=True, slots=True)
class Permit:
    """How many may be claimed now; with none, after how many seconds it is worth asking again."""

    count: int
    wait: float = 0.0
    is_full: bool = False  # the slow start is over


def meet(database: Database, carrier: str) -> None:
    """Make sure that the carrier has a row."""
    count(database, _MEET, {"carrier": carrier})


def take(database: Database, carrier: str, *, most: int, rate: int) -> Permit:
    """Leave to send at most so many, at most `rate` a second over all workers; 0 is as fast as it goes.

    After a failure one at a time, until one gets through.
    """
    granted, seconds = row(database, _TAKE, {"carrier": carrier, "most": most, "rate": rate}) or (0, 1.0)
    return Permit(granted, 0.0 if granted else max(seconds, 1 / rate if rate else 0.1))


def note_failure(database: Database, carrier: str, said: str) -> int:
    """Nobody tries for 1, 2, 4 ... 30 seconds; returns the failures in a row. Many workers at once count as one."""
    found = row(database, _FAILED, {"carrier": carrier, "said": said[:300]})
    found = found or row(database, _FAILURES, {"carrier": carrier})
    return int(found[0]) if found else 0


def note_success(database: Database, carrier: str) -> None:
    count(database, _WORKS, {"carrier": carrier})


def warm(database: Database, issue_id: int, most: int) -> Permit:
    """How many more of an issue may be under way, by how many were accepted. In the transaction that claims them."""
    accepted, under_way = row(database, _STANDING, {"issue": issue_id}) or (0, 0)
    step = next((step for step in STEPS if accepted < step), None)
    if step is None:
        return Permit(most, is_full=True)
    return Permit(max(0, min(most, step - accepted - under_way)), 0.2)
