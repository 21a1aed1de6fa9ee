"""What other sites may show of a tool: its verdict, dated, and nothing that its own page does not say.

A page makes the plate from the scorecard it prints; a badge or an embed asked for by itself reads it in three queries.
Both go through the same functions, so that they cannot differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _

from comparisons.scorecards import PlanLine, Scorecard
from editorial.reads import CompiledRead
from reviews.models import Review
from reviews.verdicts import Panel, word_text
from tools.figures import day
from tools.freshness import due_words, is_any_due, today
from tools.logos import Logo, packed_logo, read_logo
from tools.models import Fact, Plan, Tool
from tools.pricing import entry_price
from votes.intervals import Community
from votes.models import Crowd
from votes.querysets import counted_votes


@dataclass(frozen=True, slots=True)
class Plate:
    """`reviewed_at` is when the newest of the published reviews appeared, what the page calls surveyed."""

    slug: str
    name: str
    panel: Panel
    reviewed_at: datetime | None
    published_at: datetime
    entry: str
    community: Community
    is_due: bool
    packed_logo: Sequence[str] | None = None

    @property
    def logo(self) -> Logo | None:
        return read_logo(self.packed_logo)

    @property
    def url(self) -> str:
        return reverse("tool", args=[self.slug])

    @property
    def verdict_text(self) -> str:
        """`Ship, 3 of 4 on the panel`, or the word alone when nobody has reviewed it."""
        word = word_text(self.panel.word)
        if not self.panel.review_count:
            return word
        return _("%(verdict)s, %(count)s on the panel") % {"verdict": word, "count": self.panel.count_text}

    @property
    def dated_text(self) -> str:
        """`surveyed 12 Nov 2026`, or since when an unreviewed tool is listed."""
        if self.reviewed_at:
            return _("surveyed %(day)s") % {"day": day(self.reviewed_at)}
        return _("listed since %(day)s") % {"day": day(self.published_at)}

    @property
    def in_words(self) -> str:
        """All of it in a sentence, for readers by ear."""
        parts = [self.verdict_text, self.dated_text, *([due_words()] if self.is_due else [])]
        return _("Drydock on %(tool)s: %(verdict)s.") % {"tool": self.name, "verdict": _(", ").join(parts)}


def plate_of(card: Scorecard) -> Plate:
    """The plate of a tool whose scorecard is loaded: what was published, however a reader weighs it."""
    tool = card.tool
    return Plate(
        *(tool.slug, tool.name, card.panel, card.reviewed_at, tool.published_at),
        *(card.entry, tool.community, card.is_due, tool.packed_logo),
    )


def load_plate(slug: str) -> Plate | None:
    """The plate of a published tool, None for any other address; three queries, or one."""
    for row in _tools(slugs=[slug]):
        plans = [PlanLine(*plan[1:]) for plan in _plans(tools=[row.pk])]
        facts = _facts(tools=[row.pk])
        return Plate(
            *(row.slug, row.name, Panel(row.verdicts.count("ship"), len(row.verdicts))),
            *(max(row.reviewed_at, default=None), row.published_at, entry_price(plans)),
            *(Community(row.ship_count, row.skip_count), is_any_due((*plans, *facts), today())),
            packed_logo=row.packed_logo,
        )
    return None


def _tools_with_verdicts(slugs: Any) -> Any:
    reviews = Review.objects.published().filter(tool_id=OuterRef("pk")).order_by("pk")
    return (
        Tool.objects.published()
        .addressed_by(slugs)
        .annotate(
            verdicts=ArraySubquery(reviews.values("verdict")),
            reviewed_at=ArraySubquery(reviews.values("published_at")),
            ship_count=counted_votes("ship", crowd=Crowd.ACCOUNT),
            skip_count=counted_votes("skip", crowd=Crowd.ACCOUNT),
            packed_logo=packed_logo(),
        )
        .values_list(
            *("pk", "slug", "name", "published_at", "verdicts", "reviewed_at", "ship_count", "skip_count"),
            "packed_logo",
            named=True,
        )
    )


_tools = CompiledRead(_tools_with_verdicts)
_plans = CompiledRead(Plan.objects.rows_of)
_facts = CompiledRead(Fact.objects.rows_of)
