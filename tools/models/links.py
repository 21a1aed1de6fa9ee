"""The addresses that public tools name as their website or as a source, and whether anything is there."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from tools.models.catalogue import Tool
from tools.querysets import LinkQuerySet

DEAD_AFTER = 3


class Link(models.Model):
    """One address, and what the checks of it came to (tools/links). A link is dead after three days that failed."""

    url = models.CharField(_("address"), max_length=500, unique=True)
    host = models.CharField(_("host"), max_length=253)
    tools = models.ManyToManyField(Tool, verbose_name=_("tools"), related_name="links")
    found_at = models.DateTimeField(_("found at"), db_default=Now(), editable=False)
    checked_at = models.DateTimeField(_("checked at"), null=True)
    status = models.PositiveSmallIntegerField(_("status"), null=True, help_text=_("What the last answer said."))
    problem = models.CharField(_("problem"), max_length=300, blank=True)
    failing_since = models.DateTimeField(_("failing since"), null=True)
    failed_days = models.PositiveSmallIntegerField(_("days that failed"), default=0)
    claimed_until = models.DateTimeField(null=True, editable=False)

    objects: ClassVar[LinkQuerySet] = LinkQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name, verbose_name_plural = _("link"), _("links")
        ordering: ClassVar[list[str]] = ["failing_since", "url"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["checked_at"], name="link_longest_unchecked"),
            models.Index(fields=["failing_since"], name="link_dead", condition=Q(failed_days__gte=DEAD_AFTER)),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(failed_days=0, failing_since=None, problem="")
                | Q(failed_days__gte=1, failing_since__isnull=False) & ~Q(problem=""),
                name="link_fails_for_a_reason_or_not_at_all",
            ),
        ]

    def __str__(self) -> str:
        return self.url

    @property
    def is_dead(self) -> bool:
        return self.failed_days >= DEAD_AFTER
