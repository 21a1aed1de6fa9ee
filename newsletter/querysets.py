"""Named reads of subscribers."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Self

from django.apps import apps
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts.models import User

if TYPE_CHECKING:
    from newsletter.models import Subscriber


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
        return self.filter(address__iexact=user.email).first() if user.verified_at else None

    def unconfirmed(self) -> Self:
        """Whoever has asked and not pressed the button yet."""
        return self.filter(state="pending")
