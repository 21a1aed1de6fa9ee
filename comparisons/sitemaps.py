"""The sitemap: an index, and files of at most 10,000 addresses, each read by a range of keys.

A range holds what is public of so many consecutive keys, so a file costs the same however many tools there are, and a
new tool changes the last file only. Counting pages with OFFSET would read everything before them each time.

Which pairs are in it: docs/decisions/0015.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, F, Max, OuterRef, QuerySet, Subquery
from django.db.models.functions import Greatest
from django.urls import NoReverseMatch, reverse
from django.utils.html import escape

from comparisons.addresses import pair_url
from comparisons.models import Comparison
from comparisons.standings import rows
from comparisons.worth import Side, is_worth_indexing
from editorial.models import Page
from editorial.querysets import is_published
from reviews.models import Review, Reviewer
from tools.models import Category, Tool

# The views of migration 0008 divide the keys by the same numbers.
MOST = 10_000
NEIGHBOURS = 5
_PAGES = (
    *("home", "tools", "compare_pick", "leaderboard", "reviewers", "receipts", "ask", "vote_integrity", "open_data"),
    "newsletter",
)
_EDITORS_PAGES = ("about", "methodology", "privacy")


Files = list[tuple[int, datetime | None]]


class Entry(NamedTuple):
    """An address of ours, and when what it shows last changed, if that is known."""

    path: str
    changed_at: datetime | None = None


class Section(NamedTuple):
    """One kind of page: which files it takes, and what one of them holds."""

    files: Callable[[], Files]
    entries: Callable[[int], Iterable[Entry]]
    # A file of pairs changes with tools of other files: it is called as new as the newest of all, never too old.
    follows_tools: bool = False


def index() -> str:
    """The sitemap index: every file with something in it, and its newest change.

    A few probes of an index a file (migration 0008): how many tools there are hardly matters.
    """
    files = {name: section.files() for name, section in SECTIONS.items()}
    newest = max((changed_at for _, changed_at in files["tools"] if changed_at), default=None)
    entries = (
        Entry(_address(name, number), _later(own, newest if section.follows_tools else None))
        for name, section in SECTIONS.items()
        for number, own in files[name]
    )
    return _document("sitemapindex", "sitemap", entries)


@lru_cache(maxsize=1_000)
def _address(name: str, number: int) -> str:
    """Remembered: with a hundred files, finding out their addresses would cost more than what is known of them."""
    return reverse("sitemap_section", args=[name, number])


def _later(*moments: datetime | None) -> datetime | None:
    return max(filter(None, moments), default=None)


def urlset(name: str, number: int) -> str | None:
    """One file; None where there is none: an unknown section, or a range that holds nothing."""
    entries = list(SECTIONS[name].entries(number)) if name in SECTIONS else []
    return _document("urlset", "url", entries) if entries else None


def _document(root: str, item: str, entries: Iterable[Entry]) -> str:
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<{root} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">',
        *(_line(item, entry) for entry in entries),
        f"</{root}>",
    ]
    return "\n".join(lines) + "\n"


def _line(item: str, entry: Entry) -> str:
    changed = f"<lastmod>{entry.changed_at.isoformat(timespec='seconds')}</lastmod>" if entry.changed_at else ""
    return f"<{item}><loc>{escape(settings.SITE_URL + entry.path)}</loc>{changed}</{item}>"


def _ranges(rows: QuerySet[Any, Any], newest_of: Subquery) -> Files:
    """The numbers of the ranges that hold a row, with the newest change in each; one query and one probe a row."""
    counted = rows.order_by().annotate(number=F("pk") / MOST + 1).values("number").annotate(newest=Max(newest_of))
    return [(row["number"], row["newest"]) for row in counted.order_by("number")]


def _within(rows: QuerySet[Any, Any], number: int, size: int) -> QuerySet[Any, Any]:
    return rows.filter(pk__gte=(number - 1) * size, pk__lt=number * size).order_by("pk")


def _changed(prefix: str = "") -> Greatest:
    """A scheduled piece changes its page when its time comes, which may be after it was last saved."""
    return Greatest(f"{prefix}updated_at", f"{prefix}published_at")


# --- Tools -----------------------------------------------------------------------------------------------------------
def _tool_files() -> Files:
    """One query."""
    return rows("SELECT number, newest FROM comparisons_tool_files ORDER BY 1", {})


def _with_newest_review(tools: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
    """Tools with the newest change of a published review and how many there are."""
    public = is_published("reviews__")
    annotated: QuerySet[Any, Any] = tools.annotate(
        reviewed=Max(_changed("reviews__"), filter=public), review_count=Count("reviews", filter=public)
    )
    return annotated


def _tool_entries(number: int) -> Iterator[Entry]:
    """One query."""
    rows = _with_newest_review(_within(Tool.objects.published(), number, MOST)).annotate(own=_changed())
    for row in rows.values_list("slug", "own", "reviewed", named=True):
        yield Entry(reverse("tool", args=[row.slug]), max(filter(None, (row.own, row.reviewed))))


# --- Pairs with an editor's comparison -------------------------------------------------------------------------------
def _written_files() -> Files:
    """One query."""
    return rows("SELECT number, newest FROM comparisons_written_files ORDER BY 1", {})


def _written() -> QuerySet[Any, Any]:
    reviewed = _has_review("first_tool"), _has_review("second_tool")
    return Comparison.objects.published().between_published_tools().filter(*reviewed)


def _written_entries(number: int) -> Iterator[Entry]:
    """Two queries: the comparisons, then their tools."""
    rows = list(
        _within(_written(), number, MOST).annotate(own=_changed()).values_list("first_tool_id", "second_tool_id", "own")
    )
    tools = _known({key for first, second, _ in rows for key in (first, second)})
    for first, second, own in rows:
        yield from _pair(tools.get(first), tools.get(second), own)


# --- Other pairs: each reviewed tool with the few reviewed ones before it in its category ----------------------------
def _reviewed() -> QuerySet[Any, Any]:
    return _with_newest_review(Tool.objects.published()).filter(review_count__gt=0)


def _with_review() -> QuerySet[Any, Any]:
    return Tool.objects.published().filter(_has_review("pk")).order_by()


def _pair_files() -> Files:
    """The ranges with a tool that is not the first of its category, by standings brought up to now; one query."""
    return rows("SELECT number, newest FROM comparisons_pair_files_now()", {})


def _pair_entries(number: int) -> Iterator[Entry]:
    """Three queries: two for the pairs, then all these tools. A pair with a comparison may stand in both files."""
    pairs = list(_neighbours(number))
    tools = _known({key for pair in pairs for key in pair})
    for first, second in sorted(pairs):
        yield from _pair(tools.get(first), tools.get(second))


def _neighbours(number: int) -> Iterator[tuple[int, int]]:
    """Each reviewed tool of the range with those before it in its category.

    What lies before the range is asked for once a category that the range holds, whatever the number of its tools.
    """
    size = MOST // NEIGHBOURS
    start = (number - 1) * size
    inside = _with_review().filter(pk__gte=start, pk__lt=start + size).order_by("pk")
    tools = list(inside.values_list("pk", "category_id"))
    latest = _latest_before(start, {category for _, category in tools})
    for key, category in tools:
        yield from ((key, other) for other in latest[category])
        latest[category].append(key)


def _latest_before(key: int, categories: set[int]) -> dict[int, deque[int]]:
    """The last few reviewed tools of each category before a key, oldest first."""
    before = _with_review().filter(category=OuterRef("pk"), pk__lt=key).order_by("-pk").values("pk")[:NEIGHBOURS]
    rows = Category.objects.filter(pk__in=categories).order_by().annotate(latest=ArraySubquery(before))
    return {pk: deque(reversed(latest), NEIGHBOURS) for pk, latest in rows.values_list("pk", "latest")}


def _has_review(tool: str) -> Exists:
    return Exists(Review.objects.published().filter(tool=OuterRef(tool)))


def _known(keys: Iterable[int]) -> dict[int, Any]:
    """The reviewed ones among these tools; one query."""
    rows = _reviewed().filter(pk__any_of=keys).order_by().annotate(own=_changed())
    return {
        row.pk: row
        for row in rows.values_list("pk", "slug", "category_id", "review_count", "own", "reviewed", named=True)
    }


def _pair(first: Any, second: Any, written_at: datetime | None = None) -> Iterator[Entry]:
    """The pair's page, if it is worth a search engine's time; a tool without reviews is None."""
    if not (first and second):
        return
    sides = [Side(row.category_id, row.review_count) for row in (first, second)]
    if is_worth_indexing(sides, has_comparison=written_at is not None):
        moments = (first.own, first.reviewed, second.own, second.reviewed, written_at)
        yield Entry(pair_url(first.slug, second.slug), max(filter(None, moments)))


# --- Reviewers, categories, single pages -----------------------------------------------------------------------------
def _reviewer_files() -> Files:
    return _ranges(Reviewer.objects.all(), _newest(Review.objects.published(), "reviewer"))


def _reviewer_entries(number: int) -> Iterator[Entry]:
    """One query."""
    newest_of = _newest(Review.objects.published(), "reviewer")
    rows = _within(Reviewer.objects.all(), number, MOST).annotate(newest=newest_of)
    for slug, newest in rows.values_list("slug", "newest"):
        yield Entry(reverse("reviewer", args=[slug]), newest)


def _newest(pieces: QuerySet[Any, Any], owner: str) -> Subquery:
    """The newest change among the pieces of a row: the first entry of an index."""
    mine = pieces.filter(**{owner: OuterRef("pk")}).annotate(own=_changed()).order_by("-own")
    return Subquery(mine.values("own")[:1])


def _category_files() -> Files:
    newest_of = _newest(Tool.objects.published(), "category")
    return _ranges(Category.objects.all(), newest_of) if _category_url("any") else []


def _category_entries(number: int) -> Iterator[Entry]:
    """One query."""
    newest_of = _newest(Tool.objects.published(), "category")
    rows = _within(Category.objects.all(), number, MOST).annotate(newest=newest_of)
    for slug, newest in rows.values_list("slug", "newest"):
        if url := _category_url(slug):
            yield Entry(url, newest)


def _category_url(slug: str) -> str:
    """Empty while there are no pages of categories."""
    try:
        return reverse("category", args=[slug])
    except NoReverseMatch:
        return ""


def _page_files() -> Files:
    return [(1, None)]


def _page_entries(number: int) -> Iterator[Entry]:
    """One query. A page that an editor wrote has a date; what is computed from everything has none to give."""
    if number != 1:
        return
    yield from (Entry(reverse(name)) for name in _PAGES)
    written = dict(Page.objects.published().annotate(own=_changed()).values_list("slug", "own"))
    yield from (Entry(reverse(name), written.get(name)) for name in _EDITORS_PAGES)


SECTIONS = {
    "pages": Section(_page_files, _page_entries),
    "tools": Section(_tool_files, _tool_entries),
    "comparisons": Section(_written_files, _written_entries, follows_tools=True),
    "pairs": Section(_pair_files, _pair_entries, follows_tools=True),
    "reviewers": Section(_reviewer_files, _reviewer_entries),
    "categories": Section(_category_files, _category_entries),
}


def add_section(name: str, section: Section) -> None:
    """Pages of an app above. Called once, in an AppConfig.ready()."""
    SECTIONS[name] = section
