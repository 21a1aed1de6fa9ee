"""Markdown to HTML that is safe to print: a CommonMark parser with raw HTML off, then an allow-list sanitiser."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from functools import lru_cache
from html import escape, unescape

import nh3
from django.utils.html import strip_tags
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup

from editorial.media.names import read_address

_TAGS = {
    *("p", "br", "hr", "em", "strong", "s", "a", "ul", "ol", "li", "blockquote", "code", "pre"),
    *("h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td", "img"),
}
_ATTRIBUTES = {
    "a": {"href", "title"},
    "ol": {"start"},
    "img": {"src", "alt", "width", "height", "loading", "decoding"},
}


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


def _picture(self: RendererHTML, tokens: Sequence[Token], place: int, options: OptionsDict, env: EnvType) -> str:
    """A picture out of our own library, its place kept free by its size; any other is dropped."""
    token = tokens[place]
    found = read_address(str(token.attrs.get("src", "")))
    if found is None:
        return ""
    alt = escape(self.renderInlineAsText(token.children or [], options, env))
    sides = f' width="{found.width}" height="{found.height}"' if found.width else ""
    return f'<img src="{found.path}" alt="{alt}"{sides} loading="lazy" decoding="async">'


def _only_ours(tag: str, attribute: str, value: str) -> str | None:
    """The second wall: no picture from elsewhere, whatever the parser made of the text."""
    return None if (tag, attribute) == ("img", "src") and read_address(value) is None else value


_parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
_parser.core.ruler.push("order_headings", _order_headings)
_parser.add_render_rule("image", _picture)


@lru_cache(maxsize=1024)
def to_html(text: str, top_heading: int = 4) -> Markup:
    """Sanitised HTML of a Markdown text. Links get rel="nofollow noopener"; raw HTML and others' pictures are dropped.

    Cached by text within a process, so that a page costs no parsing after its first reader.
    """
    return _cleaned(_parser.render(text, {"top_heading": top_heading}))


def to_html_under_way(text: str, top_heading: int, line: int) -> Markup:
    """The same of a text that is being typed, with an empty element `id="here"` before the block of this line.

    Not cached: each pause in typing would push a page's text out. The mark is a paragraph of our own until all else is
    sanitised, so that the list of what may come out stays the one there is.
    """
    env = {"top_heading": top_heading}
    tokens, mark = _parser.parse(text, env), secrets.token_hex(16)
    begins = [at for at, token in enumerate(tokens) if token.level == 0 and token.map and token.map[0] <= line]
    words = Token("inline", "", 0, content=mark, children=[Token("text", "", 0, content=mark)])
    tokens[begins[-1] if begins else 0 : 0] = [
        Token("paragraph_open", "p", 1),
        words,
        Token("paragraph_close", "p", -1),
    ]
    html = _cleaned(_parser.renderer.render(tokens, _parser.options, env))
    return Markup(str(html).replace(f"<p>{mark}</p>", '<span id="here"></span>'))  # noqa: S704


def _cleaned(html: str) -> Markup:
    clean = nh3.clean(
        html, tags=_TAGS, attributes=_ATTRIBUTES, attribute_filter=_only_ours, link_rel="nofollow noopener"
    )
    return Markup(clean)  # noqa: S704


def to_text(text: str) -> str:
    """The words of a Markdown text as one line, for machines that take no markup."""
    return " ".join(unescape(strip_tags(to_html(text))).split())


def gist(text: str, longest: int = 160) -> str:
    """The first paragraph's whole sentences that fit, for a page's description; at least the first one."""
    paragraphs = (part for part in text.split("\n\n") if part.strip() and not part.lstrip().startswith(("#", "-", "|")))
    sentences = to_text(next(paragraphs, "")).split(". ")
    said = sentences[0]
    for sentence in sentences[1:]:
        if len(said) + len(sentence) + 3 > longest:
            break
        said = f"{said}. {sentence}"
    return said if said.endswith((".", "?", "!")) or not said else f"{said}."
