"""What was shown, day by day, and the export from which a stranger can recompute it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tools.models import Tool


class Standing(models.Model):
    """The counted account votes on a tool as they stood soon after a UTC day; only days on which they moved."""

    tool = models.ForeignKey(Tool, on_delete=models.CASCADE, related_name="standings")
    day = models.DateField()
    ship = models.IntegerField()
    skip = models.IntegerField()

    class Meta:
        verbose_name, verbose_name_plural = _("standing"), _("standings")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["tool", "day"], name="one_standing_per_tool_and_day"),
            models.CheckConstraint(condition=Q(ship__gte=0, skip__gte=0), name="standing_is_never_negative"),
        ]

    def __str__(self) -> str:
        said = gettext("tool %(tool)s, %(day)s: %(ship)s ship, %(skip)s skip")
        return said % {"tool": self.tool_id, "day": self.day, "ship": self.ship, "skip": self.skip}


class Export(models.Model):
    """The anonymised votes shortly after the end of a UTC day, as a zip file (votes/exports.py), and daily counts."""

    day = models.DateField(primary_key=True)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    daily = models.JSONField(help_text=_("Site-wide counts by day of casting, crowd and state, newest day first."))
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name, verbose_name_plural = _("export"), _("exports")
        ordering: ClassVar[list[str]] = ["-day"]

    def __str__(self) -> str:
        return f"votes of {self.day}"
