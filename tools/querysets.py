"""Named reads of tools and what is known about them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Self

from django.apps import apps
from django.db import models
from django.db.models import Case, Count, F, Q, Value, When
from django.db.models.functions import Now

from editorial.querysets import PublishableQuerySet, is_published
from tools.freshness import limit, price_limit

if TYPE_CHECKING:
    from accounts.models import User
    from tools.matching import Keys
    from tools.models import Ask, Fact, FormerSlug, Likeness, Link, Plan, Tool, ToolDocument, WantedTool  # noqa: F401 (named in strings below)


class ToolQuerySet(PublishableQuerySet["Tool"]):
    def ever_out(self) -> Self:
        """Those that readers can see, could, or will: a draft's name is nobody's business beyond those who write it.

        A tool that became part of another has no votes of its own and is none of them.
        """
        return self.filter(status__in=("published", "scheduled", "withdrawn"), merged_into=None)

    def named(self, *texts: str) -> Self:
        """Tools whose slug or name is one of these, whatever the case: what a reader types into a picker."""
        condition = Q(slug__in=[text.lower() for text in texts])
        for text in texts:
            condition |= Q(name__iexact=text)
        return self.filter(condition)

    def addressed_by(self, slugs: Iterable[str]) -> Self:
        return self.filter(slug__any_of=slugs)

    def records(self, *more: str) -> models.QuerySet[Tool, Any]:
        """Plain rows of what a page says about a tool itself, and `more` columns that the query was given."""
        return self.annotate(category_name=F("category__name"), category_slug=F("category__slug")).values_list(
            *("pk", "slug", "name", "maker", "tagline", "website", "licence", "description"),
            *("launched_on", "published_at", "updated_at", "category_id", "category_name", "category_slug"),
            *more,
            named=True,
        )

    def names(self) -> models.QuerySet[Tool, str]:
        """Names the picker offers before anything is typed: the newest fifty; script asks for others as one types."""
        return self.order_by("-published_at", "pk").values_list("name", flat=True)[:50]

    def newest_in(self, categories: Iterable[int], *, without: Iterable[int] = ()) -> Self:
        return self.filter(category_id__any_of=categories).exclude(pk__any_of=without).order_by("-published_at", "pk")


class FormerSlugQuerySet(models.QuerySet["FormerSlug"]):
    def current(self, slugs: Iterable[str]) -> dict[str, str]:
        """Of these addresses those that published tools have left, and where each tool is now; one query.

        A tool that was merged has left all of its addresses for those of the other; a draft never had one.
        """
        asked = list(slugs)
        left = self.filter(is_published("tool__"), slug__in=asked).values_list("slug", "tool__slug")
        return dict(left.union(*self._merged(asked)))

    def merged(self, slugs: Iterable[str]) -> dict[str, str]:
        """Of these addresses those of merged tools, and where what they became part of is now; one query."""
        former, own = self._merged(list(slugs))
        return dict(former.union(own))

    def _merged(self, slugs: list[str]) -> tuple[models.QuerySet[FormerSlug, Any], models.QuerySet[Tool, Any]]:
        tools: Any = self.model._meta.get_field("tool").related_model._default_manager
        former = self.filter(is_published("tool__merged_into__"), slug__in=slugs, tool__status="withdrawn")
        own = tools.filter(is_published("merged_into__"), slug__in=slugs, status="withdrawn").order_by()
        return former.values_list("slug", "tool__merged_into__slug"), own.values_list("slug", "merged_into__slug")

    def left_by_another(self, slug: str, tool: int | None) -> Tool | None:
        """The tool other than this one that has left the address; one query."""
        found = self.filter(slug=slug).exclude(tool=tool).select_related("tool").first()
        return found.tool if found else None

    def homes(self, slugs: Iterable[str]) -> dict[str, str]:
        """The same of all tools, public or not."""
        return dict(self.filter(slug__in=list(slugs)).values_list("slug", "tool__slug"))


class LikenessQuerySet(models.QuerySet["Likeness"]):
    def to_decide(self) -> Self:
        """Pairs that nobody has decided about, the most alike first; a tool that was merged is in none."""
        return (
            self.filter(dismissed_at=None, first__merged_into=None, second__merged_into=None)
            .select_related("first", "second")
            .order_by(-(F("names") + Case(When(is_same_site=True, then=Value(0.3)), default=Value(0.0))), "pk")
        )


class ToolDocumentQuerySet(PublishableQuerySet["ToolDocument"]):
    def best_standing_first(self) -> Self:
        return self.order_by("-standing", "-tool_id")


def price_is_due(day: date) -> Q:
    """The rule of tools/freshness.py as a bound on the day of the check, which an index can answer."""
    return Q(checked_on__lt=day - timedelta(days=price_limit()))


def fact_is_due(day: date, limits: Collection[int | None]) -> Q:
    """The same of facts: a bound for each limit that criteria name, and one on all of them for the index."""
    bounds = {own: day - timedelta(days=limit(own)) for own in limits}
    due = Q(pk__in=[])
    for own, bound in bounds.items():
        rule = Q(criterion__good_for_days__isnull=True) if own is None else Q(criterion__good_for_days=own)
        due |= rule & Q(checked_on__lt=bound)
    return due & Q(checked_on__lt=max(bounds.values(), default=day))


def named_limits() -> list[int | None]:
    """Every limit that a criterion names, None among them where one names none; one query."""
    criteria = apps.get_model("tools", "Criterion").objects.order_by()
    return list(criteria.values_list("good_for_days", flat=True).distinct())


def has_evidence_due(day: date) -> Q:
    """Tools of whose prices and facts one is due for re-inspection on this day; asks `named_limits` at once."""
    plans = apps.get_model("tools", "Plan").objects.due_by(day)
    facts = apps.get_model("tools", "Fact").objects.due_by(day, named_limits())
    return Q(pk__in=plans.order_by().values("tool")) | Q(pk__in=facts.order_by().values("tool"))


class PlanQuerySet(models.QuerySet["Plan"]):
    def of_tools_out(self) -> Self:
        """Those that readers see, or have been promised for a date."""
        return self.filter(tool__status__in=("published", "scheduled"))

    def due_by(self, day: date) -> Self:
        """Prices that are due for re-inspection on this day."""
        return self.filter(price_is_due(day))

    def rows_of(self, tools: Iterable[int]) -> models.QuerySet[Plan, Any]:
        """Plain rows of the plans of these tools, in the editor's order."""
        return (
            self.filter(tool_id__any_of=tools)
            .order_by("tool_id", "position", "pk")
            .values_list(
                *("tool_id", "name", "amount", "currency", "period", "unit", "note", "source", "checked_on"), named=True
            )
        )


class FactQuerySet(models.QuerySet["Fact"]):
    def of_tools_out(self) -> Self:
        return self.filter(tool__status__in=("published", "scheduled"))

    def due_by(self, day: date, limits: Collection[int | None]) -> Self:
        """Facts that are due for re-inspection on this day; `limits` are all that criteria name."""
        return self.filter(fact_is_due(day, limits))

    def rows_of(self, tools: Iterable[int]) -> models.QuerySet[Fact, Any]:
        """Plain rows of the facts of these tools with their criterion, in the order of the comparison table."""
        return (
            self.filter(tool_id__any_of=tools)
            .annotate(
                slug=F("criterion__slug"),
                label=F("criterion__name"),
                position=F("criterion__position"),
                help=F("criterion__help"),
                kind=F("criterion__kind"),
                unit=F("criterion__unit"),
                good_for_days=F("criterion__good_for_days"),
            )
            .order_by("position", "label")
            .values_list(
                *("tool_id", "slug", "label", "position", "help", "kind", "unit"),
                *("value", "note", "source", "checked_on", "good_for_days"),
                named=True,
            )
        )


class LinkQuerySet(models.QuerySet["Link"]):
    def dead(self) -> Self:
        """Those that failed on three different days, and never in between did not."""
        return self.filter(failed_days__gte=3)

    def failing(self) -> Self:
        """Those that failed lately, and not often enough to be called dead."""
        return self.filter(failed_days__in=(1, 2))

    def due(self) -> Self:
        """Those not looked at for a week, or for a day if that went wrong; never looked at ones first.

        Of a host that somebody is asking at this moment there is none.
        """
        week, day = Now() - timedelta(days=7), Now() - timedelta(days=1)
        is_due = Q(checked_at=None) | Q(checked_at__lte=week) | Q(failed_days__in=(1, 2), checked_at__lte=day)
        busy = self.model._default_manager.filter(claimed_until__gt=Now()).values("host")
        return self.filter(is_due).exclude(host__in=busy).order_by(F("checked_at").asc(nulls_first=True), "pk")


class WantedToolQuerySet(models.QuerySet["WantedTool"]):
    def with_counts(self) -> Self:
        """Each with `ask_count`, counted from the asks themselves."""
        return self.annotate(ask_count=Count("asks"))

    def unmerged(self) -> Self:
        return self.filter(merged_into=None)

    def unsettled(self) -> Self:
        """Those whose publication still has to be told, the merged ones that lead to one of them included."""
        return self.exclude(state="published").exclude(merged_into__state="published")

    def recognised_by(self, keys: Keys) -> Self:
        """Those of this name or website, the name's first: it is the surer sign."""
        same_name = Q(name_key=keys.name)
        return self.filter(same_name | Q(website_key=keys.website)).order_by(
            models.Case(models.When(same_name, then=0), default=1)
        )

    def most_asked_first(self) -> Self:
        """With `ask_count`; of equals the one that waits longest first."""
        return self.with_counts().order_by("-ask_count", "first_asked_at", "pk")

    def most_asked(self) -> Self:
        """The public list: what is still open and asked for by somebody."""
        return self.unmerged().filter(state="open", asks__isnull=False).most_asked_first()


class AskQuerySet(models.QuerySet["Ask"]):
    def for_reader(self, user: User) -> Self:
        """Everything a reader's own page says about each ask: `ask_count` of its tool, and `tool_slug` once public."""
        public = models.When(is_published("wanted_tool__tool__"), then=F("wanted_tool__tool__slug"))
        return (
            self.filter(user=user)
            .select_related("wanted_tool")
            .annotate(
                ask_count=models.Subquery(
                    self.model._default_manager.filter(wanted_tool=models.OuterRef("wanted_tool"))
                    .order_by()
                    .values("wanted_tool")
                    .values(number=Count("pk"))
                ),
                tool_slug=models.Case(public, default=None),
            )
        )
