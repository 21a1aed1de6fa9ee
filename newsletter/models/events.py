"""What providers and mailboxes tell about mail that is out."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class MailEvent(models.Model):
    """One thing that somebody says became of a message, kept once however often and in whatever order it is told.

    Of the address only the keyed hash is kept, and not even that where the message is one of ours: the delivery knows.
    `message_id` is ours, or else what the provider calls the message. `settled_at` is when it was acted upon.
    """

    class Kind(models.TextChoices):
        DELIVERED = "delivered", _("delivered")
        HARD = "hard", _("bounced for good")
        SOFT = "soft", _("bounced")
        COMPLAINED = "complained", _("complained")
        UNSUBSCRIBED = "unsubscribed", _("unsubscribed")

    provider = models.CharField(max_length=20)
    event_id = models.CharField(max_length=200)
    kind = models.CharField(max_length=12, choices=Kind)
    message_id = models.CharField(max_length=300, blank=True)
    address_hmac = models.BinaryField(max_length=32, null=True)
    at = models.DateTimeField()
    raw_sha256 = models.BinaryField(max_length=32)
    told_at = models.DateTimeField(db_default=Now())
    settled_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name, verbose_name_plural = _("event of a mail"), _("events of mails")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["id"], condition=Q(settled_at=None), name="events_to_be_settled"),
            models.Index(fields=["address_hmac", "at"], condition=Q(kind="soft"), name="soft_bounces_of_an_address"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["provider", "event_id"], name="an_event_counts_once"),
            models.CheckConstraint(
                condition=Q(kind__in=("delivered", "hard", "soft", "complained", "unsubscribed")),
                name="event_kind_is_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.kind} {self.at:%Y-%m-%d %H:%M}"
