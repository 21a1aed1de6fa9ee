"""What became of everybody an issue was meant for: the numbers of its page, and whether they add up.

What is settled was counted by the database as it became so (Tally), so a page costs the same with a thousand readers
and with a million; what waits is what is left. `count_rows` counts every row instead, and the tallies in the same
statement; the database closes an issue only when every row of it is settled.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from newsletter.models import Delivery, Issue, Pause
from newsletter.sending.database import rows

State = Delivery.State
NAMES_SHOWN = 50

# One statement, so that nobody is in two of the numbers or in none.
_NUMBERS = """
SELECT 'settled', t.state, t.reason, t.count, t.since, t.until FROM newsletter_tally t WHERE t.issue_id = %(issue)s
UNION ALL SELECT 'open', 'in flight', '', count(*), NULL, NULL FROM newsletter_delivery d
WHERE d.issue_id = %(issue)s AND d.state IN ('claimed', 'transmitting')
UNION ALL SELECT 'open', d.state, '', count(*), NULL, NULL FROM newsletter_delivery d
WHERE d.issue_id = %(issue)s AND d.state IN ('in_doubt', 'held') AND d.final_at IS NULL GROUP BY d.state
UNION ALL SELECT 'open', 'deferred', '', count(*), NULL, NULL FROM newsletter_delivery d
WHERE d.issue_id = %(issue)s AND d.state = 'queued' AND d.not_before > statement_timestamp()
UNION ALL SELECT 'open', 'again', '', count(*), NULL, NULL FROM newsletter_delivery d
WHERE d.issue_id = %(issue)s AND d.doubts > 0
  AND (d.state NOT IN ('in_doubt', 'held', 'skipped') OR d.state = 'held' AND d.doubts > 1)
UNION ALL SELECT 'seen', 'waiting', '', count(*), NULL, NULL FROM (SELECT FROM newsletter_delivery d
WHERE d.issue_id = %(issue)s AND d.state = 'queued' AND d.not_before <= statement_timestamp() LIMIT 1) AS one
UNION ALL SELECT 'seen', 'bounced', '', count(*), NULL, NULL FROM newsletter_delivery d
WHERE d.issue_id = %(issue)s AND d.bounced_at IS NOT NULL
UNION ALL SELECT 'seen', 'complained', '', count(*), NULL, NULL FROM newsletter_delivery d
WHERE d.issue_id = %(issue)s AND d.complained_at IS NOT NULL
"""
_EVERY_ROW = """
SELECT 'row', d.state, d.reason, count(*), count(d.final_at),
       count(*) FILTER (WHERE d.state = 'queued' AND d.not_before > statement_timestamp()),
       count(*) FILTER (WHERE d.doubts > 0 AND (d.state NOT IN ('in_doubt', 'held', 'skipped')
                                                OR d.state = 'held' AND d.doubts > 1)),
       count(d.bounced_at), count(d.complained_at)
FROM newsletter_delivery d WHERE d.issue_id = %(issue)s GROUP BY d.state, d.reason
UNION ALL SELECT 'tally', t.state, '', sum(t.count)::bigint, 0, 0, 0, 0, 0
FROM newsletter_tally t WHERE t.issue_id = %(issue)s GROUP BY t.state
"""


# States stand here as they are: of a parameter PostgreSQL does not know whether a partial index holds it, and once it
# has planned for any parameters it would look at every row.
_DOUBTFUL = f"""
SELECT * FROM newsletter_delivery WHERE issue_id = %s AND state IN ('in_doubt', 'held') AND final_at IS NULL
ORDER BY state, id LIMIT {NAMES_SHOWN}
"""  # noqa: S608 - our own number


@dataclass(frozen=True)
class Account:
    """`queued` are ready to go and `deferred` wait for another try; with `is_counted` every row was looked at, and
    `tallies` is what was counted as it happened.

    Some are in the other numbers, too: `again` those that were in doubt and have been sent, or are sent, once more,
    `bounced` and `complained` what is known of those that were accepted. `doubtful` names at most 50 of those held or
    in doubt. `per_second` is the pace without the pauses, `last_at` when somebody was last accepted, and `left` how
    long the rest takes at that pace, in seconds, None when nothing tells.
    """

    issue: Issue
    expected: int
    settled: dict[str, int]
    skipped: dict[str, int]
    in_flight: int
    in_doubt: int
    held: int
    deferred: int
    queued: int
    is_counted: bool = False
    doubtful: list[Delivery] = field(default_factory=list)
    per_second: float = 0.0
    last_at: datetime | None = None
    again: int = 0
    bounced: int = 0
    complained: int = 0
    is_waiting: bool | None = None  # whether a row is ready to go, where that was looked for
    tallies: dict[str, int] = field(default_factory=dict)

    @property
    def accepted(self) -> int:
        return self.settled.get(State.ACCEPTED, 0)

    @property
    def rejected(self) -> int:
        return self.settled.get(State.REJECTED, 0)

    @property
    def expired(self) -> int:
        return self.settled.get(State.EXPIRED, 0)

    @property
    def let_go(self) -> int:
        """Held, and left as they are by a person."""
        return self.settled.get(State.HELD, 0)

    @property
    def open(self) -> int:
        return self.in_flight + self.in_doubt + self.held + self.deferred + self.queued

    @property
    def total(self) -> int:
        return sum(self.settled.values()) + self.open

    @property
    def adds_up(self) -> bool:
        """Whether everybody the issue was frozen for is in one of the numbers."""
        is_there = self.is_waiting is None or self.is_waiting == (self.queued > 0)
        return self.total == self.expected and self.queued >= 0 and is_there

    @property
    def is_over(self) -> bool:
        return self.adds_up and self.open == 0

    @property
    def twice_at_most(self) -> int:
        """How many readers may see the issue twice."""
        return self.in_doubt if self.issue.doubt_policy == Issue.DoubtPolicy.RESEND_ONCE else 0

    @property
    def tallies_agree(self) -> bool:
        """Whether what was counted as it happened is what the rows say, once they were counted."""
        return self.tallies == self.settled

    @property
    def left(self) -> float | None:
        return (self.queued + self.in_flight) / self.per_second if self.per_second else None


def account_for(issue: Issue) -> Account:
    """The numbers as they are now; three queries, whatever the size. What waits is what is left of the expected."""
    settled: dict[str, int] = {}
    skipped: dict[str, int] = {}
    parts = dict.fromkeys(("in flight", "in_doubt", "held", "deferred", "again"), 0)
    seen: dict[str, int] = {}
    accepted: list[tuple[int, datetime, datetime]] = []
    for kind, state, reason, count, since, until in rows(connection, _NUMBERS, {"issue": issue.pk}):
        if kind != "settled":
            (parts if kind == "open" else seen)[state] = count
            continue
        settled[state] = settled.get(state, 0) + count
        if state == State.SKIPPED:
            skipped[reason] = skipped.get(reason, 0) + count
        elif state == State.ACCEPTED:
            accepted.append((count, since, until))
    expected, again = issue.expected or 0, parts.pop("again")
    return Account(
        *(issue, expected, settled, skipped),
        in_flight=parts["in flight"],
        in_doubt=parts["in_doubt"],
        held=parts["held"],
        deferred=parts["deferred"],
        queued=expected - sum(settled.values()) - sum(parts.values()),
        doubtful=_doubtful(issue),
        per_second=_pace(issue, accepted),
        last_at=max((until for *_, until in accepted), default=None),
        again=again,
        bounced=seen["bounced"],
        complained=seen["complained"],
        is_waiting=bool(seen["waiting"]),
    )


def count_rows(issue: Issue) -> Account:
    """The same from every row, which takes a while with many; and the tallies of the same moment."""
    found = rows(connection, _EVERY_ROW, {"issue": issue.pk})
    tallies = {state: total for kind, state, _, total, *_ in found if kind == "tally"}
    parts = [part for kind, *part in found if kind == "row"]
    settled, waiting = Counter[str](), Counter[str]()
    for state, _reason, total, final, *_more in parts:
        settled[state] += final
        waiting[state] += total - final
    deferred, again, bounced, complained = (sum(part[place] for part in parts) for place in range(4, 8))
    return Account(
        issue=issue,
        expected=issue.expected or 0,
        settled=dict(+settled),
        skipped={reason: total for state, reason, total, *_ in parts if state == State.SKIPPED},
        in_flight=waiting[State.CLAIMED] + waiting[State.TRANSMITTING],
        in_doubt=waiting[State.IN_DOUBT],
        held=waiting[State.HELD],
        deferred=deferred,
        queued=waiting[State.QUEUED] - deferred,
        is_counted=True,
        doubtful=_doubtful(issue),
        again=again,
        bounced=bounced,
        complained=complained,
        tallies=tallies,
    )


def close_issue(issue: Issue) -> bool:
    """Call a sent issue done when everybody is accounted for; the database refuses it otherwise. False: not yet."""
    if not account_for(issue).is_over:
        return False
    try:
        with transaction.atomic():
            closing = Issue.objects.filter(pk=issue.pk, status=Issue.Status.SENDING)
            return closing.update(status=Issue.Status.DONE, updated_at=timezone.now()) == 1
    except IntegrityError:
        return False


def _doubtful(issue: Issue) -> list[Delivery]:
    return list(Delivery.objects.raw(_DOUBTFUL, [issue.pk]))


def _pace(issue: Issue, accepted: list[tuple[int, datetime, datetime]]) -> float:
    """Messages a second from the first that was accepted to the last, without the pauses between."""
    if not accepted:
        return 0.0
    first, last = min(since for _, since, _ in accepted), max(until for *_, until in accepted)
    paused = sum(
        max(0.0, (min(ended or last, last) - max(at, first)).total_seconds())
        for at, ended in Pause.objects.filter(issue=issue).values_list("at", "ended_at")
    )
    seconds = (last - first).total_seconds() - paused
    return sum(count for count, *_ in accepted) / seconds if seconds > 0 else 0.0
