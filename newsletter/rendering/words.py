"""An editor's Markdown in a mail: as HTML with whole addresses, and as plain text that says the same."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape, unescape
from html.parser import HTMLParser
from textwrap import TextWrapper

from django.conf import settings
from markupsafe import Markup

from editorial.markdown import to_html

WIDTH = 70
_ROOM = 536  # pixels between the margins of a mail; some programs know no largest width
_LINK = re.compile(r'<a href="([^"]*)"')
_PICTURE = re.compile(r'<img src="([^"]*)" alt="([^"]*)"(?: width="(\d+)" height="\d+")?[^>]*>')
_BLOCKS = {"p", "ul", "ol", "blockquote", "pre", "table", "h2", "h3", "h4", "h5", "h6"}


def whole(address: str) -> str:
    """An address of ours as it is written elsewhere; others as they are."""
    return f"{settings.SITE_URL}{address}" if address.startswith("/") and not address.startswith("//") else address


def words_html(markdown: str, top_heading: int = 3) -> Markup:
    """Sanitised HTML of an editor's words whose links and pictures are found from anywhere."""
    html = str(to_html(markdown, top_heading)).replace(' rel="nofollow noopener"', "")
    html = _LINK.sub(lambda found: f'<a class="ink" href="{_whole(found[1])}"', html)
    return Markup(_PICTURE.sub(_fitted, html))  # noqa: S704 (what the sanitiser let through)


def words_text(markdown: str) -> str:
    """The same as lines of at most 70 characters, longer only where an address is."""
    reader = _Lines()
    reader.feed(str(words_html(markdown)))
    reader.close()
    return reader.text()


def wrap(text: str, indent: str = "", first: str | None = None) -> str:
    """Running text as lines; nothing is cut, so an address or a long word may be longer."""
    opening = indent if first is None else first
    wrapper = TextWrapper(
        WIDTH,
        initial_indent=opening,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return wrapper.fill(" ".join(text.split())) or opening.rstrip()


def _whole(escaped: str) -> str:
    return escape(whole(unescape(escaped)))


def _fitted(found: re.Match[str]) -> str:
    width = f' width="{min(int(found[3]), _ROOM)}"' if found[3] else ""
    return f'<img src="{_whole(found[1])}" alt="{found[2]}"{width}>'


class _Lines(HTMLParser):
    """Blocks of lines from the few elements that the sanitiser lets through."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._done: list[str] = []
        self._line = ""
        self._marks: list[str] = []  # of the lists and quotations around: "- ", "2. ", "> "
        self._bullet = ""  # stands before the next line
        self._counts: list[int | None] = []
        self._links: list[tuple[str, int]] = []
        self._is_as_typed = False

    def text(self) -> str:
        self._end()
        return "\n".join(self._done).strip("\n")

    def _open(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        match tag:
            case "br":
                self._line += "\n"
            case "hr":
                self._block("* * *")
            case "img":
                self._line += f"[{found.get('alt', '')}] {found['src']}" if found.get("alt") else found["src"]
            case "a":
                self._links.append((found.get("href", ""), len(self._line)))
            case "ul" | "ol":
                self._end()
                self._counts.append(int(found.get("start") or 1) if tag == "ol" else None)
            case "li":
                self._item()
            case "blockquote":
                self._end()
                self._marks.append("> ")
            case "td" | "th" if self._line and not self._line.endswith("\n"):
                self._line += " | "
            case "pre":
                self._end()
                self._is_as_typed = True

    def _shut(self, tag: str) -> None:
        match tag:
            case "a" if self._links:
                address, start = self._links.pop()
                if self._line[start:].strip() not in (address, address.removeprefix("mailto:")):
                    self._line += f" ({address})"
            case "li":
                self._end()
                self._marks.pop()
                self._bullet = ""
            case "ul" | "ol":
                self._counts.pop()
                self._gap()
            case "blockquote":
                self._end()
                self._marks.pop()
                self._gap()
            case "tr":
                self._line += "\n"
            case _ if tag in _BLOCKS:
                self._end()
                self._is_as_typed = False
                self._gap()

    def _say(self, data: str) -> None:
        if self._is_as_typed:
            self._line += data
        elif data.strip() or (self._line and not self._line.endswith("\n")):
            self._line += re.sub(r"\s+", " ", data)

    # The parser's own names for these.
    handle_starttag, handle_endtag, handle_data = _open, _shut, _say

    def _item(self) -> None:
        self._end()
        count = self._counts[-1] if self._counts else None
        self._bullet = "- " if count is None else f"{count}. "
        if count is not None:
            self._counts[-1] = count + 1
        self._marks.append(" " * len(self._bullet))

    def _block(self, text: str) -> None:
        self._end()
        self._line = text
        self._end()
        self._gap()

    def _gap(self) -> None:
        if self._done and self._done[-1].strip():
            self._done.append("")

    def _end(self) -> None:
        """What was gathered becomes lines, behind the marks of everything around."""
        lines = [line for line in self._line.strip("\n").split("\n") if self._line.strip()]
        self._line = ""
        for line in lines:
            indent = "".join(self._marks)
            first = indent[: len(indent) - len(self._bullet)] + self._bullet if self._bullet else indent
            self._bullet = ""
            keep: Callable[..., str] = _as_typed if self._is_as_typed else wrap
            self._done.append(keep(line, indent, first))


def _as_typed(line: str, indent: str, first: str) -> str:
    return f"{first}{line}".rstrip()
