"""After the database was restored: what it does not know of is held until a person has looked. docs/decisions/0040."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from newsletter import journal
from newsletter.models import Issue, Restoration
from newsletter.sending.database import count, row
from newsletter.sending.guard import standing
from newsletter.sending.message_ids import read_message_id

# Numbers that other machines' journals may hold lie behind this.
_LEAP = 1_000_000_000
_SKIP_NUMBERS = "SELECT setval('newsletter_journal_number', %(number)s)"
# Each may have been sent since: it counts as a doubt, so that nobody gets a third copy.
_HOLD = """
UPDATE newsletter_delivery d
SET state = 'held', reason = 'restored', slot = NULL, token = NULL, doubt_until = NULL, doubts = least(d.doubts + 1, 2)
FROM newsletter_issue i
WHERE i.id = d.issue_id AND i.status IN ('frozen', 'sending', 'paused')
  AND d.state IN ('queued', 'claimed', 'transmitting', 'in_doubt')
"""
_ACCEPT = """
UPDATE newsletter_delivery d
SET state = 'accepted', reason = '', doubts = d.doubts - 1, accepted_at = statement_timestamp(),
    final_at = statement_timestamp()
WHERE d.id = ANY(%(pks)s) AND d.issue_id = %(issue)s AND d.state = 'held' AND d.final_at IS NULL
  AND d.reason IN ('restored', 'doubt')
"""
_WAITING = (Issue.Status.DRAFT, Issue.Status.APPROVED)
_ID = re.compile(r"[1-9][0-9]{0,18}\.[0-9a-f]{16}@[A-Za-z0-9.-]+")


@transaction.atomic
def mark_restored() -> Restoration:
    """Turn sending off and hold everybody of whom nobody knows whether they were mailed after the backup.

    Sending is on again when a person has set NEWSLETTER_GENERATION to the number that is returned.
    """
    now = standing(connection)
    number = max(now.generation, settings.NEWSLETTER_GENERATION) + 1
    last = max(now.number, journal.last_numbers().get(now.lineage, 0))
    row(connection, _SKIP_NUMBERS, {"number": last + _LEAP})
    made = Restoration.objects.create(number=number)  # first: from here on no worker claims anything
    made.held = count(connection, _HOLD, {})
    made.cancelled = call_off_what_went_out()
    made.save(update_fields=["held", "cancelled"])
    return made


def reconcile(issue: Issue, lines: Iterable[str]) -> tuple[int, int]:
    """Call accepted whatever a list of what a mail server took names by Message-ID; returns how many messages of this
    issue it named, and how many of them were held.
    """
    found = {
        known[0]
        for line in lines
        for each in _ID.findall(line)
        if (known := read_message_id(each)) and known[1] == issue.message_tail
    }
    return len(found), count(connection, _ACCEPT, {"pks": list(found), "issue": issue.pk})


def call_off_what_went_out(file: Path | None = None) -> int:
    """Issues that the database takes for unsent and the journal, or that of another machine, for sent: their readers
    have them. Returns how many.
    """
    lineage, waiting = standing(connection).lineage, Issue.objects.filter(status__in=_WAITING)
    gone = [issue.pk for issue in waiting if journal.has_started(lineage, issue.iso_week, file)]
    note = _("It went out before the database was restored.")
    return Issue.objects.filter(pk__in=gone).update(status=Issue.Status.CANCELLED, note=note, updated_at=timezone.now())
