"""The moment from which an issue is what it is: its words, and who gets them. One transaction."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from newsletter import journal
from newsletter.models import Issue, Subscriber
from newsletter.rendering import Rendered, render
from newsletter.sending.database import row
from newsletter.sending.guard import in_the_way, standing
from newsletter.sending.message_ids import new_tail
from newsletter.sending.pausing import CannotStepError, forget_failures

# Each active subscriber has one lot; whoever has none of these is asked.
_AUDIENCE = """
WITH lots AS MATERIALIZED (
    SELECT s.id, s.address, s.address_key, CASE
        WHEN EXISTS (SELECT FROM newsletter_suppression u WHERE u.address_hmac = s.address_hmac) THEN 'suppressed'
        WHEN s.paused_until > %(day)s THEN 'paused'
        WHEN s.only_followed
            AND NOT EXISTS (SELECT FROM newsletter_subscriber_tools f
                            WHERE f.subscriber_id = s.id AND f.tool_id = ANY(%(tools)s::bigint[]))
            AND NOT EXISTS (SELECT FROM newsletter_subscriber_categories f
                            WHERE f.subscriber_id = s.id AND f.category_id = ANY(%(categories)s::bigint[]))
            AND NOT EXISTS (SELECT FROM newsletter_subscriber_reviewers f
                            WHERE f.subscriber_id = s.id AND f.reviewer_id = ANY(%(reviewers)s::bigint[]))
            THEN 'silent'
        END AS excluded
    FROM newsletter_subscriber s WHERE s.state = 'active'
), asked AS (
    INSERT INTO newsletter_delivery (issue_id, subscriber_id, address, address_key)
    SELECT %(issue)s, id, address, address_key FROM lots WHERE excluded IS NULL ORDER BY id RETURNING 1
)
SELECT (SELECT count(*) FROM lots), (SELECT count(*) FROM asked),
       (SELECT coalesce(jsonb_object_agg(excluded, number), '{}')::text FROM (
            SELECT excluded, count(*) AS number FROM lots WHERE excluded IS NOT NULL GROUP BY excluded) AS left_out)
"""


@dataclass(frozen=True, slots=True)
class Audience:
    """How many would be asked at this moment; `choosy` of them get nothing if nothing changed that they follow."""

    readers: int
    choosy: int


def count_audience() -> Audience:
    """Of every issue that is not frozen yet; one query, which takes a while with many."""
    readers = Subscriber.objects.mailable()
    found = readers.aggregate(readers=Count("pk"), choosy=Count("pk", filter=Q(only_followed=True)))
    return Audience(**found)


@transaction.atomic
def freeze_issue(issue: Issue) -> Issue:
    """Fix an approved issue's words and audience; CannotStepError with what is in the way."""
    issue = Issue.objects.select_for_update(of=("self",)).get(pk=issue.pk)
    if issue.status != Issue.Status.APPROVED:
        raise CannotStepError(_("%(issue)s is not approved, so it cannot go out.") % {"issue": issue})
    refuse_after_a_restore(issue)
    if not settings.NEWSLETTER_POSTAL_ADDRESS.strip():
        raise CannotStepError(_("Mail has to name a postal address: set NEWSLETTER_POSTAL_ADDRESS."))
    now = timezone.now()
    issue.published_at = now  # the day that its readers are told
    rendered = render(issue)
    words = (rendered.subject, rendered.html, rendered.text)
    candidates, expected, exclusions = _ask_audience(issue, rendered, now.date())
    frozen: dict[str, Any] = {
        **dict(zip(("subject", "html", "text"), words, strict=True)),
        "content_sha256": sha256("\0".join(words).encode()).digest(),
        "status": Issue.Status.FROZEN,
        "frozen_at": now,
        "published_at": now,
        "message_tail": new_tail(),
        "candidates": candidates,
        "expected": expected,
        "excluded": candidates - expected,
        "exclusions": exclusions,
    }
    return _changed(issue, **frozen)


@transaction.atomic
def start_issue(issue: Issue) -> Issue:
    """Let a frozen issue go out."""
    issue = Issue.objects.select_for_update(of=("self",)).get(pk=issue.pk)
    if issue.status != Issue.Status.FROZEN:
        raise CannotStepError(_("%(issue)s is not frozen, so it cannot go out.") % {"issue": issue})
    if said := in_the_way():
        raise CannotStepError(said)
    journal.note(journal.STARTED, issue.iso_week)
    forget_failures()
    return _changed(issue, status=Issue.Status.SENDING)


def refuse_after_a_restore(issue: Issue) -> None:
    """CannotStepError when the database is not what it was, or has forgotten that this issue went out."""
    if said := in_the_way():
        raise CannotStepError(said)
    if journal.has_started(standing(connection).lineage, issue.iso_week):
        said = _("%(issue)s went out already, before the database was restored. It does not go out again.")
        raise CannotStepError(said % {"issue": issue})


def _changed(issue: Issue, **fields: Any) -> Issue:
    for name, value in fields.items():
        setattr(issue, name, value)
    issue.save(update_fields=[*fields, "updated_at"])
    return issue


def _ask_audience(issue: Issue, rendered: Rendered, day: date) -> tuple[int, int, dict[str, int]]:
    """One row for each who gets it; returns candidates, rows, and who was left out by reason."""
    touched = {name: sorted(keys) for name, keys in rendered.text_page.touched.items()}
    counted = row(connection, _AUDIENCE, {"issue": issue.pk, "day": day, **touched})
    if counted is None:
        raise RuntimeError("Counting always gives a row.")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE newsletter_delivery")  # else, until the next round of PostgreSQL's own, it would guess
    candidates, expected, exclusions = counted
    return candidates, expected, json.loads(exclusions)
