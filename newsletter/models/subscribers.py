"""Who gets the weekly email: an address, its consent, and what it follows."""

from __future__ import annotations

import secrets
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Now
from django.db.models.lookups import Exact
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from newsletter.querysets import SubscriberQuerySet
from reviews.models import Reviewer
from tools.models import Category, Tool


def new_key() -> bytes:
    """What a subscriber's preference links are signed with beside our own key."""
    return secrets.token_bytes(16)


class Subscriber(models.Model):
    """One reader of the weekly email.

    `address` is as it was typed; `address_key` is what two spellings of one mailbox have in common
    (newsletter/addresses.py), so that nobody gets an issue twice. `address_hmac` is that key as suppressions and
    consents know it; whoever makes rows without a service gives it, too.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("not confirmed yet")
        ACTIVE = "active", _("subscribed")
        UNSUBSCRIBED = "unsubscribed", _("unsubscribed")

    address = models.EmailField(_("address"), max_length=254)
    address_key = models.CharField(max_length=254, unique=True, editable=False)
    address_hmac = models.BinaryField(max_length=32, db_index=True, editable=False)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.PENDING, editable=False)
    key = models.BinaryField(max_length=16, default=new_key, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("account"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="subscriptions",
    )
    asked_at = models.DateTimeField(_("asked at"), db_default=Now(), editable=False)
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, editable=False)
    ended_at = models.DateTimeField(_("unsubscribed at"), null=True, editable=False)
    paused_until = models.DateField(_("paused until"), null=True, blank=True)
    only_followed = models.BooleanField(_("only when something followed changed"), default=False)
    categories = models.ManyToManyField(Category, verbose_name=_("classes"), blank=True, related_name="+")
    tools = models.ManyToManyField(Tool, verbose_name=_("tools"), blank=True, related_name="+")
    reviewers = models.ManyToManyField(Reviewer, verbose_name=_("reviewers"), blank=True, related_name="+")

    objects: ClassVar[SubscriberQuerySet] = SubscriberQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name, verbose_name_plural = _("subscriber"), _("subscribers")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["state", "asked_at"], name="subscribers_by_state"),
            models.Index(fields=["state", "-id"], name="subscribers_by_state_newest"),
            models.Index(fields=["confirmed_at"], name="subscribers_by_confirmation"),
            models.Index(fields=["paused_until"], name="subscribers_paused", condition=Q(paused_until__isnull=False)),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(state__in=("pending", "active", "unsubscribed")), name="subscriber_state_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(state="active") | Q(confirmed_at__isnull=False), name="an_active_subscriber_confirmed"
            ),
            models.CheckConstraint(
                condition=Q(state="unsubscribed", ended_at__isnull=False)
                | (~Q(state="unsubscribed") & Q(ended_at=None)),
                name="an_ended_subscription_has_a_date",
            ),
            models.CheckConstraint(
                condition=Exact(Func("address_hmac", function="octet_length", output_field=models.IntegerField()), 32),
                name="a_subscriber_has_a_hash",
            ),
        ]

    def __str__(self) -> str:
        return self.address

    @property
    def is_paused(self) -> bool:
        """Whether nothing goes out to them today because they said so; a pause that is over is none."""
        return self.paused_until is not None and self.paused_until > timezone.now().date()


class Consent(models.Model):
    """One step of a consent, for good: the database refuses to change or delete it.

    It outlives the subscriber: `subscriber_id` is the number they had, and after an erasure only the keyed hash of the
    address is left to answer "did I ever ask for this?".
    """

    class Kind(models.TextChoices):
        ASKED = "asked", _("asked by form")
        CONFIRMED = "confirmed", _("confirmed by a press")
        ADDED = "added", _("added by an editor")
        IMPORTED = "imported", _("imported")
        CHANGED = "changed", _("changed the address")
        WITHDRAWN = "withdrawn", _("withdrew")
        ERASED = "erased", _("was erased")

    subscriber_id = models.BigIntegerField(_("subscriber"))
    address_hmac = models.BinaryField(max_length=32)
    kind = models.CharField(_("step"), max_length=9, choices=Kind)
    at = models.DateTimeField(_("at"), db_default=Now())
    wording = models.CharField(
        _("wording"), max_length=20, blank=True, help_text=_("The version of what was agreed to.")
    )
    form = models.CharField(_("form"), max_length=100, blank=True, help_text=_("Which form or link it came by."))
    network_tag = models.BinaryField(max_length=32, null=True, help_text=_("Tells places apart for a day, no longer."))
    source = models.CharField(_("source"), max_length=200, blank=True, help_text=_("Where an editor has it from."))
    agreed_at = models.DateTimeField(
        _("agreed at"), null=True, help_text=_("When the reader agreed, as the source of an import says.")
    )

    class Meta:
        verbose_name, verbose_name_plural = _("consent"), _("consents")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["subscriber_id", "at"], name="consents_of_a_subscriber"),
            models.Index(fields=["address_hmac"], name="consents_of_an_address"),
            models.Index(fields=["at"], name="consents_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.at:%Y-%m-%d %H:%M}"


class SignUp(models.Model):
    """What a form sent, until a worker looks at it (services/settling.py): the request itself never looks.

    `subscriber` is set when somebody on the list wants another address, and null when a stranger subscribes.
    """

    address = models.EmailField(max_length=254)
    wishes = models.JSONField(default=dict, help_text="Keys of what to follow: categories, tools, reviewers.")
    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, null=True, related_name="+")
    form = models.CharField(max_length=100)
    wording = models.CharField(max_length=20)
    network_tag = models.BinaryField(max_length=32)
    sent_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name, verbose_name_plural = _("form not looked at"), _("forms not looked at")

    def __str__(self) -> str:
        return f"{self.form} {self.sent_at:%Y-%m-%d %H:%M}"


class SubscriberToken(models.Model):
    """A link that proves `address`, good for one purpose and for seven days. Only its hash is kept.

    What the form asked to follow waits here, too: nobody changes a subscription by typing somebody else's address.
    """

    class Purpose(models.TextChoices):
        CONFIRM = "confirm", _("confirm")
        CHANGE = "change", _("change the address")

    hash = models.BinaryField(max_length=32, primary_key=True)
    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="tokens")
    purpose = models.CharField(max_length=7, choices=Purpose)
    address = models.EmailField(max_length=254)
    wishes = models.JSONField(default=dict)
    made_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name, verbose_name_plural = _("link"), _("links")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(purpose__in=("confirm", "change")), name="link_purpose_is_known"),
            models.CheckConstraint(condition=~Q(address=""), name="a_link_proves_an_address"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("made_at")), name="a_link_is_good_for_a_while"),
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} until {self.expires_at:%Y-%m-%d}"


class MailLimit(models.Model):
    """When something was last let through: one row per scope and key, moved by one statement that also decides
    (newsletter/limits.py). `times` holds as many moments as may lie in the span, oldest first.

    `key` is a keyed hash of an address, a network tag or a subscriber's number, never the thing itself.
    """

    pk = models.CompositePrimaryKey("scope", "key")
    scope = models.CharField(max_length=16)
    key = models.BinaryField(max_length=32)
    times = ArrayField(models.DateTimeField())
    last_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name, verbose_name_plural = _("limit"), _("limits")

    def __str__(self) -> str:
        return f"{self.scope}: {len(self.times)} until {self.last_at:%Y-%m-%d %H:%M}"


class Suppression(models.Model):
    """An address that gets no weekly email, whatever an import says, by keyed hash. Account mail still flows."""

    class Reason(models.TextChoices):
        UNSUBSCRIBED = "unsubscribed", _("unsubscribed")
        BOUNCED = "bounced", _("bounced for good")
        SOFT = "soft", _("bounced too often")
        COMPLAINED = "complained", _("complained")
        ERASED = "erased", _("erased")
        BY_HAND = "by hand", _("by an editor")

    address_hmac = models.BinaryField(max_length=32, primary_key=True)
    reason = models.CharField(_("reason"), max_length=12, choices=Reason)
    at = models.DateTimeField(_("at"), db_default=Now())
    source = models.CharField(_("source"), max_length=200, blank=True)
    # Whether it stands in the file outside the database as well (newsletter/journal.py).
    is_journaled = models.BooleanField(default=False, db_default=False, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("suppression"), _("suppressions")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["-at"], name="suppressions_newest"),
            models.Index(fields=["at"], condition=Q(is_journaled=False), name="suppressions_unwritten"),
        ]

    def __str__(self) -> str:
        return f"{self.get_reason_display()} {self.at:%Y-%m-%d}"
