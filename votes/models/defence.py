"""What keeps the count honest: tags without addresses, limits, cases, freezes. Nothing here deletes a vote."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tools.models import Tool
from votes.models.votes import Crowd
from votes.querysets import ModerationQuerySet


class NetKey(models.Model):
    """The key of one UTC day for network tags. Once it is destroyed, nobody can tell what a tag was made from."""

    day = models.DateField(primary_key=True)
    key = models.BinaryField(max_length=32)
    destroy_at = models.DateTimeField()

    class Meta:
        verbose_name, verbose_name_plural = _("net key"), _("net keys")

    def __str__(self) -> str:
        return f"key of {self.day}"


class LimitSlot(models.Model):
    """How often something happened within one window: one row per scope, tag and window, moved by one statement."""

    pk = models.CompositePrimaryKey("scope", "key_tag", "window_start")
    scope = models.CharField(max_length=24)
    key_tag = models.BinaryField(max_length=48)
    window_start = models.DateTimeField()
    n = models.IntegerField()

    class Meta:
        verbose_name, verbose_name_plural = _("limit slot"), _("limit slots")
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["window_start"], name="limit_slots_by_age")]

    def __str__(self) -> str:
        return f"{self.scope} since {self.window_start:%Y-%m-%d %H:%M}: {self.n}"


class Case(models.Model):
    """Votes on one tool that are set aside together, with the evidence, until a person decides.

    A case opens when a limit holds votes back, or when votes come in a burst; during a burst every new vote of that
    crowd waits too. Evidence holds shares and counts, never a tag.
    """

    class Decision(models.TextChoices):
        OPEN = "open", _("open")
        RELEASED = "released", _("released")
        VOIDED = "voided", _("voided")

    tool = models.ForeignKey(Tool, verbose_name=_("tool"), on_delete=models.CASCADE, related_name="vote_cases")
    crowd = models.CharField(_("crowd"), max_length=7, choices=Crowd)
    is_burst = models.BooleanField(
        _("burst"), default=False, help_text=_("New votes of this crowd wait while it is open.")
    )
    evidence = models.JSONField(_("evidence"), default=dict, db_default={})
    decision = models.CharField(_("decision"), max_length=8, choices=Decision, default=Decision.OPEN, db_default="open")
    opened_at = models.DateTimeField(_("opened at"), db_default=Now())
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("case"), _("cases")
        ordering: ClassVar[list[str]] = ["-opened_at", "-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["tool", "crowd"], condition=Q(closed_at__isnull=True), name="one_open_case_per_tool_and_crowd"
            ),
            models.CheckConstraint(
                condition=Q(decision="open", closed_at__isnull=True)
                | Q(decision__in=("released", "voided"), closed_at__isnull=False),
                name="case_is_open_or_decided",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tool}, {self.get_crowd_display()}"


class Moderation(models.Model):
    """The public log: who set what aside or counted it again, and why. Can be neither changed nor deleted."""

    class Action(models.TextChoices):
        HELD = "held", _("held")
        RELEASED = "released", _("released")
        VOIDED = "voided", _("voided")
        FROZEN = "frozen", _("voting paused")
        UNFROZEN = "unfrozen", _("voting resumed")
        WAVE = "wave", _("wave announced")
        CALM = "calm", _("wave called off")
        MERGED = "merged", _("votes merged")

    tool = models.ForeignKey(
        Tool, verbose_name=_("tool"), on_delete=models.DO_NOTHING, db_constraint=False, related_name="vote_log"
    )
    case = models.ForeignKey(
        Case, verbose_name=_("case"), on_delete=models.DO_NOTHING, db_constraint=False, null=True, related_name="log"
    )
    action = models.CharField(_("action"), max_length=8, choices=Action)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("actor"),
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        null=True,
        related_name="vote_log",
        help_text=_("Empty when the published rules acted."),
    )
    reason = models.CharField(_("reason"), max_length=200)
    vote_count = models.PositiveIntegerField(_("vote count"), default=0)
    at = models.DateTimeField(_("at"), db_default=Now())

    objects: ClassVar[ModerationQuerySet] = ModerationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name, verbose_name_plural = _("moderation"), _("moderation log")
        ordering: ClassVar[list[str]] = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.get_action_display()}: {self.reason}"


class Freeze(models.Model):
    """Voting on one tool is paused while this is in force; the votes there are stay and count."""

    tool = models.ForeignKey(Tool, verbose_name=_("tool"), on_delete=models.CASCADE, related_name="freezes")
    reason = models.CharField(_("reason"), max_length=200, help_text=_("Published in the log of the integrity page."))
    since = models.DateTimeField(_("since"), db_default=Now(), editable=False)
    lifted_at = models.DateTimeField(_("lifted at"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("pause of voting"), _("pauses of voting")
        ordering: ClassVar[list[str]] = ["-since", "-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["tool"],
                condition=Q(lifted_at__isnull=True),
                name="one_freeze_in_force_per_tool",
                violation_error_message=_("Voting on this tool is paused already."),
            ),
        ]

    def __str__(self) -> str:
        if not self.pk:
            return gettext("new pause")
        return gettext("%(tool)s since %(day)s") % {"tool": self.tool, "day": f"{self.since:%Y-%m-%d}"}


class Campaign(models.Model):
    """A wave of votes we know of, such as the readers of a newsletter: many new voters of one mind are no alarm."""

    tool = models.ForeignKey(Tool, verbose_name=_("tool"), on_delete=models.CASCADE, related_name="vote_campaigns")
    mark = models.CharField(
        _("mark"), max_length=80, help_text=_("What sends the readers, for instance: weekly email 12.")
    )
    starts_at = models.DateTimeField(_("starts at"))
    ends_at = models.DateTimeField(_("ends at"))

    class Meta:
        verbose_name, verbose_name_plural = _("announced wave"), _("announced waves")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="campaign_ends_after_it_starts",
                violation_error_message=_("The end must come after the start."),
            ),
        ]

    def __str__(self) -> str:
        return gettext("%(mark)s on %(tool)s") % {"mark": self.mark, "tool": self.tool}
