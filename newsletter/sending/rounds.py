"""What is looked after every minute while issues are on their way: services/ticking.py makes them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from newsletter.models import Issue
from newsletter.sending.accounting import close_issue
from newsletter.sending.database import row
from newsletter.sending.doubts import settle_doubts
from newsletter.sending.freezing import freeze_issue, start_issue
from newsletter.sending.guard import in_the_way
from newsletter.sending.pausing import CannotStepError, halt_if_too_much, skip_cancelled
from newsletter.sending.slots import clear_deserted_slots
from newsletter.sending.waking import wake_drains
from newsletter.services.issues import CannotStepError as CannotApproveError
from newsletter.services.issues import approve_issue
from newsletter.services.replaying import append_unwritten
from newsletter.services.ticking import due_issues, note_lateness

logger = logging.getLogger(__name__)

_READY = """
SELECT EXISTS (SELECT FROM newsletter_delivery
               WHERE issue_id = %(issue)s AND state = 'queued' AND not_before <= statement_timestamp())
"""


def look_after(now: datetime | None = None) -> list[Issue]:
    """Start what may go, settle what is left over, and wake workers if there is anything for them; returns what was
    started. Harmless twice and in parallel. Whatever goes wrong with one thing is logged, and the others are done.
    """
    started: list[Issue] = []
    attempt(lambda: started.extend(start_due_issues(now)))
    for step in (clear_deserted_slots, lambda: settle_doubts(connection), lambda: skip_cancelled(connection)):
        attempt(step)
    attempt(append_unwritten)
    attempt(_look_after_sends)
    return started


def attempt(step: Callable[[], object]) -> None:
    """Take a step that the others do not depend on."""
    try:
        step()
    except Exception:
        logger.exception("The weekly email: a step failed, and is tried again in a minute.")
        connection.close_if_unusable_or_obsolete()


def _look_after_sends() -> None:
    is_ready = False
    for issue in Issue.objects.filter(status=Issue.Status.SENDING):
        if not close_issue(issue) and not halt_if_too_much(connection, issue.pk):
            is_ready = is_ready or _has_ready(issue)
    if is_ready:
        wake_drains(settings.NEWSLETTER_WORKERS)


def start_due_issues(now: datetime | None = None) -> list[Issue]:
    """Freeze and start the issues that may go out now; one that cannot is logged and tried again the next minute."""
    if said := in_the_way():
        logger.warning("%s", said)
        return []
    started = []
    for due in due_issues(now):
        if due.may_go:
            try:
                with transaction.atomic():
                    started.append(send_issue(due.issue))
                    note_lateness(due.issue, now or timezone.now())
            except (CannotStepError, CannotApproveError) as error:
                logger.warning("The weekly email is due and cannot go out: %s", error)
            except Exception:
                logger.exception("The weekly email is due and cannot go out.")
    for issue in Issue.objects.filter(status=Issue.Status.FROZEN):  # somebody was interrupted, or is about to start it
        with suppress(CannotStepError):
            started.append(start_issue(issue))
    return started


def send_issue(issue: Issue) -> Issue:
    """Freeze an issue and let it go out at once."""
    if issue.status == Issue.Status.DRAFT:  # in automatic mode nobody has to approve it
        approve_issue(issue, None)
    started = start_issue(freeze_issue(issue))
    wake_drains(settings.NEWSLETTER_WORKERS)
    return started


def wake_for(issue: Issue) -> None:
    """There is something for workers again; without this they would find it within a minute."""
    if Issue.objects.filter(pk=issue.pk, status=Issue.Status.SENDING).exists():
        wake_drains(settings.NEWSLETTER_WORKERS)


def _has_ready(issue: Issue) -> bool:
    found = row(connection, _READY, {"issue": issue.pk})
    return bool(found and found[0])
