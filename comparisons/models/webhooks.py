"""Who is told of receipts by machine, and what became of each telling: see docs/decisions/0024."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from comparisons.models.receipts import Receipt
from comparisons.querysets import WebhookDeliveryQuerySet, WebhookQuerySet


class Webhook(models.Model):
    """A receiver of receipts.

    The database queues a delivery for each active one when a receipt is written (migration 0011). `busy_until` is the
    lease of whoever is sending to it; `failing_since` the first failure after the last success. A receiver that was
    paused keeps its queue; one that is not active gets none.
    """

    name = models.CharField(_("name"), max_length=80, unique=True, help_text=_("For the desk alone: whose it is."))
    url = models.CharField(
        _("address"),
        max_length=500,
        help_text=_("https://…, without a name or password, and the final one: no redirects."),
    )
    kinds = ArrayField(
        verbose_name=_("kinds"),
        base_field=models.CharField(max_length=10, choices=Receipt.Kind),
        default=list,
        blank=True,
        help_text=_("Which receipts it wants; none chosen means all."),
    )
    is_active = models.BooleanField(_("active"), default=True)
    secret = models.CharField(max_length=60, editable=False)
    old_secret = models.CharField(max_length=60, blank=True, default="", editable=False)
    old_secret_until = models.DateTimeField(null=True, editable=False)
    busy_until = models.DateTimeField(null=True, editable=False)
    failing_since = models.DateTimeField(null=True, editable=False)
    last_ok_at = models.DateTimeField(_("last success"), null=True, editable=False)
    paused_at = models.DateTimeField(null=True, editable=False)
    pause_reason = models.CharField(max_length=400, blank=True, default="", editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects: ClassVar[WebhookQuerySet] = WebhookQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name, verbose_name_plural = _("webhook"), _("webhooks")
        ordering: ClassVar[list[str]] = ["name"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(url__regex=r"^https?://"), name="webhook_address_is_of_the_web"),
            models.CheckConstraint(
                condition=Q(kinds__contained_by=[kind.value for kind in Receipt.Kind]), name="webhook_kinds_are_known"
            ),
            models.CheckConstraint(condition=Q(secret__regex="^whsec_.{44}$"), name="webhook_has_a_secret"),  # noqa: S106
            models.CheckConstraint(
                condition=Q(old_secret="", old_secret_until__isnull=True)
                | (~Q(old_secret="") & Q(old_secret_until__isnull=False)),
                name="webhook_old_secret_has_an_end",
            ),
            models.CheckConstraint(
                condition=Q(paused_at__isnull=True, pause_reason="")
                | (Q(paused_at__isnull=False) & ~Q(pause_reason="")),
                name="webhook_pause_has_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class WebhookDelivery(models.Model):
    """One receipt for one receiver.

    `due_at` is when it could first be sent and stays; `not_before` moves with each failure. It settles when it is
    delivered, given up after a day of failures, or expired after waiting a month.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("waiting")
        DELIVERED = "delivered", _("delivered")
        FAILED = "failed", _("given up")
        EXPIRED = "expired", _("expired")

    webhook = models.ForeignKey(Webhook, models.DB_CASCADE, related_name="deliveries", verbose_name=_("webhook"))
    # A receipt is for good: no index for its deletion, and no constraint that every publication would check.
    receipt = models.ForeignKey(
        *(Receipt, models.DO_NOTHING), related_name="+", db_constraint=False, db_index=False, verbose_name=_("receipt")
    )
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.QUEUED)
    due_at = models.DateTimeField()
    not_before = models.DateTimeField(_("not before"))
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    first_tried_at = models.DateTimeField(null=True)
    status_code = models.PositiveSmallIntegerField(_("last status"), null=True)
    error = models.CharField(_("last error"), max_length=300, blank=True, default="")
    settled_at = models.DateTimeField(_("settled at"), null=True)

    objects: ClassVar[WebhookDeliveryQuerySet] = WebhookDeliveryQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name, verbose_name_plural = _("delivery to a webhook"), _("deliveries to webhooks")
        ordering: ClassVar[list[str]] = ["-pk"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["webhook", "due_at", "receipt"], condition=Q(state="queued"), name="delivery_waiting"),
            models.Index(fields=["settled_at"], condition=~Q(state="queued"), name="delivery_settled"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["webhook", "receipt"], name="one_delivery_per_webhook_and_receipt"),
            models.CheckConstraint(
                condition=Q(state="queued", settled_at__isnull=True)
                | Q(state__in=("delivered", "failed", "expired"), settled_at__isnull=False),
                name="delivery_is_queued_or_settled",
            ),
            models.CheckConstraint(condition=Q(not_before__gte=F("due_at")), name="delivery_waits_for_its_time"),
            models.CheckConstraint(
                condition=Q(attempts=0, first_tried_at__isnull=True) | Q(attempts__gt=0, first_tried_at__isnull=False),
                name="delivery_knows_its_first_try",
            ),
        ]

    def __str__(self) -> str:
        words = _("receipt %(receipt)s to webhook %(webhook)s")
        return str(words) % {"receipt": self.receipt_id, "webhook": self.webhook_id}
