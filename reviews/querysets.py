"""Named reads of the panel: reviewers, reviews, and tools with their panel counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Self

from django.apps import apps
from django.db import models
from django.db.models import Count, F, FilteredRelation, Max, Q, QuerySet

from editorial.querysets import PublishableQuerySet, is_published
from tools.logos import packed_logo
from tools.models import Tool

if TYPE_CHECKING:
    from reviews.models import Review, ReviewDocument, Reviewer  # noqa: F401 (named in a string below)


# Tools with three more columns: ship_count, review_count and reviewed_at, the moment of the newest verdict.
PanelTools = QuerySet[Any, Any]


class ReviewerQuerySet(models.QuerySet["Reviewer"]):
    def on_panel(self) -> Self:
        return self.filter(is_active=True).order_by("position", "pk").fetch_mode(models.FETCH_RAISE)

    def rows_with_reviews_of(self, tools: Iterable[int], *more: str) -> QuerySet[Reviewer, Any]:
        """A plain row for each published review of these tools, in panel order. `more` are columns of the caller's.

        An active reviewer who has reviewed none of them has one row too, with `tool_id` None.
        """
        current = FilteredRelation("reviews", condition=is_published("reviews__") & Q(reviews__tool_id__any_of=tools))
        return (
            self.annotate(
                current=current,
                tool_id=F("current__tool_id"),
                verdict=F("current__verdict"),
                headline=F("current__headline"),
                body=F("current__body"),
                reviewed_at=F("current__published_at"),
                changed_at=F("current__updated_at"),
            )
            .filter(Q(is_active=True) | Q(tool_id__isnull=False))
            .order_by("position", "pk")
            .values_list(
                *("pk", "slug", "name", "emblem", "written_by"),
                *("tool_id", "verdict", "headline", "body", "reviewed_at", "changed_at"),
                *more,
                named=True,
            )
        )


class ReviewQuerySet(PublishableQuerySet["Review"]):
    def of_published_tools(self) -> Self:
        return self.filter(is_published("tool__"))

    def latest_by(self, reviewer: Reviewer, *, category: str | None = None) -> Self:
        """A reviewer's remarks on published tools, newest first; those in one category, by its slug, when named."""
        remarks = self.of_published_tools().filter(reviewer=reviewer)
        if category:
            remarks = remarks.filter(tool__category__slug=category)
        return remarks.select_related("tool").order_by("-published_at", "pk")

    def for_feed(self) -> Self:
        """Newest first, with tool, category and reviewer."""
        related = self.of_published_tools().select_related("tool__category", "reviewer")
        return related.order_by("-published_at", "-pk")

    def verdicts_of(self, tools: Iterable[int]) -> QuerySet[Review, tuple[int, str, str]]:
        """(tool, reviewer's name, verdict) in panel order: what the small marks in lists show."""
        return (
            self.filter(tool_id__any_of=tools)
            .order_by("reviewer__position", "reviewer_id")
            .values_list("tool_id", "reviewer__name", "verdict")
        )

    def listed(self, reviews: Iterable[int]) -> QuerySet[Review, Any]:
        """Plain rows of these reviews, with tool and reviewer."""
        return (
            self.of_published_tools()
            .filter(pk__any_of=reviews)
            .annotate(
                tool_slug=F("tool__slug"),
                tool_name=F("tool__name"),
                reviewer_name=F("reviewer__name"),
                emblem=F("reviewer__emblem"),
            )
            .values_list(
                *("pk", "tool_slug", "tool_name", "reviewer_name", "emblem", "verdict", "headline", "body"),
                "published_at",
                named=True,
            )
        )

    def said_by_each(self) -> dict[int, int]:
        """How many of these each reviewer wrote; one query."""
        return dict(self.order_by().values("reviewer").annotate(n=Count("pk")).values_list("reviewer", "n"))


class ReviewDocumentQuerySet(PublishableQuerySet["ReviewDocument"]):
    def of_published_tools(self) -> Self:
        return self.filter(is_published("tool__document__"))

    def newest_first(self) -> Self:
        return self.order_by("-published_at", "-review_id")


def tools_with_panel() -> PanelTools:
    """Every published tool with its panel's counts, over published reviews."""
    public = is_published("reviews__")
    return Tool.objects.published().annotate(
        review_count=Count("reviews", filter=public),
        ship_count=Count("reviews", filter=public & Q(reviews__verdict="ship")),
        reviewed_at=Max("reviews__published_at", filter=public),
    )


def tools_missing_reviewers(active: int) -> PanelTools:
    """Published tools that not all active reviewers have reviewed in public, the newest first.

    `active` is how many of them there are; each tool has `to_come`, how many have still to go aboard.
    """
    public = is_published("reviews__") & Q(reviews__reviewer__is_active=True)
    said = Count("reviews__reviewer", distinct=True, filter=public)
    tools: PanelTools = Tool.objects.published().annotate(to_come=models.Value(active) - said)
    return tools.filter(to_come__gt=0).order_by("-published_at", "-pk")


def tool_lines(tools: PanelTools) -> QuerySet[Any, Any]:
    """What a list shows of each tool, as plain rows."""
    lines: QuerySet[Any, Any] = tools.annotate(
        category_name=F("category__name"), packed_logo=packed_logo()
    ).values_list(
        *("pk", "slug", "name", "tagline", "category_id", "category_name"),
        *("ship_count", "review_count", "reviewed_at", "packed_logo"),
        named=True,
    )
    return lines


def tools_without_word_of(tools: QuerySet[Any], reviewers: Sequence[Reviewer]) -> QuerySet[Any]:
    """Those of these tools that are public and that one of the reviewers has no published review of; none for nobody.

    A reviewer has one review of a tool that counts (a constraint), so a tool with as many as they are has all.
    """
    if not reviewers:
        return tools.none()
    said = apps.get_model("reviews", "Review").objects.published()
    by_these = said.filter(reviewer__in=[one.pk for one in reviewers]).order_by().values("tool")
    complete = by_these.annotate(n=Count("pk")).filter(n__gte=len(reviewers)).values("tool")
    return tools.filter(is_published()).exclude(pk__in=complete)
