"""Named reads of the weekly email."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Now

if TYPE_CHECKING:
    from newsletter.models import Issue


class IssueQuerySet(models.QuerySet["Issue"]):
    def waiting(self) -> Self:
        """Those that have not gone out and still may."""
        return self.filter(status__in=("draft", "approved"))

    def with_block_count(self) -> Self:
        """Each with the number of blocks that will be in it, as `shown_blocks`."""
        return self.annotate(shown_blocks=Count("blocks", filter=Q(blocks__is_dropped=False)))

    def before(self, issue: Issue) -> Self:
        """The issues before this one, the last first; what was cancelled told nobody anything."""
        return self.filter(number__lt=issue.number).exclude(status="cancelled").order_by("-number")

    def published(self) -> Self:
        """What the archive shows: issues that went out."""
        return self.filter(published_at__lte=Now()).order_by("-number")

    def archived(self) -> QuerySet[Issue, Any]:
        """Plain rows of the archive's list, newest first."""
        return self.published().values_list("number", "subject", "preheader", "published_at", named=True)

    def newest_change(self) -> datetime | None:
        found: datetime | None = self.published().aggregate(newest=models.Max("published_at"))["newest"]
        return found
