"""Named reads of comparisons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self

from django.apps import apps
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import (
    Case,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    When,
)
from django.db.models.expressions import CombinedExpression
from django.db.models.fields.json import KT
from django.db.models.functions import JSONArray, JSONObject, Now, TruncMonth

from editorial.querysets import PublishableQuerySet, is_published
from tools.logos import packed_logo
from tools.models import Criterion, Tool

if TYPE_CHECKING:
    from comparisons.models import (  # noqa: F401 (named in strings below)
        Comparison,
        Receipt,
        ReviewerMonth,
        Shelf,
        ToolStanding,
        Webhook,
        WebhookDelivery,
    )
    from reviews.models import Reviewer


class ComparisonQuerySet(PublishableQuerySet["Comparison"]):
    def between_published_tools(self) -> Self:
        return self.filter(is_published("first_tool__"), is_published("second_tool__"))

    def with_any_of(self, tools: Iterable[int]) -> Self:
        """Comparisons in which one of the tools takes part; the one between two of them comes first."""
        first, second = Q(first_tool_id__any_of=tools), Q(second_tool_id__any_of=tools)
        return self.filter(first | second).order_by(
            Case(When(first & second, then=0), default=1), "-is_featured", "-published_at", "pk"
        )

    def named_by(self, query: str) -> Self:
        """Comparisons whose two tools' names hold the words of a search query between them."""
        words = CombinedExpression(
            F("first_tool__document__name_words"),
            "||",
            F("second_tool__document__name_words"),
            output_field=SearchVectorField(),
        )
        return self.alias(pair_words=words).filter(pair_words__matches=query)

    def prominent_first(self) -> Self:
        """Featured ones first, then the newest."""
        return self.order_by("-is_featured", "-published_at", "pk")

    def rows(self) -> QuerySet[Comparison, Any]:
        """Plain rows: which two tools, and what an editor wrote about them."""
        return self.values_list(
            *("first_tool_id", "second_tool_id", "summary", "choose_first_if", "choose_second_if", "updated_at"),
            named=True,
        )


# How a list may be ordered; each is an index of its own, and ends in what no two tools share.
ORDERS: dict[str, tuple[Any, ...]] = {
    "panel": (F("panel_share").desc(nulls_last=True), F("review_count").desc(), "name", "tool_id"),
    "community": (F("community_low").desc(nulls_last=True), F("vote_count").desc(), "name", "tool_id"),
    "newest": (F("reviewed_at").desc(nulls_last=True), "name", "tool_id"),
    "name": ("name", "tool_id"),
}


class ShelfQuerySet(models.QuerySet["Shelf"]):
    def tool_count(self) -> int:
        """All listed tools."""
        return int(self.aggregate(number=Sum("tool_count"))["number"] or 0)


class Places(Sequence[Any]):
    """An ordered query of standings as a paginator wants it: something that is cut."""

    def __init__(self, standings: ToolStandingQuerySet) -> None:
        self.standings = standings

    def __len__(self) -> int:
        return self.standings.count()

    def __getitem__(self, cut: Any) -> Any:
        return list(self.standings.lines_between(cut.start, cut.stop)) if cut.stop > cut.start else []


class ToolStandingQuerySet(models.QuerySet["ToolStanding"]):
    """Reads of standings; whoever calls one has caught up first (comparisons/standings.py)."""

    def listed(self) -> Self:
        return self.filter(is_listed=True)

    def reviewed(self) -> Self:
        return self.listed().filter(reviewed_at__isnull=False)

    def in_order(self, order: str) -> Self:
        return self.order_by(*ORDERS[order])

    def with_votes(self) -> Self:
        """The leaderboard: by lower bound, then those with too few votes for one."""
        return self.listed().filter(vote_count__gt=0).in_order("community")

    def most_divided(self) -> Self:
        """Largest minority on the panel first; only tools on which the panel disagrees at all."""
        return (
            self.listed()
            .filter(minority_share__gt=0)
            .order_by(F("minority_share").desc(), F("reviewed_at").desc(), "name", "tool_id")
        )

    def overruled(self) -> Self:
        """Tools on which the community says the opposite of the panel, furthest apart first."""
        return (
            self.listed()
            .filter(is_overruled=True)
            .order_by(F("difference").desc(), F("vote_count").desc(), "name", "tool_id")
        )

    def lines_between(self, start: int, stop: int) -> QuerySet[ToolStanding, Any]:
        """The lines of these places. The index is walked to them alone: what is skipped is never joined."""
        keys = self.values("pk")[start:stop]
        return self.model._default_manager.filter(pk__in=keys).order_by(*self.query.order_by).lines()

    def lines(self) -> QuerySet[ToolStanding, Any]:
        """What a list shows of each tool, as plain rows, in the columns of `reviews.querysets.tool_lines`."""
        return self.annotate(
            slug=F("tool__slug"),
            tagline=F("tool__tagline"),
            category_id=F("tool__category_id"),
            category_name=F("tool__category__name"),
            packed_logo=packed_logo("tool__"),
        ).values_list(
            *("pk", "slug", "name", "tagline", "category_id", "category_name"),
            *("ship_count", "review_count", "reviewed_at", "packed_logo"),
            named=True,
        )


# A verdict changed, or taken away: what a reversal is among.
REVERSED = Q(kind="verdict") & (Q(act="withdrawn") | Q(act="changed", before__has_key="verdict"))
# Enough to find the last change of mind of every reviewer, and a bound for a tool that is reviewed without end.
STANCES = 60
PRICES = 120
COUNTED = ("kind", "category_id", "reviewer_id")


class ReceiptQuerySet(models.QuerySet["Receipt"]):
    def in_effect(self, moment: datetime | None = None) -> Self:
        """What readers may know: neither to come, nor overtaken by another receipt before it came.

        With a moment, what was in effect by then.
        """
        later = self.model._default_manager.filter(
            *(Q(kind=OuterRef("kind")), Q(piece=OuterRef("piece")), Q(pk__gt=OuterRef("pk"))),
            recorded_at__lt=OuterRef("effective_at"),
        )
        return (
            self.filter(effective_at__lte=Now() if moment is None else moment)
            .exclude(act="cancelled")
            .exclude(Q(effective_at__gt=F("recorded_at")) & Exists(later))
        )

    def asked_for(
        self,
        kinds: Iterable[str] = (),
        categories: Iterable[int] = (),
        reviewers: Iterable[int] = (),
        tools: Sequence[int] | None = None,
    ) -> Self:
        """Those of any of these kinds, classes and reviewers, and of these tools. What is empty narrows nothing.

        One tool is asked for as one: the database then reads its receipts in their order and stops early.
        """
        wanted = {"kind__in": list(kinds), "category__in": list(categories), "reviewer__in": list(reviewers)}
        found = self.filter(**{name: values for name, values in wanted.items() if values})
        if tools is None:
            return found
        return found.filter(tool_id=tools[0]) if len(tools) == 1 else found.filter(tool_id__in=tools)

    def tools_at(self, slug: str) -> list[int]:
        """The tools that were ever shown at this address; one query."""
        named = self.filter(kind="tool", after__slug=slug, tool_id__isnull=False).order_by()
        return list(named.values_list("tool_id", flat=True).distinct())

    def tools_shown_at(self, slugs: Iterable[str]) -> dict[int, set[str]]:
        """Which tools were ever shown at which of these addresses; one query."""
        named = self.filter(kind="tool", after__slug__in=list(slugs)).order_by().values_list("piece", KT("after__slug"))
        shown: dict[int, set[str]] = {}
        for piece, slug in named.distinct():
            shown.setdefault(piece, set()).add(slug)
        return shown

    def last_of_tools(self, tools: Iterable[int]) -> Self:
        """Of each of these tools the last receipt of itself."""
        own = self.filter(kind="tool", piece__in=list(tools))
        return own.order_by("piece", "-effective_at", "-pk").distinct("piece")

    def counts(self) -> QuerySet[Receipt, Any]:
        """(kind, category, reviewer, how many) of those in effect: the few combinations there are, in one query."""
        rows = self.in_effect().order_by().values(*COUNTED)
        counted: QuerySet[Receipt, Any] = rows.annotate(number=Count("*")).values_list(*COUNTED, "number")
        return counted

    def all_counts(self) -> QuerySet[Receipt, Any]:
        """The same of all receipts. What took effect at once has been counted; the few by the clock are looked at."""
        by_the_clock = self.model._default_manager.filter(effective_at__gt=F("recorded_at")).counts()
        parts = apps.get_model("comparisons", "ReceiptCount").objects.order_by().values(*COUNTED)
        total = Sum("number", output_field=models.BigIntegerField())
        summed = parts.annotate(total=total).values_list(*COUNTED, "total")
        counted: QuerySet[Receipt, Any] = by_the_clock.union(summed, all=True).order_by()
        return counted

    def newest_first(self) -> Self:
        return self.order_by("-effective_at", "-pk")

    def reversals_of(self, reviewer: Reviewer) -> Self:
        """Verdicts that a reviewer changed or took back. One that only went along with its tool is none."""
        told = self.model._default_manager.filter(kind="tool", piece=OuterRef("tool_id"), pk__lt=OuterRef("pk"))
        is_shown = Q(after__isnull=False, effective_at__lte=OuterRef("effective_at"))
        tool_stays = Subquery(told.order_by("-pk").values(stays=ExpressionWrapper(is_shown, models.BooleanField()))[:1])
        turned = Q(act="changed") & ~Q(before__has_key="reviewer_id")
        return self.filter(REVERSED, reviewer=reviewer).filter(turned | Q(Q(act="withdrawn"), tool_stays))

    def rows(self) -> QuerySet[Receipt, Any]:
        """Plain rows for a list, and whether the tool has a page today."""
        public = Exists(Tool.objects.published().filter(pk=OuterRef("tool_id")))
        return self.annotate(tool_is_public=public).values_list(
            *("pk", "kind", "act", "tool_id", "about", "before", "after", "effective_at", "recorded_at"),
            *("reason", "tool_is_public"),
            named=True,
        )

    def packed(self) -> ArraySubquery:
        """These rows inside the query of their tool, as JSON texts; long texts are left out."""
        short = Func(
            F("after"),
            template="(%(expressions)s - ARRAY['body', 'description', 'summary'])",
            output_field=models.JSONField(),
        )
        parts = ("kind", "act", "tool_id", "about", "before", "effective_at", "recorded_at", "reason")
        return ArraySubquery(self.values(line=JSONObject(pk="pk", after=short, **{part: part for part in parts})))

    def stances(self) -> ArraySubquery:
        """What reviewers said of their tool, inside its query, newest first."""
        said = self.filter(kind="verdict").newest_first()[:STANCES]
        return ArraySubquery(
            said.values(
                line=JSONObject(
                    reviewer="reviewer_id", verdict=KT("after__verdict"), since="effective_at", reason="reason"
                )
            )
        )

    def prices(self) -> ArraySubquery:
        """What the plans of their tool cost, inside its query, newest first."""
        costs = self.filter(kind="price").newest_first()[:PRICES]
        return ArraySubquery(costs.values(line=JSONObject(plan="piece", after="after", since="effective_at")))

    def last_of_each(self) -> QuerySet[Receipt, Any]:
        """Plain rows: of each piece the last receipt, which says what was shown of it."""
        return (
            self.order_by("kind", "piece", "-effective_at", "-pk")
            .distinct("kind", "piece")
            .values_list("kind", "piece", "tool_id", "after", "effective_at", "recorded_at", named=True)
        )

    def names_by(
        self, moment: datetime, *, categories: Iterable[int], criteria: Iterable[int]
    ) -> QuerySet[Receipt, Any]:
        """Of all reviewers, and of these classes and criteria, the last receipt by then, else the first after.

        How long a criterion's facts hold is a rule of the house and on no receipt: today's is given (decision 0022).
        """
        wanted = (
            Q(kind="reviewer")
            | Q(kind="category", piece__in=list(categories))
            | Q(kind="criterion", piece__in=list(criteria))
        )
        rule = Subquery(Criterion.objects.filter(pk=OuterRef("piece")).order_by().values("good_for_days"))
        by_then = Case(When(effective_at__lte=moment, then=F("effective_at")))
        return (
            self.filter(wanted)
            .order_by("kind", "piece", by_then.desc(nulls_last=True), "effective_at", "-pk")
            .distinct("kind", "piece")
            .annotate(good_for_days=Case(When(kind="criterion", then=rule)))
            .values_list("kind", "piece", "after", "effective_at", "good_for_days", named=True)
        )

    def addresses_among(self, slugs: Iterable[str]) -> set[str]:
        """Those of these addresses at which a tool was ever shown; one query."""
        named = self.filter(kind="tool", after__slug__in=list(slugs)).order_by()
        return set(named.values_list(KT("after__slug"), flat=True).distinct())


class ReviewerMonthQuerySet(models.QuerySet["ReviewerMonth"]):
    def in_effect(self) -> Self:
        return self.filter(since__lte=Now())

    def signed(self) -> Subquery:
        """[SHIPs, published reviews] of a reviewer inside the reviewer's own query, None before the first."""
        mine = self.in_effect().filter(reviewer=OuterRef("pk")).order_by().values("reviewer")
        return Subquery(mine.values(line=JSONArray(Sum("ships"), Sum("reviews"))))

    def by_month(self) -> QuerySet[ReviewerMonth, Any]:
        """Plain rows of the months in which anything happened, oldest first: first day, then sums."""
        named = ("published", "reviews", "ships", "reversals")
        months = self.in_effect().values(month=TruncMonth("since", tzinfo=UTC)).order_by("month")
        return months.annotate(**{f"all_{name}": Sum(name) for name in named}).values_list(
            "month", *(f"all_{name}" for name in named)
        )


class WebhookQuerySet(models.QuerySet["Webhook"]):
    def serving(self) -> Self:
        """Those that are sent to."""
        return self.filter(is_active=True, paused_at=None)

    def idle(self) -> Self:
        """Those that nobody is sending to; a lease that ran out is nobody's."""
        return self.filter(Q(busy_until=None) | Q(busy_until__lte=Now()))

    def failing(self) -> Self:
        """Paused ones first, then those that fail now, longest first."""
        return self.filter(Q(paused_at__isnull=False) | Q(is_active=True, failing_since__isnull=False)).order_by(
            F("paused_at").asc(nulls_last=True), "failing_since", "pk"
        )

    def with_waiting(self) -> Self:
        """Each with the number of deliveries that wait, as `waiting_count`."""
        return self.annotate(waiting_count=Count("deliveries", filter=Q(deliveries__state="queued")))

    def rows(self) -> QuerySet[Webhook, Any]:
        """Plain rows: what became of each, and how many deliveries wait."""
        return self.with_waiting().values_list(
            *("pk", "name", "paused_at", "failing_since", "pause_reason", "waiting_count"), named=True
        )


class WebhookDeliveryQuerySet(models.QuerySet["WebhookDelivery"]):
    def queued(self) -> Self:
        return self.filter(state="queued")

    def due(self) -> Self:
        return self.queued().filter(not_before__lte=Now())

    def in_order(self) -> Self:
        """As they came to be due; of one moment in the order in which receipts were written."""
        return self.order_by("due_at", "receipt_id")

    def newest_first(self) -> Self:
        return self.select_related("receipt").order_by("-due_at", "-receipt_id")
