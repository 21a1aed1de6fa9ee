"""Named reads of subscribers and of issues."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Self

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import User
from newsletter.addresses import read_mailbox

if TYPE_CHECKING:
    from newsletter.models import Issue, Subscriber


class SubscriberQuerySet(models.QuerySet["Subscriber"]):
    def mailable(self, on: date | None = None) -> Self:
        """Who gets an issue on this day (today): active, not paused, under no suppression whatever their state says."""
        day = on or timezone.now().date()
        suppressions = apps.get_model("newsletter", "Suppression")
        suppressed = suppressions._default_manager.filter(address_hmac=OuterRef("address_hmac"))
        is_awake = Q(paused_until=None) | Q(paused_until__lte=day)
        return self.filter(is_awake, state="active").exclude(Exists(suppressed))

    def of_account(self, user: User) -> Subscriber | None:
        """The subscription under the address that an account has proved, in any case but otherwise letter for letter:
        what two mailboxes have in common here need not be one mailbox at every provider.
        """
        if not user.verified_at:
            return None
        try:
            key = read_mailbox(user.email).key  # which has an index
        except ValidationError:
            return None
        return self.filter(address_key=key, address__iexact=user.email).first()

    def unconfirmed(self) -> Self:
        """Whoever has asked and not pressed the button yet."""
        return self.filter(state="pending")


class IssueQuerySet(models.QuerySet["Issue"]):
    def waiting(self) -> Self:
        """Those that have not gone out and still may."""
        return self.filter(status__in=("draft", "approved"))

    def with_block_count(self) -> Self:
        """Each with the number of blocks that will be in it, as `shown_blocks`."""
        return self.annotate(shown_blocks=Count("blocks", filter=Q(blocks__is_dropped=False)))

    def before(self, issue: Issue) -> Self:
        """The issues before this one, the last first, but for those that were called off before half of the readers had
        them: what those told is told again.
        """
        tallies = apps.get_model("newsletter", "Tally")._default_manager
        accepted = tallies.filter(issue=OuterRef("pk"), state="accepted").order_by().values("issue")
        had_it = Exists(accepted.annotate(total=Sum("count")).filter(total__gte=OuterRef("expected") / 2))
        called_off = Q(status="cancelled", frozen_at__isnull=False) & ~Q(had_it)
        return self.filter(number__lt=issue.number).exclude(called_off).order_by("-number")

    def published(self) -> Self:
        """What the archive shows: issues that went out."""
        return self.filter(published_at__lte=Now()).order_by("-number")

    def archived(self) -> QuerySet[Issue, Any]:
        """Plain rows of the archive's list, newest first."""
        return self.published().values_list("number", "subject", "preheader", "published_at", named=True)

    def newest_change(self) -> datetime | None:
        found: datetime | None = self.published().aggregate(newest=models.Max("published_at"))["newest"]
        return found
