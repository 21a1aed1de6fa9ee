"""What an editor adds to a pair of tools. The page exists without it: everything else on it is computed."""

from __future__ import annotations

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Greatest, Least
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from comparisons.addresses import pair_url
from comparisons.querysets import ComparisonQuerySet
from editorial.history.tracking import kept
from editorial.models import Publishable
from tools.models import Tool


@kept()
class Comparison(Publishable):
    """A summary, "choose A if / choose B if" and a featured flag for one pair, its slugs in alphabetical order."""

    first_tool = models.ForeignKey(
        Tool, verbose_name=_("first tool"), on_delete=models.PROTECT, related_name="comparisons_as_first"
    )
    second_tool = models.ForeignKey(
        Tool, verbose_name=_("second tool"), on_delete=models.PROTECT, related_name="comparisons_as_second"
    )
    summary = models.TextField(_("summary"), blank=True, help_text=_("Markdown."))
    choose_first_if = models.TextField(
        _("choose first if"), blank=True, help_text=_('Ends of "Choose the first if ...", one a line.')
    )
    choose_second_if = models.TextField(
        _("choose second if"), blank=True, help_text=_('Ends of "Choose the second if ...", one a line.')
    )
    is_featured = models.BooleanField(_("is featured"), default=False)

    objects: ClassVar[ComparisonQuerySet] = ComparisonQuerySet.as_manager()  # type: ignore[assignment]

    class Meta(Publishable.Meta):
        verbose_name, verbose_name_plural = _("comparison"), _("comparisons")
        ordering: ClassVar[list[str]] = ["-published_at", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Publishable.Meta.constraints,
            models.UniqueConstraint(
                Least("first_tool", "second_tool"),
                Greatest("first_tool", "second_tool"),
                name="one_comparison_per_pair",
                violation_error_message=_("There already is a comparison of these two tools."),
            ),
            models.CheckConstraint(condition=~Q(first_tool=F("second_tool")), name="comparison_is_of_two_tools"),
        ]

    def __str__(self) -> str:
        return gettext("%(first)s vs %(second)s") % {"first": self.first_tool, "second": self.second_tool}

    def get_absolute_url(self) -> str:
        return pair_url(self.first_tool.slug, self.second_tool.slug)

    def missing(self) -> list[str]:
        texts = (self.summary, self.choose_first_if, self.choose_second_if)
        if any(text.strip() for text in texts):
            return []
        said = gettext("Nothing is written for %(pair)s yet. Write a summary, or when to choose which.")
        return [said % {"pair": self}]

    def waits_for(self) -> list[str]:
        return [*self.first_tool.comes_before(self), *self.second_tool.comes_before(self)]

    def clean(self) -> None:
        if not (self.first_tool_id and self.second_tool_id):
            return  # the missing tool is reported by its own field
        if self.first_tool_id == self.second_tool_id:
            raise ValidationError({"second_tool": _("Choose two different tools.")})
        if self.first_tool.slug > self.second_tool.slug:
            said = _("The first is the one whose address comes first: %(slug)s.")
            raise ValidationError({"first_tool": said % {"slug": self.second_tool.slug}})
