"""The moment from which an issue is what it is: its words, and who gets them. One transaction."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from newsletter.models import Issue
from newsletter.rendering import checks, render
from newsletter.sending.database import row
from newsletter.sending.message_ids import new_tail
from newsletter.sending.pausing import CannotStepError

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
    SELECT %(issue)s, id, address, address_key FROM lots WHERE excluded IS NULL RETURNING 1
)
SELECT (SELECT count(*) FROM lots), (SELECT count(*) FROM asked),
       (SELECT coalesce(jsonb_object_agg(excluded, number), '{}') FROM (
            SELECT excluded, count(*) AS number FROM lots WHERE excluded IS NOT NULL GROUP BY excluded) AS left_out)
"""


@transaction.atomic
def freeze_issue(issue: Issue) -> Issue:
    """Fix an approved issue's words and audience; CannotStepError with what is in the way."""
    issue = Issue.objects.select_for_update(of=("self",)).get(pk=issue.pk)
    if issue.status != Issue.Status.APPROVED:
        raise CannotStepError(_("%(issue)s is not approved, so it cannot go out.") % {"issue": issue})
    errors = [problem.sentence for problem in checks(issue) if problem.level == "error"]
    if errors:
        raise CannotStepError(" ".join(errors))
    rendered = render(issue)
    words = (rendered.subject, rendered.html, rendered.text)
    now = timezone.now()
    issue.subject, issue.html, issue.text = words
    issue.content_sha256 = sha256("\0".join(words).encode()).digest()
    issue.status, issue.frozen_at, issue.published_at, issue.message_tail = Issue.Status.FROZEN, now, now, new_tail()
    issue.candidates, issue.expected, issue.exclusions = _ask_audience(issue, now.date())
    issue.excluded = issue.candidates - issue.expected
    issue.save()
    return issue


@transaction.atomic
def start_issue(issue: Issue) -> Issue:
    """Let a frozen issue go out."""
    issue = Issue.objects.select_for_update(of=("self",)).get(pk=issue.pk)
    if issue.status != Issue.Status.FROZEN:
        raise CannotStepError(_("%(issue)s is not frozen, so it cannot go out.") % {"issue": issue})
    issue.status = Issue.Status.SENDING
    issue.save(update_fields=["status", "updated_at"])
    return issue


def _ask_audience(issue: Issue, day: Any) -> tuple[int, int, dict[str, int]]:
    """One row for each who gets it; returns candidates, rows, and who was left out by reason."""
    touched: dict[str, set[int]] = {"tools": set(), "categories": set(), "reviewers": set()}
    for found in issue.blocks.filter(is_dropped=False).values_list("found", flat=True):
        for name, keys in found.get("touches", {}).items():
            touched[name].update(keys)
    told = {name: sorted(keys) for name, keys in touched.items()}
    counted = row(connection, _AUDIENCE, {"issue": issue.pk, "day": day, **told})
    if counted is None:
        raise RuntimeError("Counting always gives a row.")
    candidates, expected, exclusions = counted
    return candidates, expected, exclusions
