"""Finding reviews by the words of headline and body, of the tool's name and of the reviewer's."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from editorial.reads import CompiledRead
from reviews.models import Review, ReviewDocument
from tools.searching import RANKED, Found, Wanted, ranked

__all__ = ["review_rows", "search_reviews"]


def search_reviews(wanted: Wanted, *, start: int = 0, count: int) -> Found:
    """Published reviews of published tools, by rank among the newest thousand; one query."""
    newest = ReviewDocument.objects.published().of_published_tools().filter(words__matches=wanted.query).newest_first()
    return ranked(
        [newest.values_list("review_id", "published_at", "words")[:RANKED]],
        "SELECT review_id, count(*) OVER () FROM ({source}) AS newest"
        " ORDER BY ts_rank(words, %s::tsquery) DESC, published_at DESC, review_id DESC",
        wanted,
        start=start,
        count=count,
    )


def review_rows(keys: Iterable[int]) -> list[Any]:
    """What a list shows of these reviews, in any order; one query."""
    return _rows(reviews=keys)


_rows = CompiledRead(lambda reviews: Review.objects.published().listed(reviews))
