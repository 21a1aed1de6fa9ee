"""The collections: which rows are public, in what order they are read, and how one is found."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q

from comparisons.addresses import possible_readings
from comparisons.models import Comparison, Receipt
from comparisons.opendata import records
from comparisons.opendata.leaders import leader_records
from comparisons.opendata.records import Record
from comparisons.renames import current_address
from reviews.models import Review, Reviewer
from tools.models import Category, Criterion, Tool
from tools.renames import current_slug

_NUMBER = re.compile("[1-9][0-9]{0,17}")
Filters = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """Some records; `last` is the id that the next page begins after, None on the last page.

    `items` is None when the record that the page was to begin after stands in no such place any more.
    """

    items: Sequence[Record] | None
    last: int | None = None


@dataclass(frozen=True, slots=True)
class Collection:
    """Records of one kind.

    `read` gives up to so many records behind an id, in one order that never leaves a gap. `item` finds one by what its
    address says, and `moved` says where what has left an address is today. Where `is_counted`, a page is of the last
    count: whoever reads one catches up first.
    """

    name: str
    read: Callable[[int, int, Filters], Sequence[Record] | None]
    item: Callable[[str], Record | None] | None = None
    filters: Sequence[str] = field(default_factory=tuple)
    is_counted: bool = False
    moved: Callable[[str], str | None] = lambda _key: None

    def page(self, after: int, limit: int, filters: Filters) -> Page:
        """A page of at most `limit` records behind the id `after`, 0 for the first."""
        found = self.read(after, limit + 1, filters)
        if found is None:
            return Page(None)
        items = found[:limit]
        return Page(items, items[-1]["id"] if len(found) > limit else None)

    def everything(self, chunk: int) -> Iterator[Record]:
        """All records, read page by page: memory does not grow with their number."""
        page = self.page(0, chunk, {})
        while page.items:
            yield from page.items
            if page.last is None:
                return
            page = self.page(page.last, chunk, {})


def _keyed(rows: Callable[[], Any], write: Callable[[Any], list[Record]], narrow: Any = None) -> Any:
    """A read in the order of ids."""

    def read(after: int, most: int, filters: Filters) -> list[Record]:
        wanted = rows().filter(pk__gt=after)
        for name, value in filters.items():
            wanted = narrow[name](wanted, value)
        return write(list(wanted.order_by("pk")[:most]))

    return read


def _numbered(rows: Callable[[], Any], write: Callable[[Any], list[Record]]) -> Any:
    """One record by its id as an address writes it; a number that the database could not hold is unknown."""
    find = _one(rows, write, "pk")
    return lambda text: find(int(text)) if _NUMBER.fullmatch(text) else None


def _one(rows: Callable[[], Any], write: Callable[[Any], list[Record]], name: str) -> Any:
    def item(value: Any) -> Record | None:
        found = list(rows().filter(**{name: value})[:1])
        return write(found)[0] if found else None

    return item


def _tools() -> Any:
    return Tool.objects.published().select_related("category")


def _reviews() -> Any:
    return Review.objects.published().of_published_tools().select_related("tool", "reviewer")


def _pairs() -> Any:
    return Comparison.objects.published().between_published_tools().select_related("first_tool", "second_tool")


def _since(rows: Any, moment: datetime) -> Any:
    """What the public could learn from a moment on: a receipt that was scheduled, when it took effect."""
    return rows.filter(Q(effective_at__gte=moment) | Q(recorded_at__gte=moment))


def _pair(address: str) -> Record | None:
    """An editor's comparison by its address, in either order of its tools; two queries."""
    cut = [reading for reading in possible_readings(address) if len(reading) == 2]
    slugs = {slug for reading in cut for slug in reading}
    found = _pairs().filter(first_tool__slug__in=slugs, second_tool__slug__in=slugs)
    named = {frozenset((row.first_tool.slug, row.second_tool.slug)): row for row in found}
    ordered = sorted(cut, key=lambda reading: list(reading) != sorted(reading))
    row = next((named[frozenset(reading)] for reading in ordered if frozenset(reading) in named), None)
    return records.comparison_records([row])[0] if row else None


COLLECTIONS = {
    collection.name: collection
    for collection in (
        Collection("categories", _keyed(Category.objects.all, records.category_records)),
        Collection("criteria", _keyed(Criterion.objects.all, records.criterion_records)),
        Collection(
            "tools",
            _keyed(_tools, records.tool_records),
            _one(_tools, records.tool_records, "slug"),
            moved=current_slug,
        ),
        Collection(
            "reviewers",
            _keyed(Reviewer.objects.all, records.reviewer_records),
            _one(Reviewer.objects.all, records.reviewer_records, "slug"),
            is_counted=True,
        ),
        Collection(
            "reviews",
            _keyed(
                _reviews,
                records.review_records,
                {
                    "tool": lambda rows, slug: rows.filter(tool__slug=slug),
                    "reviewer": lambda rows, slug: rows.filter(reviewer__slug=slug),
                },
            ),
            _numbered(_reviews, records.review_records),
            ("tool", "reviewer"),
        ),
        Collection("comparisons", _keyed(_pairs, records.comparison_records), _pair, moved=current_address),
        Collection("tallies", _keyed(Tool.objects.published, records.tally_records)),
        Collection("leaderboard", lambda after, most, _filters: leader_records(after, most), is_counted=True),
        Collection(
            "receipts",
            _keyed(
                Receipt.objects.in_effect,
                records.receipt_records,
                {
                    "kind": lambda rows, kind: rows.asked_for(kinds=[kind]),
                    "tool": lambda rows, slug: rows.asked_for(tools=Receipt.objects.tools_at(slug)),
                    "since": _since,
                },
            ),
            _numbered(Receipt.objects.in_effect, records.receipt_records),
            ("kind", "tool", "since"),
        ),
    )
}
