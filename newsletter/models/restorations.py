"""How often the database was restored: docs/decisions/0040."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Restoration(models.Model):
    """One restore of the database, as a person marked it. `number` is the generation that begins with it; before the
    first it is 1. Nothing is sent unless NEWSLETTER_GENERATION says the same.
    """

    number = models.PositiveIntegerField(_("generation"), primary_key=True)
    at = models.DateTimeField(_("at"), db_default=Now())
    held = models.PositiveIntegerField(_("deliveries held"), default=0)
    cancelled = models.PositiveIntegerField(_("issues called off"), default=0)

    class Meta:
        verbose_name, verbose_name_plural = _("restoration"), _("restorations")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(number__gte=2), name="the_first_generation_is_no_restoration"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.at:%Y-%m-%d %H:%M}"
