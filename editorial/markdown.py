"""Markdown to HTML that is safe to print: a CommonMark parser with raw HTML off, then an allow-list sanitiser."""

from __future__ import annotations

from functools import lru_cache
from html import unescape

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markupsafe import Markup

_TAGS = {
    *("p", "br", "hr", "em", "strong", "s", "a", "ul", "ol", "li", "blockquote", "code", "pre"),
    *("h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
}
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}


def _order_headings(state: StateCore) -> None:
    """The page owns the levels above: a writer's highest heading gets the level the page asks for.

    Deeper ones follow without a gap, whatever number of # was typed, so that a page read aloud keeps its outline.
    """
    headings = [token for token in state.tokens if token.type in ("heading_open", "heading_close")]
    top = int(state.env.get("top_heading", 2))
    highest = min((int(token.tag[1]) for token in headings), default=1)
    before = top - 1
    for opening, closing in zip(headings[::2], headings[1::2], strict=True):
        before = min(6, before + 1, top + int(opening.tag[1]) - highest)
        opening.tag = closing.tag = f"h{before}"


_parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
_parser.core.ruler.push("order_headings", _order_headings)


@lru_cache(maxsize=1024)
def to_html(text: str, top_heading: int = 4) -> Markup:
    """Sanitised HTML of a Markdown text. Links get rel="nofollow noopener"; pictures and raw HTML are dropped.

    Cached by text within a process, so that a page costs no parsing after its first reader.
    """
    html = _parser.render(text, {"top_heading": top_heading})
    return Markup(nh3.clean(html, tags=_TAGS, attributes=_ATTRIBUTES, link_rel="nofollow noopener"))  # noqa: S704


def to_text(text: str) -> str:
    """The words of a Markdown text without its marks: plain text, to be escaped like any other."""
    return unescape(nh3.clean(to_html(text), tags=set()))
