"""What the search page shows: tools, comparisons and reviews with the words a reader typed, the words marked."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from comparisons.highlights import Piece, excerpt, mark, words_in
from comparisons.models import Comparison
from comparisons.reading import PairLine
from comparisons.scorecards import ToolLine, tool_line
from editorial.markdown import to_text
from editorial.reads import CompiledRead
from reviews.querysets import tool_lines, tools_with_panel
from reviews.searching import review_rows, search_reviews
from tools.models import Tool
from tools.searching import (
    RANKED,
    Found,
    Wanted,
    clean_text,
    loosened,
    mend_spelling,
    search_tools,
    tools_named,
    understand,
    words_found,
)

KINDS = ("tools", "comparisons", "reviews")
FIRST = {"tools": 8, "comparisons": 4, "reviews": 6}  # shown of each while all three are
PER_PAGE = 24
_VERSUS = re.compile(r"\s+(?:vs|versus)\.?\s+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ToolHit:
    tool: ToolLine
    maker: Sequence[Piece]
    name: Sequence[Piece]
    tagline: Sequence[Piece]
    excerpt: Sequence[Piece]


@dataclass(frozen=True, slots=True)
class ReviewHit:
    review: Any
    tool_name: Sequence[Piece]
    headline: Sequence[Piece]
    excerpt: Sequence[Piece]


@dataclass(frozen=True, slots=True)
class Section:
    """One kind of thing: how many there are, and those of this page."""

    kind: str
    total: int
    total_text: str
    lines: Sequence[Any]
    number: int
    pages: int

    @property
    def has_more(self) -> bool:
        return len(self.lines) < self.total


@dataclass(frozen=True, slots=True)
class SearchPage:
    """`text` is what was typed; `instead` the spelling that was looked for, if nothing has the typed one.

    `kind` is one of KINDS, or empty when all are shown. `sides` are the two of "this vs that".
    """

    text: str
    kind: str
    sections: Sequence[Section] = ()
    instead: str = ""
    is_loose: bool = False
    sides: Sequence[str] = ()

    @property
    def total(self) -> int:
        return sum(section.total for section in self.sections)


def load_search(typed: str, kind: str = "", page_number: str = "") -> SearchPage:
    """Nine queries; a few more when nothing has all of the words as they were typed."""
    text, kind = clean_text(typed), kind if kind in KINDS else ""
    sides = [side for side in _VERSUS.split(text, maxsplit=1) if side]
    wanted = understand(" ".join(sides))
    if not wanted:
        return SearchPage(text, kind)
    number = _number(page_number)
    is_pair = len(sides) == 2
    matches, instead = _Matches.of(wanted, kind, number, is_pair=is_pair), ""
    if not matches and (mended := mend_spelling(wanted)):
        matches = _Matches.of(mended, kind, number, is_pair=is_pair)
        instead = " ".join(mended.words) if matches else ""
    if not matches and (loose := loosened(wanted)):
        matches = _Matches.of(loose, kind, number)
    return SearchPage(text, kind, matches.sections(), instead, matches.wanted.is_loose, sides if is_pair else ())


@dataclass(frozen=True, slots=True)
class _Matches:
    """Keys of what was found of each kind asked for, before anything is read about it."""

    wanted: Wanted
    number: int
    count: int
    tools: Found | None = None
    comparisons: Sequence[tuple[int, int]] | None = None
    reviews: Found | None = None

    @classmethod
    def of(cls, wanted: Wanted, kind: str, number: int, *, is_pair: bool = False) -> _Matches:
        """The page of the number; the first when there are not so many. A pair's tools are found by either name."""
        either = loosened(wanted) if is_pair else None
        counts = {name: PER_PAGE if kind else FIRST[name] for name in KINDS if kind in ("", name)}
        start = (number - 1) * PER_PAGE if kind else 0
        searches = {"tools": search_tools, "reviews": search_reviews}
        found: dict[str, Any] = {
            name: search(either or wanted, start=start, count=counts[name])
            for name, search in searches.items()
            if name in counts
        }
        if "comparisons" in counts:
            found["comparisons"] = _pairs_named(wanted)
        matches = cls(wanted, number if kind else 1, PER_PAGE if kind else 0, **found)
        return matches if matches or start == 0 else cls.of(wanted, kind, 1, is_pair=is_pair)

    def __bool__(self) -> bool:
        return any((self.tools and self.tools.total, self.comparisons, self.reviews and self.reviews.total))

    def sections(self) -> list[Section]:
        pairs = self._shown_pairs()
        tools = list(self.tools.keys) if self.tools else []
        known = {
            line.pk: line for line in map(tool_line, _lines(tools={*tools, *(key for pair in pairs for key in pair)}))
        }
        words = {row.pk: row for row in _words(tools=tools)} if tools else {}
        reviews = {row.pk: row for row in review_rows(self.reviews.keys)} if self.reviews and self.reviews.keys else {}
        found = words_found(self.wanted, _shown_words(known.values(), words.values(), reviews.values()))
        lines: dict[str, list[Any]] = {
            "tools": [_tool_hit(known[key], words[key], found) for key in tools if key in known and key in words],
            "comparisons": [PairLine(known[a], known[b]) for a, b in pairs if a in known and b in known],
            "reviews": [_review_hit(reviews[key], found) for key in (self.reviews or Found()).keys if key in reviews],
        }
        return [self._section(name, lines[name]) for name in KINDS if getattr(self, name) is not None]

    def _shown_pairs(self) -> Sequence[tuple[int, int]]:
        pairs = self.comparisons or []
        start = (self.number - 1) * self.count
        return pairs[start : start + (self.count or FIRST["comparisons"])]

    def _section(self, name: str, lines: list[Any]) -> Section:
        found: Any = getattr(self, name)
        total = len(found) if name == "comparisons" else found.total
        text = f"{total}" if name == "comparisons" else found.total_text
        return Section(name, total, text, lines, self.number, ceil(total / PER_PAGE))


def _number(text: str) -> int:
    try:
        return min(max(int(text), 1), ceil(RANKED / PER_PAGE))
    except ValueError:
        return 1


def _pairs_named(wanted: Wanted) -> list[tuple[int, int]]:
    """Keys of the two tools of every comparison whose names hold the words; two queries."""
    tools = tools_named(wanted)
    rows = Comparison.objects.published().between_published_tools().with_any_of(tools).named_by(wanted.query)
    return list(rows.prominent_first().values_list("first_tool_id", "second_tool_id")[: 10 * PER_PAGE])


def _shown_words(tools: Iterable[ToolLine], words: Iterable[Any], reviews: Iterable[Any]) -> set[str]:
    shown = [text for tool in tools for text in (tool.name, tool.tagline)]
    shown += [text for row in words for text in (row.maker, to_text(row.description))]
    shown += [text for row in reviews for text in (row.tool_name, row.headline, to_text(row.body))]
    return words_in(shown)


def _tool_hit(tool: ToolLine, words: Any, found: Collection[str]) -> ToolHit:
    name, maker, tagline = (mark(text, found) for text in (tool.name, words.maker, tool.tagline))
    is_plain = not any(piece.is_marked for piece in (*name, *maker, *tagline))
    return ToolHit(tool, maker, name, tagline, excerpt(words.description, found) if is_plain else [])


def _review_hit(review: Any, found: Collection[str]) -> ReviewHit:
    return ReviewHit(review, mark(review.tool_name, found), mark(review.headline, found), excerpt(review.body, found))


_lines = CompiledRead(lambda tools: tool_lines(tools_with_panel().filter(pk__any_of=tools)))
_words = CompiledRead(
    lambda tools: Tool.objects.published().filter(pk__any_of=tools).values_list("pk", "maker", "description")
)
