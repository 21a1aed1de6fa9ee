"""Issues that went out, for the pages of the archive."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from newsletter.models import Block, Issue
from newsletter.services.issues import assemble_issue, publish_in_archive
from tests.newsletter.test_models import make_issue


def sent(number: int = 1, now: datetime | None = None, **fields: Any) -> Issue:
    """An issue that went out."""
    told = {"subject": f"Week {number}", "content_sha256": b"x" * 32, "status": Issue.Status.SENDING, **fields}
    return publish_in_archive(make_issue(number, **told), now)


def sent_with(issue: Issue, **fields: Any) -> Issue:
    """One with blocks: they are written before it is frozen."""
    frozen = {"content_sha256": b"x" * 32, "status": Issue.Status.DONE, "subject": "A week", **fields}
    Issue.objects.filter(pk=issue.pk).update(**frozen)
    return publish_in_archive(issue)


def send_issues() -> None:
    """No. 1 to No. 8; No. 7 with all that the receipts of its week gave, a note and long words."""
    for number in (1, 2, 3, 4, 5, 6, 8):
        sent(number, preheader="Four to nil against Gantry Agents." if number % 2 else "")
    issue = assemble_issue(make_issue(7, due_at=timezone.now()))
    note = "From the bridge: `" + "s" * 80 + "`\n\n- one\n- two"
    Block.objects.create(issue=issue, kind="note", about="note:1", words=note, position=15)
    words = (
        "A week of strong opinions about **who holds the card**.\n\n## Six tools came up the slip\n\n> Two go to sea."
    )
    sent_with(issue, subject="Four to nil against Gantry Agents", introduction=words, left_out={"price": 12})
