"""Where each tool stands, stored, so that lists of 100,000 tools are read by index (docs/decisions/0014).

Nothing of ours writes these rows one by one: triggers keep them beside the rows they count, and
`comparisons.standings` brings up what time and votes have changed since.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Case, F, FloatField, Q, Value, When
from django.db.models.functions import Abs, Cast, Least, NullIf
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from comparisons.querysets import ShelfQuerySet, ToolStandingQuerySet
from reviews.models import Reviewer
from tools.models import Category, Tool
from votes.intervals import VOTES_NEEDED
from votes.querysets import wilson_lower_bound, wilson_upper_bound


class DerivedField(models.GeneratedField):
    """A stored generated column. Every PostgreSQL we support has them; Django's check would ask the server for its
    version to find out, and checks must run where there is none. Migrations know it as Django's own.
    """

    def _check_supported(self, databases: Any) -> list[Any]:
        return []

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.GeneratedField", args, kwargs


_TOTAL = F("community_ship") + F("community_skip")
_MINORITY = Least(F("ship_count"), F("review_count") - F("ship_count"))
_IS_COUNTED = Q(community_ship__gte=Value(VOTES_NEEDED) - F("community_skip"))


def _share(part: Any, whole: Any) -> Any:
    return Cast(part, FloatField()) / NullIf(Cast(whole, FloatField()), Value(0.0))


_PANEL = _share(F("ship_count"), F("review_count"))
_COMMUNITY = _share(F("community_ship"), _TOTAL)


class Licence(models.TextChoices):
    """What a licence lets its reader do, in the rough; the trigger's function `comparisons_licence` decides."""

    PERMISSIVE = "permissive", _("Open, permissive")
    COPYLEFT = "copyleft", _("Open, copyleft")
    COMMUNITY = "community", _("Community, with limits")
    PROPRIETARY = "proprietary", _("Proprietary")
    OTHER = "other", _("Another licence")
    UNSTATED = "unstated", _("Not stated")


class Shelf(models.Model):
    """All listed tools that no filter tells apart, and how many they are.

    Counts beside the filters are sums over shelves: their number follows the choices and not the tools.
    """

    category = models.ForeignKey(Category, on_delete=models.CASCADE, related_name="+")
    word = models.CharField(max_length=10)
    licence = models.CharField(max_length=11, choices=Licence)
    is_free = models.BooleanField()
    has_free_plan = models.BooleanField()
    is_paid = models.BooleanField()
    has_usage = models.BooleanField()
    is_self_hostable = models.BooleanField()
    tool_count = models.IntegerField(default=0)

    objects: ClassVar[ShelfQuerySet] = ShelfQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name, verbose_name_plural = _("shelf"), _("shelves")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=[
                    *("category", "word", "licence", "is_free", "has_free_plan"),
                    *("is_paid", "has_usage", "is_self_hostable"),
                ],
                name="one_shelf_per_combination",
            ),
            models.CheckConstraint(condition=Q(tool_count__gte=0), name="shelf_is_never_negative"),
        ]

    def __str__(self) -> str:
        said = gettext("%(word)s, %(licence)s: %(count)s tools")
        return said % {"word": self.word, "licence": self.licence, "count": self.tool_count}


class ToolStanding(models.Model):
    """What lists sort and filter one tool by.

    Panel counts are true until `stale_at`, when a scheduled piece comes up; the community's are those of the last count
    and serve for order only: what a page prints of votes comes from their tallies. Every derived column is generated.
    """

    tool = models.OneToOneField(Tool, primary_key=True, on_delete=models.CASCADE, related_name="standing")
    shelf = models.ForeignKey(Shelf, null=True, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=120)
    is_listed = models.BooleanField(default=False)
    stale_at = models.DateTimeField(null=True)
    ship_count = models.IntegerField(default=0)
    review_count = models.IntegerField(default=0)
    reviewed_at = models.DateTimeField(null=True)
    community_ship = models.IntegerField(default=0)
    community_skip = models.IntegerField(default=0)
    vote_count = DerivedField(expression=_TOTAL, output_field=models.IntegerField(), db_persist=True)
    panel_share = DerivedField(expression=_PANEL, output_field=FloatField(null=True), db_persist=True)
    minority_share = DerivedField(
        expression=_share(_MINORITY, F("review_count")), output_field=FloatField(null=True), db_persist=True
    )
    community_low = DerivedField(
        expression=Case(When(_IS_COUNTED, then=wilson_lower_bound("community_ship", _TOTAL))),
        output_field=FloatField(null=True),
        db_persist=True,
    )
    community_high = DerivedField(
        expression=Case(When(_IS_COUNTED, then=wilson_upper_bound("community_ship", _TOTAL))),
        output_field=FloatField(null=True),
        db_persist=True,
    )
    difference = DerivedField(
        expression=Case(When(_IS_COUNTED, then=Abs(_PANEL - _COMMUNITY))),
        output_field=FloatField(null=True),
        db_persist=True,
    )
    is_overruled = DerivedField(
        expression=Case(
            When(
                _IS_COUNTED
                & (
                    Q(ship_count__gt=F("review_count") - F("ship_count"), community_ship__lt=F("community_skip"))
                    | Q(ship_count__lt=F("review_count") - F("ship_count"), community_ship__gt=F("community_skip"))
                ),
                then=Value(True),  # noqa: FBT003
            ),
            default=Value(False),  # noqa: FBT003
        ),
        output_field=models.BooleanField(),
        db_persist=True,
    )

    objects: ClassVar[ToolStandingQuerySet] = ToolStandingQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name, verbose_name_plural = _("tool standing"), _("tool standings")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                *(F("panel_share").desc(nulls_last=True), F("review_count").desc(), "name", "tool"),
                name="standing_by_panel",
                condition=Q(is_listed=True),
            ),
            models.Index(
                *(F("community_low").desc(nulls_last=True), F("vote_count").desc(), "name", "tool"),
                name="standing_by_community",
                condition=Q(is_listed=True),
            ),
            models.Index(
                *(F("reviewed_at").desc(nulls_last=True), "name", "tool"),
                name="standing_by_date",
                condition=Q(is_listed=True),
            ),
            models.Index("name", "tool", name="standing_by_name", condition=Q(is_listed=True)),
            models.Index(
                *(F("minority_share").desc(), F("reviewed_at").desc(), "name", "tool"),
                name="standing_by_division",
                condition=Q(is_listed=True, minority_share__gt=0),
            ),
            models.Index(
                *(F("difference").desc(), F("vote_count").desc(), "name", "tool"),
                name="standing_overruled",
                condition=Q(is_listed=True, is_overruled=True),
            ),
            models.Index(fields=["stale_at"], name="standing_to_catch_up", condition=Q(stale_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.name


class Board(models.Model):
    """One row: when votes were last counted into standings, and which places lead a group of shared ranks."""

    counted_at = models.DateTimeField(null=True)
    leaders = ArrayField(models.IntegerField(), default=list)
    ranked_count = models.IntegerField(default=0)
    voted_count = models.IntegerField(default=0)
    overruled_count = models.IntegerField(default=0)
    divided_count = models.IntegerField(default=0)
    ranks_are_stale = models.BooleanField(default=True)
    records_are_stale = models.BooleanField(default=True)

    class Meta:
        verbose_name, verbose_name_plural = _("board"), _("boards")

    def __str__(self) -> str:
        return f"counted at {self.counted_at}"


class ReviewerRecord(models.Model):
    """A reviewer's published reviews of listed tools in one category, counted.

    `settled` are those on tools on which the panel has a majority, `dissents` the ones against it; `shown` are those on
    tools whose community is shown and not tied, `agreed` the ones that say what it says.
    """

    reviewer = models.ForeignKey(Reviewer, on_delete=models.CASCADE, related_name="+")
    category = models.ForeignKey(Category, on_delete=models.CASCADE, related_name="+")
    ship_count = models.IntegerField()
    review_count = models.IntegerField()
    settled = models.IntegerField()
    dissents = models.IntegerField()
    shown = models.IntegerField()
    agreed = models.IntegerField()

    class Meta:
        verbose_name, verbose_name_plural = _("reviewer record"), _("reviewer records")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["reviewer", "category"], name="one_record_per_reviewer_and_category"),
        ]

    def __str__(self) -> str:
        return gettext("%(part)s of %(whole)s") % {"part": self.ship_count, "whole": self.review_count}
