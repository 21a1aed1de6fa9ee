"""Which tools look as if they were one, and what an editor has said about it."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tools.models.catalogue import Tool
from tools.querysets import LikenessQuerySet


class ComparedTool(models.Model):
    """The name and website under which a tool was last compared with all others (tools/duplicates.py)."""

    tool = models.OneToOneField(Tool, models.CASCADE, primary_key=True, related_name="+")
    name = models.CharField(max_length=120)
    website = models.CharField(max_length=300)

    class Meta:
        verbose_name, verbose_name_plural = _("compared tool"), _("compared tools")

    def __str__(self) -> str:
        return self.name


class Likeness(models.Model):
    """Two tools that may be one; the first has the lower key.

    `names` is how alike their names are, 1 for the same letters. A pair that an editor called two tools keeps its row,
    so that it is never asked about again.
    """

    first = models.ForeignKey(Tool, models.CASCADE, related_name="+")
    second = models.ForeignKey(Tool, models.CASCADE, related_name="+")
    names = models.FloatField(_("names alike"))
    is_same_site = models.BooleanField(_("one website"))
    dismissed_at = models.DateTimeField(_("dismissed at"), null=True)
    dismissed_by = models.ForeignKey(
        *(settings.AUTH_USER_MODEL, models.SET_NULL), verbose_name=_("dismissed by"), null=True, related_name="+"
    )

    objects: ClassVar[LikenessQuerySet] = LikenessQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name, verbose_name_plural = _("likely duplicate"), _("likely duplicates")
        default_permissions = ()
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["first", "second"], name="one_likeness_per_pair"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="likeness_has_the_lower_key_first"),
        ]

    def __str__(self) -> str:
        return gettext("%(first)s and %(second)s") % {"first": self.first, "second": self.second}

    @property
    def tools(self) -> tuple[Tool, Tool]:
        return self.first, self.second

    @property
    def older(self) -> Tool:
        """The one to keep, if they are one: what readers see comes before what they do not."""
        return min(self.tools, key=lambda tool: (tool.status != Tool.Status.PUBLISHED, tool.created_at, tool.pk))

    @property
    def younger(self) -> Tool:
        return self.first if self.older == self.second else self.second

    @property
    def percent(self) -> int:
        return round(100 * self.names)
