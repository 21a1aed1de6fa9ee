"""The numbered issues, the blocks they are made of, and when they go out."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from editorial.characters import Written
from newsletter.querysets import IssueQuerySet
from newsletter.schedule import zone_names

MOST_HOURS = 144  # six days: an issue is never made before the one before it went out


class Issue(Written):
    """One weekly email. There is one for each ISO week; what is frozen cannot change (a trigger refuses it).

    `candidates`, `excluded` and `expected` are counted when the audience is frozen: expected = candidates - excluded.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        APPROVED = "approved", _("Approved")
        FROZEN = "frozen", _("Frozen")
        SENDING = "sending", _("Being sent")
        PAUSED = "paused", _("Paused")
        DONE = "done", _("Sent")
        CANCELLED = "cancelled", _("Cancelled")

    class DoubtPolicy(models.TextChoices):
        RESEND_ONCE = "resend_once", _("Send it once more: nobody is lost, somebody may get two")
        HOLD = "hold", _("Hold it: nobody gets two, and a person decides")

    number = models.PositiveIntegerField(_("number"), unique=True, editable=False)
    iso_week = models.CharField(_("week"), max_length=8, unique=True, editable=False, help_text=_("Such as 2026-W48."))
    due_at = models.DateTimeField(_("due at"))
    zone = models.CharField(_("time zone"), max_length=64, editable=False)
    local_time = models.TimeField(_("local time"), editable=False)
    status = models.CharField(_("status"), max_length=9, choices=Status, default=Status.DRAFT, editable=False)
    subject = models.CharField(_("subject"), max_length=150, blank=True)
    preheader = models.CharField(
        _("first line"), max_length=150, blank=True, help_text=_("What mail programs show beside the subject.")
    )
    introduction = models.TextField(
        _("introduction"), blank=True, help_text=_("Markdown. Yours alone: nothing overwrites it.")
    )
    html = models.TextField(editable=False, blank=True)
    text = models.TextField(editable=False, blank=True)
    content_sha256 = models.BinaryField(max_length=32, null=True, editable=False)
    assembled_at = models.DateTimeField(_("assembled at"), null=True, editable=False)
    approved_at = models.DateTimeField(_("approved at"), null=True, editable=False)
    approved_by = models.ForeignKey(
        *(settings.AUTH_USER_MODEL, models.SET_NULL),
        verbose_name=_("approved by"),
        null=True,
        editable=False,
        related_name="+",
    )
    frozen_at = models.DateTimeField(null=True, editable=False)
    published_at = models.DateTimeField(_("in the archive since"), null=True, editable=False)
    is_held = models.BooleanField(
        _("held back"), default=False, editable=False, help_text=_("Does not go out by itself: an editor said so.")
    )
    note = models.CharField(_("note"), max_length=200, blank=True, editable=False, help_text=_("Such as: sent late."))
    candidates = models.PositiveIntegerField(null=True, editable=False)
    excluded = models.PositiveIntegerField(null=True, editable=False)
    expected = models.PositiveIntegerField(null=True, editable=False)
    # Who was left out when the audience was frozen, and why: {"paused": 4}.
    exclusions = models.JSONField(default=dict, db_default=Value({}, models.JSONField()), editable=False)
    # Message-IDs end in this, for good: `<delivery's number.message_tail>`.
    message_tail = models.CharField(max_length=100, blank=True, db_default="", default="", editable=False)
    doubt_policy = models.CharField(
        _("when nobody knows whether a mail arrived"),
        max_length=11,
        choices=DoubtPolicy,
        default=DoubtPolicy.RESEND_ONCE,
        db_default=DoubtPolicy.RESEND_ONCE,
        editable=False,
    )
    # How many of a kind were found and left out, because there were too many: {"price": 12}.
    left_out = models.JSONField(default=dict, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    objects: ClassVar[IssueQuerySet] = IssueQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name, verbose_name_plural = _("issue"), _("issues")
        ordering: ClassVar[list[str]] = ["-number"]
        permissions: ClassVar[list[tuple[str, Any]]] = [
            ("approve_issue", _("Can approve an issue")),
            ("send_issue", _("Can send an issue")),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(iso_week__regex=r"^[0-9]{4}-W[0-9]{2}$"), name="issue_week_is_a_week"),
            models.CheckConstraint(
                condition=Q(status__in=("draft", "approved", "frozen", "sending", "paused", "done", "cancelled")),
                name="issue_status_is_known",
            ),
            models.CheckConstraint(
                condition=Q(status__in=("draft", "approved", "cancelled")) | Q(content_sha256__isnull=False),
                name="what_goes_out_is_frozen",
            ),
            models.CheckConstraint(
                condition=Q(expected__isnull=True) | Q(expected=F("candidates") - F("excluded")),
                name="issue_counts_add_up",
            ),
            models.CheckConstraint(
                condition=Q(doubt_policy__in=("resend_once", "hold")), name="issue_doubt_policy_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"No. {self.number} ({self.iso_week})"

    def get_absolute_url(self) -> str:
        return reverse("newsletter_issue", args=[self.number])


class Block(Written):
    """One part of an issue. `found` is what the week's receipts gave, replaced whenever the issue is assembled anew;
    everything else is the editor's and stays: order, words, whether it is dropped or pinned as it is.
    """

    class Kind(models.TextChoices):
        NEW = "new", _("New verdict")
        CHANGED = "changed", _("Changed verdict")
        MOVER = "mover", _("Biggest community mover")
        PRICE = "price", _("Price change")
        COMPARISON = "comparison", _("Featured comparison")
        NOTE = "note", _("A note of your own")

    issue = models.ForeignKey(Issue, on_delete=models.CASCADE, related_name="blocks")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    about = models.CharField(max_length=100, editable=False, help_text="What it is about: one block of a kind each.")
    found = models.JSONField(default=dict, editable=False)
    words = models.TextField(
        _("your words"), blank=True, help_text=_("Markdown. Stands with the block; nothing overwrites it.")
    )
    position = models.PositiveIntegerField(_("position"), default=0, validators=[MinValueValidator(0)])
    is_dropped = models.BooleanField(_("dropped"), default=False)
    is_stale = models.BooleanField(default=False, editable=False)  # its receipt is no longer among the week's
    is_pinned = models.BooleanField(
        _("pinned"), default=False, help_text=_("Stays exactly as it is when the issue is assembled anew.")
    )

    class Meta:
        verbose_name, verbose_name_plural = _("block"), _("blocks")
        ordering: ClassVar[list[str]] = ["position", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["issue", "kind", "about"], name="one_block_of_a_kind_about_a_thing"),
            models.CheckConstraint(
                condition=Q(kind__in=("new", "changed", "mover", "price", "comparison", "note")),
                name="block_kind_is_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.about}"


class Schedule(models.Model):
    """When the weekly email goes out: a wall time in a named zone. There is one row."""

    class Mode(models.TextChoices):
        APPROVED = "approved", _("Only what an editor approved")
        AUTOMATIC = "automatic", _("By itself, unless an editor vetoes it")

    class Weekday(models.IntegerChoices):
        MONDAY = 1, _("Monday")
        TUESDAY = 2, _("Tuesday")
        WEDNESDAY = 3, _("Wednesday")
        THURSDAY = 4, _("Thursday")
        FRIDAY = 5, _("Friday")
        SATURDAY = 6, _("Saturday")
        SUNDAY = 7, _("Sunday")

    is_on = models.BooleanField(_("on"), default=False)
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday, default=Weekday.FRIDAY)
    local_time = models.TimeField(_("local time"), default="09:00")
    zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    mode = models.CharField(_("mode"), max_length=9, choices=Mode, default=Mode.APPROVED)
    veto_hours = models.PositiveSmallIntegerField(
        _("hours for a veto"),
        default=24,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_HOURS)],
        help_text=_("How long before it goes out the issue is there to be looked at."),
    )
    # What was due before nobody misses: a schedule that is turned on on Monday makes no issue for last Friday.
    since = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("schedule"), _("schedule")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(pk=1), name="there_is_one_schedule"),
            models.CheckConstraint(condition=Q(weekday__range=(1, 7)), name="schedule_names_a_weekday"),
            models.CheckConstraint(condition=Q(mode__in=("approved", "automatic")), name="schedule_mode_is_known"),
            models.CheckConstraint(condition=Q(veto_hours__range=(1, MOST_HOURS)), name="schedule_leaves_time_to_look"),
            models.CheckConstraint(condition=Q(is_on=False) | Q(since__isnull=False), name="schedule_on_has_a_start"),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.local_time} {self.zone}"

    def clean(self) -> None:
        if self.zone not in zone_names():
            raise ValidationError({"zone": _("Name a time zone such as Europe/Lisbon or America/New_York.")})
