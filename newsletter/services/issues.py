"""The steps of an issue's life up to the moment at which it may go out."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from newsletter.assembling import assemble
from newsletter.models import Issue
from newsletter.rendering import checks


class CannotStepError(Exception):
    """Why an issue cannot take a step: a sentence for an editor, or several, one a line."""

    @property
    def sentences(self) -> list[str]:
        return str(self).splitlines()


@transaction.atomic
def assemble_issue(issue: Issue, now: datetime | None = None) -> Issue:
    """Fill a draft's blocks from the receipts since the issue before; what an editor wrote stays."""
    issue = _held(issue, Issue.Status.DRAFT, _("%(issue)s is %(state)s: take the approval back first."))
    assemble(issue, now or timezone.now())
    return issue


@transaction.atomic
def approve_issue(issue: Issue, by: User | None, now: datetime | None = None) -> Issue:
    """A draft may go out when it is due, or at once if it is late; whoever approves ends every hold.

    CannotStepError with every error that newsletter.rendering.checks finds. What it warns of is for the desk to show.
    """
    issue = _held(issue, Issue.Status.DRAFT, _("%(issue)s is %(state)s, so it cannot be approved."))
    if errors := [problem.sentence for problem in checks(issue) if problem.is_error]:
        raise CannotStepError("\n".join(errors))
    issue.status, issue.is_held = Issue.Status.APPROVED, False
    issue.approved_at, issue.approved_by = now or timezone.now(), by
    return _kept(issue)


@transaction.atomic
def take_approval_back(issue: Issue) -> Issue:
    """An approved issue is a draft again and is held back: it does not go out by itself either."""
    issue = _held(issue, Issue.Status.APPROVED, _("%(issue)s is %(state)s: there is no approval to take back."))
    issue.status, issue.is_held, issue.approved_at, issue.approved_by = Issue.Status.DRAFT, True, None, None
    return _kept(issue)


@transaction.atomic
def hold_back(issue: Issue) -> Issue:
    """The veto: a draft does not go out by itself until somebody approves it."""
    issue = _held(issue, Issue.Status.DRAFT, _("%(issue)s is %(state)s, so it cannot be held back."))
    issue.is_held = True
    return _kept(issue)


@transaction.atomic
def let_go(issue: Issue) -> Issue:
    """The end of a veto: the draft goes out as the schedule says."""
    issue = _held(issue, Issue.Status.DRAFT, _("%(issue)s is %(state)s: nobody holds it back."))
    issue.is_held = False
    return _kept(issue)


@transaction.atomic
def publish_in_archive(issue: Issue, now: datetime | None = None) -> Issue:
    """What is frozen gets its public page, once; what may still change has none."""
    issue = Issue.objects.select_for_update(of=("self",)).get(pk=issue.pk)
    if issue.content_sha256 is None:
        raise CannotStepError(_("%(issue)s is not frozen yet: its page might change.") % {"issue": issue})
    if issue.published_at is None:
        issue.published_at = now or timezone.now()
        issue.save(update_fields=["published_at", "updated_at"])
    return issue


def _held(issue: Issue, status: str, refusal: str) -> Issue:
    """The issue as it stands now, its row held until the step is done."""
    issue = Issue.objects.select_for_update(of=("self",)).get(pk=issue.pk)
    if issue.status != status:
        raise CannotStepError(refusal % {"issue": issue, "state": issue.get_status_display().lower()})
    return issue


def _kept(issue: Issue) -> Issue:
    issue.save(update_fields=["status", "is_held", "approved_at", "approved_by", "updated_at"])
    return issue
