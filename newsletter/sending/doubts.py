"""What becomes of a message of which nobody knows whether it was taken, once no answer can come any more."""

from __future__ import annotations

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from newsletter.models import Issue
from newsletter.sending.database import Database, count, rows
from newsletter.sending.pausing import CannotStepError

# At once is sent again, and once: `doubts` is 1 after the first. The token stays, so that an answer that comes after
# all, before the row is claimed anew, still spares its reader the second copy.
_SETTLE = """
WITH over AS (
    SELECT d.id, i.status IN ('cancelled') AS is_cancelled,
           i.doubt_policy = 'resend_once' AND i.status <> 'cancelled' AND d.doubts < 2 AS is_sent_again
    FROM newsletter_delivery d JOIN newsletter_issue i ON i.id = d.issue_id
    WHERE d.state = 'in_doubt' AND d.doubt_until <= statement_timestamp() FOR UPDATE OF d SKIP LOCKED
)
UPDATE newsletter_delivery d
SET state = CASE WHEN is_sent_again THEN 'queued' ELSE 'held' END,
    reason = CASE WHEN is_sent_again THEN '' WHEN is_cancelled THEN 'cancelled' ELSE 'doubt' END,
    not_before = statement_timestamp(), doubt_until = NULL,
    final_at = CASE WHEN is_cancelled THEN statement_timestamp() END
FROM over WHERE d.id = over.id
"""

_SEND_AGAIN = """
UPDATE newsletter_delivery d SET state = 'queued', reason = '', not_before = statement_timestamp()
WHERE d.id = ANY(%(pks)s) AND d.issue_id = %(issue)s AND d.state = 'held' AND d.final_at IS NULL AND d.doubts < 2
"""
_LET_GO = """
UPDATE newsletter_delivery d SET final_at = statement_timestamp()
WHERE d.id = ANY(%(pks)s) AND d.issue_id = %(issue)s AND d.state = 'held' AND d.final_at IS NULL
"""

_HELD = "SELECT id FROM newsletter_delivery WHERE issue_id = %(issue)s AND state = 'held' AND final_at IS NULL"


def settle_doubts(database: Database) -> int:
    """Send once more, or hold, as each issue's policy says, whatever has been in doubt for the grace time."""
    return count(database, _SETTLE, {})


def send_held_again(database: Database, *, issue_id: int, pks: list[int]) -> int:
    """A person wants these sent after all; returns how many. Nobody gets a third copy, whoever wants it."""
    return count(database, _SEND_AGAIN, {"issue": issue_id, "pks": pks})


def let_held_go(database: Database, *, issue_id: int, pks: list[int]) -> int:
    """A person leaves these as they are; returns how many."""
    return count(database, _LET_GO, {"issue": issue_id, "pks": pks})


def held_rows(issue: Issue) -> list[int]:
    """The numbers of all that are held and that nobody has settled."""
    return [pk for (pk,) in rows(connection, _HELD, {"issue": issue.pk})]


def choose_policy(issue: Issue, policy: Issue.DoubtPolicy) -> None:
    """What becomes of doubts from now on, open ones included. CannotStepError once nothing is left to doubt."""
    changed = Issue.objects.exclude(status__in=(Issue.Status.DONE, Issue.Status.CANCELLED)).filter(pk=issue.pk)
    if not changed.update(doubt_policy=policy, updated_at=timezone.now()):
        issue.refresh_from_db(fields=["status"])
        raise CannotStepError(_("%(issue)s is over: nothing is in doubt any more.") % {"issue": issue})
