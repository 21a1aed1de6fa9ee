"""Reviewers' records: how often each ships, dissents from the panel, and says what the community says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce, Now

from comparisons.models import ReviewerRecord
from comparisons.receipts.track import TrackRecord, load_track
from editorial.reads import CompiledRead
from reviews.models import Review, Reviewer
from reviews.verdicts import Panel
from tools.shares import whole_percent

PER_PAGE = 24


@dataclass(frozen=True, slots=True)
class Record(Panel):
    """What a reviewer has signed: published reviews of listed tools, and how they stand to the others' words.

    `settled` are the reviews of tools on which the panel has a majority, the reviewer's own review included; splits
    are left out. `dissents` are those of them against that majority. `shown` are the reviews of tools whose community
    is shown (ten account votes or more) and not tied; `agreed` are those of them that say what it says. `reversals` are
    the published verdicts that they changed or took back. The ship rate and the reversals come from receipts, and are
    true at any moment; the others are counted by whoever reads them (docs/decisions/0014, 0023).
    """

    settled: int = 0
    dissents: int = 0
    shown: int = 0
    agreed: int = 0
    reversals: int = 0

    @property
    def dissent_percent(self) -> int | None:
        """None while there is nothing to dissent from."""
        return whole_percent(self.dissents, self.settled) if self.settled else None

    @property
    def agreement_percent(self) -> int | None:
        """None while no community has said anything on a tool of theirs."""
        return whole_percent(self.agreed, self.shown) if self.shown else None


@dataclass(frozen=True, slots=True)
class CategoryRecord:
    slug: str
    name: str
    record: Record


@dataclass(frozen=True, slots=True)
class ReviewerPage:
    """`category` is the one whose remarks are listed, None for all."""

    reviewer: Reviewer
    record: Record
    panel: list[tuple[Reviewer, Record]]
    categories: list[CategoryRecord]
    category: CategoryRecord | None
    reviews: Page[Review]
    track: TrackRecord


def load_panel() -> list[tuple[Reviewer, Record]]:
    """The active reviewers with their records; two queries. Whoever calls this has caught up with the records."""
    return _panel(_total(_records()))


def load_reviewer_page(reviewer: Reviewer, category: str | None, page_number: str | None) -> ReviewerPage:
    """Five queries beside the one that found the reviewer; an unknown category is left out."""
    rows = _records()
    records = _total(rows)
    mine = [CategoryRecord(row.slug, row.name, Record(*row[4:])) for row in rows if row.reviewer_id == reviewer.pk]
    chosen = next((line for line in mine if line.slug == category), None)
    track = load_track(reviewer)
    record = _record(records.get(reviewer.pk), track.signed, track.reversal_count)
    paginator = Paginator(
        Review.objects.published().latest_by(reviewer, category=chosen.slug if chosen else None), PER_PAGE
    )
    paginator.count = (chosen.record if chosen else record).review_count
    return ReviewerPage(reviewer, record, _panel(records), mine, chosen, paginator.get_page(page_number), track)


def _panel(records: Mapping[int, Record]) -> list[tuple[Reviewer, Record]]:
    """One query."""
    panel: Iterable[Any] = Reviewer.objects.on_panel().annotate(**_SUMS)
    return [
        (reviewer, _record(records.get(reviewer.pk), Panel(reviewer.ships, reviewer.signed), reviewer.reversals))
        for reviewer in panel
    ]


def _record(counted: Record | None, signed: Panel, reversals: int) -> Record:
    rate = {"ship_count": signed.ship_count, "review_count": signed.review_count, "reversals": reversals}
    return replace(counted or Record(), **rate)


def _total(rows: Iterable[Any]) -> dict[int, Record]:
    """All categories of each reviewer together."""
    sums: dict[int, list[int]] = {}
    for row in rows:
        sums[row.reviewer_id] = [
            old + new for old, new in zip(sums.get(row.reviewer_id, [0] * 6), row[4:], strict=True)
        ]
    return {reviewer: Record(*numbers) for reviewer, numbers in sums.items()}


_SUMS = {
    name: Coalesce(Sum(f"months__{column}", filter=Q(months__since__lte=Now())), 0)
    for name, column in (("ships", "ships"), ("signed", "reviews"), ("reversals", "reversals"))
}
_records = CompiledRead(
    lambda: (
        ReviewerRecord.objects.annotate(slug=F("category__slug"), name=F("category__name"))
        .order_by("reviewer_id", "-review_count", "name")
        .values_list(
            *("reviewer_id", "category_id", "slug", "name"),
            *("ship_count", "review_count", "settled", "dissents", "shown", "agreed"),
            named=True,
        )
    )
)
