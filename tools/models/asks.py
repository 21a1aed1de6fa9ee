"""What readers ask us to inspect: docs/decisions/0009."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from tools.matching import KEY_LENGTH, WEBSITE_LENGTH, website_host
from tools.models.catalogue import Tool, web_address
from tools.querysets import AskQuerySet, WantedToolQuerySet


class WantedTool(models.Model):
    """A tool that is not here and that readers ask for, however each of them wrote its name and website.

    How many ask is counted from the asks. One that an editor merged into another keeps its row without asks, so that
    its name and website lead to the other from then on.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        DECLINED = "declined", _("Declined")
        PUBLISHED = "published", _("Published")

    name = models.CharField(_("name"), max_length=120)
    website = models.URLField(_("website"), max_length=WEBSITE_LENGTH, validators=[web_address])
    name_key = models.CharField(_("name key"), max_length=KEY_LENGTH, editable=False)
    website_key = models.CharField(_("website key"), max_length=KEY_LENGTH, editable=False)
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.OPEN)
    tool = models.ForeignKey(
        Tool, verbose_name=_("tool"), null=True, blank=True, on_delete=models.SET_NULL, related_name="wanted_as"
    )
    merged_into = models.ForeignKey(
        "self", verbose_name=_("merged into"), null=True, blank=True, on_delete=models.CASCADE, related_name="merged"
    )
    first_asked_at = models.DateTimeField(_("first asked at"), db_default=Now(), editable=False)

    objects: ClassVar[WantedToolQuerySet] = WantedToolQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name, verbose_name_plural = _("asked inspection"), _("asked inspections")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["name_key"], name="one_wanted_tool_per_name"),
            models.UniqueConstraint(fields=["website_key"], name="one_wanted_tool_per_website"),
            models.CheckConstraint(
                condition=Q(state__in=("open", "declined", "published")), name="wanted_tool_state_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(name_key="") & ~Q(website_key=""), name="wanted_tool_can_be_recognised"
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("pk")),
                name="wanted_tool_is_not_merged_into_itself",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def host(self) -> str:
        """What a list shows of the website: `lathe.example.com`."""
        return website_host(self.website)


class Ask(models.Model):
    """One reader's wish to have one tool inspected."""

    wanted_tool = models.ForeignKey(
        WantedTool, verbose_name=_("wanted tool"), on_delete=models.CASCADE, related_name="asks"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("user"), on_delete=models.CASCADE, related_name="asks"
    )
    why = models.CharField(_("why"), max_length=500, blank=True)
    asked_at = models.DateTimeField(_("asked at"), db_default=Now(), editable=False)
    wants_mail = models.BooleanField(_("wants a mail when it is published"), default=True)
    told_at = models.DateTimeField(
        _("told at"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("When the tool was published and this ask was done with."),
    )

    objects: ClassVar[AskQuerySet] = AskQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name, verbose_name_plural = _("ask"), _("asks")
        ordering: ClassVar[list[str]] = ["-asked_at", "-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["wanted_tool", "user"], name="one_ask_per_account_and_tool"),
        ]

    def __str__(self) -> str:
        return f"{self.asked_at:%Y-%m-%d}"


class AskMailStop(models.Model):
    """This account wants no mail about tools it asked for, now or later, until it says otherwise."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="ask_mail_stop"
    )
    stopped_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("ask mail stop"), _("ask mail stops")

    def __str__(self) -> str:
        return f"{self.stopped_at:%Y-%m-%d}"
