"""Reading pages as a reader does: text without markup."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from django.http import HttpResponse


class _Text(HTMLParser):
    """Collects the visible words, and apart those of elements with a wanted class."""

    INLINE = frozenset({"a", "b", "em", "i", "strong"})
    VOID = frozenset({"meta", "link", "input", "br", "hr", "img", "rect", "line", "circle", "path", "use", "option"})

    def __init__(self, wanted: str = "") -> None:
        super().__init__()
        self.wanted = wanted
        self.depth = 0
        self.found: list[list[str]] = []
        self.words: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._space(tag)
        if tag in ("script", "style", "head"):
            self.hidden += 1
        if self.depth and tag not in self.VOID:
            self.depth += 1
        elif self.wanted and self.wanted in (dict(attrs).get("class") or "").split():
            self.found.append([])
            self.depth = 1

    def handle_endtag(self, tag: str) -> None:
        self._space(tag)
        if tag in ("script", "style", "head"):
            self.hidden -= 1
        if self.depth and tag not in self.VOID:
            self.depth -= 1

    def _space(self, tag: str) -> None:
        if tag not in self.INLINE:
            self.handle_data(" ")

    def handle_data(self, text: str) -> None:
        if not self.hidden:
            self.words.append(text)
        if self.depth:
            self.found[-1].append(text)


def html_of(response: Any) -> str:
    assert isinstance(response, HttpResponse) or hasattr(response, "content")
    return str(response.content.decode())


def text_of(response: Any) -> str:
    """The page's visible words, white space folded."""
    parser = _Text()
    parser.feed(html_of(response))
    return " ".join("".join(parser.words).split())


def texts(response: Any, wanted: str) -> list[str]:
    """The words of each element of a class."""
    parser = _Text(wanted)
    parser.feed(html_of(response))
    return [" ".join("".join(words).split()) for words in parser.found]


def finding(response: Any) -> str:
    return texts(response, "finding")[0]
