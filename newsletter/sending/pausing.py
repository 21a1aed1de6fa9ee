"""Halting an issue, letting it go on, calling it off: each takes effect at the next message, for the mark asks.

What a mail server has against us, whoever the reader is, halts the issue and costs no reader anything.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from newsletter.models import Carrier, Issue, Pause
from newsletter.sending.database import Database, count, row, rows
from newsletter.sending.guard import in_the_way

Kind = Pause.Kind
MOST_FAILURES = 20  # connections in a row
MOST_DOUBTS = (5, 0.01)  # in all, or of what was sent; whichever is more
MOST_BOUNCES, BOUNCES_COUNT_FROM = 0.05, 200
COMPLAINTS_WARN, COMPLAINTS_STOP = 0.001, 0.003
# In one transaction: each moves one tally, whose older versions go only when it has ended. And so many of these.
CANCELLED_AT_ONCE, MOST_BATCHES = 1_000, 100
PAUSES_SHOWN = 50
_STOPPABLE = ("frozen", "sending", "paused")


class CannotStepError(Exception):
    """Why a send cannot take a step, as a sentence for an editor."""


_PAUSE = """
WITH halted AS (
    UPDATE newsletter_issue SET status = 'paused', updated_at = statement_timestamp()
    WHERE id = %(issue)s AND status IN ('frozen', 'sending') RETURNING id
)
INSERT INTO newsletter_pause (issue_id, kind, said, measured, by_id)
SELECT id, %(kind)s, %(said)s, %(measured)s, %(by)s::bigint FROM halted
ON CONFLICT (issue_id) WHERE ended_at IS NULL DO NOTHING RETURNING id
"""

_MEASURES = """
SELECT coalesce(sum(count) FILTER (WHERE state = 'accepted'), 0)::int,
       coalesce(sum(count) FILTER (WHERE state = 'rejected'), 0)::int,
       (SELECT count(*) FROM newsletter_delivery WHERE issue_id = %(issue)s AND state IN ('in_doubt', 'held')
        AND doubts > 0 AND reason <> 'restored')::int,
       (SELECT count(*) FROM newsletter_delivery WHERE issue_id = %(issue)s AND bounced_at IS NOT NULL)::int,
       (SELECT count(*) FROM newsletter_delivery WHERE issue_id = %(issue)s AND complained_at IS NOT NULL)::int
FROM newsletter_tally WHERE issue_id = %(issue)s
"""
_BEFORE = """
SELECT kind, max(measured) FROM newsletter_pause WHERE issue_id = %(issue)s AND ended_at IS NOT NULL GROUP BY kind
"""

_SKIP_CANCELLED = """
WITH chunk AS (
    SELECT open.id FROM newsletter_issue i CROSS JOIN LATERAL (
        SELECT d.id FROM newsletter_delivery d
        WHERE d.issue_id = i.id AND d.state = 'queued' LIMIT %(most)s FOR UPDATE SKIP LOCKED
    ) AS open WHERE i.status IN ('cancelled')
)
UPDATE newsletter_delivery d SET state = 'skipped', reason = 'cancelled', token = NULL, final_at = statement_timestamp()
FROM chunk WHERE d.id = chunk.id
"""
# Held because nobody knows, it is let go as it is; held for anything else, it certainly was not sent.
_SKIP_HELD = """
UPDATE newsletter_delivery d
SET state = CASE d.doubts WHEN 0 THEN 'skipped' ELSE 'held' END, reason = 'cancelled', final_at = statement_timestamp()
FROM newsletter_issue i
WHERE i.id = d.issue_id AND i.status IN ('cancelled') AND d.state = 'held' AND d.final_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class Measures:
    """What tells whether an issue should go on."""

    accepted: int
    rejected: int
    doubts: int
    bounced: int
    complained: int

    @property
    def sent(self) -> int:
        return self.accepted + self.rejected

    @property
    def has_complaints(self) -> bool:
        """Whether there are enough to be worth a warning."""
        return self.complained >= max(1, COMPLAINTS_WARN * self.accepted)


def measure(database: Database, issue_id: int) -> Measures:
    found = row(database, _MEASURES, {"issue": issue_id})
    return Measures(*(found or (0, 0, 0, 0, 0)))


def halt(
    database: Database, issue_id: int, kind: Kind, said: str = "", *, measured: int = 0, by: User | None = None
) -> bool:
    """Pause an issue that is on its way; False when it is not. Harmless twice."""
    told = {"issue": issue_id, "kind": kind.value, "said": said[:300], "measured": measured}
    return row(database, _PAUSE, {**told, "by": by.pk if by else None}) is not None


def halt_if_too_much(database: Database, issue_id: int) -> Kind | None:
    """Pause an issue of which too much is in doubt, bounces or is complained about; returns why."""
    found = measure(database, issue_id)
    before = dict(rows(database, _BEFORE, {"issue": issue_id}))
    least, share = MOST_DOUBTS
    bounces = found.rejected + found.bounced
    for kind, measured, most in (
        (Kind.DOUBTS, found.doubts, max(least, share * found.sent)),
        (Kind.BOUNCES, bounces if found.sent >= BOUNCES_COUNT_FROM else 0, MOST_BOUNCES * found.sent),
        (Kind.COMPLAINTS, found.complained, max(1, COMPLAINTS_STOP * found.accepted)),
    ):
        is_too_much = measured - int(before.get(kind.value, 0)) > most
        if is_too_much and halt(database, issue_id, kind, measured=measured):
            return kind
    return None


def pause_issue(issue: Issue, *, by: User | None = None, said: str = "") -> None:
    """Nothing more goes out, from the next message on. CannotStepError when it is not on its way."""
    if not halt(connection, issue.pk, Kind.BY_HAND, said, by=by):
        issue.refresh_from_db(fields=["status"])
        raise CannotStepError(_("%(issue)s is not on its way, so it cannot be paused.") % {"issue": issue})


@transaction.atomic
def resume_issue(issue: Issue) -> None:
    """Go on where it was. Whatever led to the pause counts anew."""
    locked = _locked(issue)
    if locked.status != Issue.Status.PAUSED:
        raise CannotStepError(_("%(issue)s is not paused.") % {"issue": issue})
    if said := in_the_way():
        raise CannotStepError(said)
    Pause.objects.filter(issue=locked, ended_at=None).update(ended_at=timezone.now())
    forget_failures()
    _set(locked, Issue.Status.SENDING)


@transaction.atomic
def cancel_issue(issue: Issue) -> None:
    """Call off the rest: what was sent was sent, everything else is skipped. For good."""
    locked = _locked(issue)
    if locked.status not in _STOPPABLE:
        raise CannotStepError(_("%(issue)s is not on its way, so there is nothing to call off.") % {"issue": issue})
    Pause.objects.filter(issue=locked, ended_at=None).update(ended_at=timezone.now())
    _set(locked, Issue.Status.CANCELLED)


def forget_failures() -> None:
    """Whoever lets an issue go wants the mail server tried at once, and as often as any."""
    Carrier.objects.filter(failures__gt=0).update(failures=0, not_before=Now(), said="")


def skip_cancelled(database: Database) -> int:
    """Settle what is left of cancelled issues, at most a hundred thousand; returns how many."""
    skipped = count(database, _SKIP_HELD, {})
    for _batch in range(MOST_BATCHES):
        found = count(database, _SKIP_CANCELLED, {"most": CANCELLED_AT_ONCE})
        skipped += found
        if found < CANCELLED_AT_ONCE:
            break
    return skipped


def _locked(issue: Issue) -> Issue:
    return Issue.objects.select_for_update(of=("self",)).get(pk=issue.pk)


def _set(issue: Issue, status: Issue.Status) -> None:
    Issue.objects.filter(pk=issue.pk).update(status=status, updated_at=timezone.now())


def pauses_of(issue: Issue) -> list[Pause]:
    """Every halt of an issue, the newest first; one query."""
    return list(Pause.objects.filter(issue=issue).select_related("by").order_by("-at", "-pk")[:PAUSES_SHOWN])
