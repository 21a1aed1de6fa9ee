"""Which comparisons are worth a search engine's time. The page and the sitemap ask here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Side(NamedTuple):
    """What the rule has to know of one tool of a comparison."""

    category_id: int
    review_count: int


def is_worth_indexing(sides: Sequence[Side], *, has_comparison: bool) -> bool:
    """Whether a comparison is indexable and in the sitemap.

    A pair is when both tools have published reviews, and they share a category or carry an editor's published
    comparison. Any two tools make an address, and most of these say nothing that the two tools' own pages do not.

    Three and four tools never are: there are too many of them (a hundred tools make four million), no editor writes
    about them, and each repeats pairs that can be indexed themselves. Readers and links reach them all the same.
    """
    if len(sides) != 2 or not all(side.review_count for side in sides):
        return False
    return has_comparison or sides[0].category_id == sides[1].category_id
