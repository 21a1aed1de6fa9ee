"""Which tools became part of which, by whom and why: docs/decisions/0029."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from editorial.reasons import LONGEST
from tools.models import Tool


class Merge(models.Model):
    """One tool became part of another. `counts` is what went along and what stayed behind, in numbers."""

    gone = models.OneToOneField(Tool, models.PROTECT, verbose_name=_("was merged"), related_name="+")
    kept = models.ForeignKey(Tool, models.PROTECT, verbose_name=_("into"), related_name="+")
    reason = models.TextField(_("reason for readers"), max_length=LONGEST)
    counts = models.JSONField(_("what went along"), default=dict)
    by = models.ForeignKey(
        *(settings.AUTH_USER_MODEL, models.SET_NULL), verbose_name=_("by"), null=True, related_name="+"
    )
    at = models.DateTimeField(_("at"), db_default=Now())

    class Meta:
        verbose_name, verbose_name_plural = _("merge of tools"), _("merges of tools")
        ordering: ClassVar[list[str]] = ["-at", "-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=~Q(gone=F("kept")), name="merge_is_of_two_tools"),
            models.CheckConstraint(condition=~Q(reason=""), name="merge_has_a_reason"),
        ]

    def __str__(self) -> str:
        return gettext("%(gone)s into %(kept)s") % {"gone": self.gone, "kept": self.kept}

    def get_absolute_url(self) -> str:
        return reverse("tool", args=[self.kept.slug])
