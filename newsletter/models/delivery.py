"""Who gets an issue, and what became of each: docs/decisions/0038.

Rows are made when an issue is frozen and changed by newsletter/sending/ alone. Ids of subscribers are plain numbers, as
in a consent: a delivery outlives the subscriber, without the address.
"""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from newsletter.models.issues import Issue

IN_FLIGHT = ("claimed", "transmitting")
FINAL = ("accepted", "rejected", "skipped", "expired")
MOST_COPIES = 2
STATES = (*("queued", "in_doubt", "held"), *IN_FLIGHT, *FINAL)


class Delivery(models.Model):
    """One issue for one subscriber. `address` and `address_key` are as they were when the issue was frozen, and null
    once they have been forgotten. `token` says whose claim it is; it stays on a row in doubt, so that a late answer
    still finds it. `doubts` counts the times after which nobody knows whether the server took it: one that
    an answer or a report has settled after all is taken back.

    PostgreSQL reads the constraints anew for each statement, of which a mail needs two: so they are short.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("waiting")
        CLAIMED = "claimed", _("taken by a worker")
        TRANSMITTING = "transmitting", _("on the wire")
        ACCEPTED = "accepted", _("accepted")
        REJECTED = "rejected", _("rejected")
        IN_DOUBT = "in_doubt", _("in doubt")
        HELD = "held", _("held for a person")
        SKIPPED = "skipped", _("skipped")
        EXPIRED = "expired", _("given up")

    class Reason(models.TextChoices):
        """Why a row was skipped or is held."""

        UNSUBSCRIBED = "unsubscribed", _("unsubscribed")
        SUPPRESSED = "suppressed", _("suppressed")
        PAUSED = "paused", _("wants nothing for a while")
        MOVED = "moved", _("changed the address")
        ERASED = "erased", _("was erased")
        SILENT = "silent", _("nothing followed changed")
        CANCELLED = "cancelled", _("the issue was cancelled")
        DOUBT = "doubt", _("perhaps sent, perhaps not")
        UNMADE = "unmade", _("the mail could not be made")
        RESTORED = "restored", _("the database was restored meanwhile")

    # Without a constraint, which would be checked a million times where one row is locked anyhow; a trigger keeps the
    # issues that were frozen.
    issue = models.ForeignKey(
        Issue, on_delete=models.PROTECT, related_name="deliveries", db_constraint=False, db_index=False
    )
    subscriber_id = models.BigIntegerField(_("subscriber"))
    address = models.EmailField(_("address"), max_length=254, null=True)  # noqa: DJ001 - null is "forgotten"
    address_key = models.CharField(max_length=254, null=True)  # noqa: DJ001
    state = models.CharField(_("state"), max_length=12, choices=State, db_default=State.QUEUED)
    reason = models.CharField(_("reason"), max_length=12, choices=Reason, db_default="", blank=True)
    slot = models.SmallIntegerField(null=True)
    token = models.UUIDField(null=True)
    attempts = models.SmallIntegerField(_("attempts"), db_default=0)
    doubts = models.SmallIntegerField(_("doubts"), db_default=0)
    not_before = models.DateTimeField(_("not before"), db_default=Now())
    doubt_until = models.DateTimeField(_("in doubt until"), null=True)
    claimed_at = models.DateTimeField(null=True)
    marked_at = models.DateTimeField(null=True)
    stage = models.CharField(_("at"), max_length=12, db_default="", blank=True)
    code = models.SmallIntegerField(_("answer"), null=True)
    enhanced = models.CharField(max_length=11, db_default="", blank=True)
    provider_id = models.CharField(max_length=200, db_default="", blank=True)
    accepted_at = models.DateTimeField(_("accepted at"), null=True)
    final_at = models.DateTimeField(_("settled at"), null=True)
    bounced_at = models.DateTimeField(_("bounced at"), null=True)
    complained_at = models.DateTimeField(_("complained at"), null=True)

    class Meta:
        verbose_name, verbose_name_plural = _("delivery"), _("deliveries")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["issue", "not_before", "id"], condition=Q(state="queued"), name="deliveries_to_be_claimed"
            ),
            models.Index(fields=["slot"], condition=Q(state__in=IN_FLIGHT), name="deliveries_of_a_slot"),
            models.Index(
                fields=["issue", "state"],
                condition=Q(state__in=("in_doubt", "held", "rejected", "expired")),
                name="deliveries_to_be_looked_at",
            ),
            models.Index(fields=["issue"], condition=Q(doubts__gt=0), name="deliveries_once_in_doubt"),
            models.Index(fields=["issue"], condition=Q(bounced_at__isnull=False), name="deliveries_that_bounced"),
            models.Index(
                fields=["issue"], condition=Q(complained_at__isnull=False), name="deliveries_complained_about"
            ),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["subscriber_id", "issue"], name="one_delivery_per_subscriber_and_issue"),
            models.UniqueConstraint(fields=["issue", "address_key"], name="one_delivery_per_mailbox_and_issue"),
            # The promise: nobody knows of at most one message a worker whether it was sent.
            models.UniqueConstraint(
                fields=["slot"], condition=Q(state="transmitting"), name="one_message_on_the_wire_per_slot"
            ),
            models.CheckConstraint(condition=Q(state__in=STATES), name="delivery_state_is_known"),
            models.CheckConstraint(
                condition=Exact(Q(state__in=IN_FLIGHT), Q(slot__isnull=False)), name="a_delivery_in_flight_has_a_slot"
            ),
            models.CheckConstraint(
                condition=Q(slot=None) | Q(token__isnull=False, claimed_at__isnull=False),
                name="a_delivery_in_flight_has_an_owner",
            ),
            models.CheckConstraint(
                condition=~Q(state="transmitting") | Q(marked_at__isnull=False), name="what_is_on_the_wire_was_marked"
            ),
            models.CheckConstraint(
                condition=~Q(state="accepted") | Q(accepted_at__isnull=False), name="an_accepted_delivery_has_a_date"
            ),
            models.CheckConstraint(condition=~Q(state="in_doubt") | Q(doubt_until__isnull=False), name="a_doubt_ends"),
            models.CheckConstraint(
                condition=Q(state="held") | Q(Exact(Q(state__in=FINAL), Q(final_at__isnull=False))),
                name="a_settled_delivery_has_a_date",
            ),
            models.CheckConstraint(
                condition=Q(doubts__range=(0, MOST_COPIES - 1)) | Q(doubts=MOST_COPIES, slot=None) & ~Q(state="queued"),
                name="nobody_gets_a_third_copy",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.issue_id}: {self.address or self.subscriber_id} {self.state}"


class Attempt(models.Model):
    """One try to send a delivery, for good: the database refuses to change or delete it.

    Written when the try has ended, by its worker or by whoever found it dead. `said` is what the server said, without
    the address. A late answer is another row under the same token: one token is one copy at most.
    """

    class Outcome(models.TextChoices):
        ACCEPTED = "accepted", _("accepted")
        REJECTED = "rejected", _("rejected")
        DEFERRED = "deferred", _("deferred")
        IN_DOUBT = "in_doubt", _("in doubt")

    pk = models.CompositePrimaryKey("delivery_id", "n")
    # Without a constraint: both are written by one statement, and checking would cost more than writing.
    delivery = models.ForeignKey(
        Delivery, on_delete=models.DO_NOTHING, related_name="tries", db_constraint=False, db_index=False
    )
    n = models.SmallIntegerField()
    slot = models.SmallIntegerField()
    token = models.UUIDField()
    started_at = models.DateTimeField()
    marked_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField()
    outcome = models.CharField(max_length=8, choices=Outcome)
    stage = models.CharField(max_length=12)
    code = models.SmallIntegerField(null=True)
    enhanced = models.CharField(max_length=11, blank=True)
    said = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("attempt"), _("attempts")

    def __str__(self) -> str:
        return f"{self.delivery_id}/{self.n}: {self.outcome}"


class Tally(models.Model):
    """How many deliveries of an issue are settled and how: counted by the database as they become so.

    `shard` is the slot that did it, so that workers do not wait for each other; 0 is everybody else.
    """

    pk = models.CompositePrimaryKey("issue_id", "shard", "state", "reason")
    issue = models.ForeignKey(Issue, on_delete=models.CASCADE, related_name="tallies", db_index=False)
    shard = models.SmallIntegerField()
    state = models.CharField(max_length=12)
    reason = models.CharField(max_length=12)
    count = models.PositiveIntegerField()
    since = models.DateTimeField()
    until = models.DateTimeField()

    class Meta:
        verbose_name, verbose_name_plural = _("tally"), _("tallies")

    def __str__(self) -> str:
        return f"{self.issue_id}: {self.count} {self.state}"


class Pause(models.Model):
    """A halt of a whole issue, and why. `measured` is the figure that led to it: after a resumption only what comes on
    top of it counts.
    """

    class Kind(models.TextChoices):
        BY_HAND = "by hand", _("by a person")
        SENDER = "sender", _("the mail server refuses us")
        CONNECTIONS = "connections", _("the mail server cannot be reached")
        DOUBTS = "doubts", _("too many in doubt")
        BOUNCES = "bounces", _("too many addresses that do not exist")
        COMPLAINTS = "complaints", _("too many complaints")
        UNMADE = "unmade", _("mails could not be made")

    issue = models.ForeignKey(Issue, on_delete=models.CASCADE, related_name="pauses")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    said = models.CharField(_("said"), max_length=300, blank=True)
    measured = models.PositiveIntegerField(default=0)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField(_("at"), db_default=Now())
    ended_at = models.DateTimeField(_("ended at"), null=True)

    class Meta:
        verbose_name, verbose_name_plural = _("pause"), _("pauses")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["issue"], condition=Q(ended_at=None), name="one_pause_in_force_per_issue"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.at:%Y-%m-%d %H:%M}"

    @property
    def why(self) -> str:
        """In one sentence, with what was said."""
        words = str(self.get_kind_display())
        return f"{words[:1].upper()}{words[1:]}: {self.said}" if self.said else f"{words[:1].upper()}{words[1:]}"


class Carrier(models.Model):
    """A way out that all workers share: how fast it may go, and how long nobody tries after it has failed."""

    name = models.CharField(max_length=100, primary_key=True)
    tokens = models.FloatField(db_default=0.0)
    filled_at = models.DateTimeField(db_default=Now())
    failures = models.PositiveIntegerField(db_default=0)
    not_before = models.DateTimeField(db_default=Now())
    said = models.CharField(max_length=300, db_default="", blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("carrier"), _("carriers")

    def __str__(self) -> str:
        return self.name
