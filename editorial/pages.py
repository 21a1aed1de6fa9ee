"""The pages about the publication itself: an editor's, or until there is one the text that comes with the software."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from editorial.models import Page

_TEXTS = Path(__file__).parent / "house_pages"


def page_at(slug: str) -> Page:
    """The published page of this address, or the standing text, which has no date; one query.

    The text is true of the software as it is. A page that an editor drafts or withdraws does not take its place.
    """
    return Page.objects.published().filter(slug=slug).first() or standing_text(slug)


@cache
def standing_text(slug: str) -> Page:
    """What comes with the software; FileNotFoundError for an address that has none."""
    heading, body = (_TEXTS / f"{slug}.md").read_text(encoding="utf-8").split("\n", 1)
    return Page(slug=slug, title=heading.removeprefix("# "), body=body.strip())
