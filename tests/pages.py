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


def assert_safe(response: Any, form_action: str = "'self'") -> None:
    """The headers that every page of ours carries, whoever it is for."""
    assert response["Content-Security-Policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
        f"connect-src 'self'; manifest-src 'self'; form-action {form_action}; "
        "base-uri 'none'; object-src 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    assert response["Cross-Origin-Embedder-Policy"] == "require-corp"
    assert "camera=()" in response["Permissions-Policy"]
    assert response["X-Frame-Options"] == "DENY"


def finding(response: Any) -> str:
    return texts(response, "finding")[0]


class FormValues(HTMLParser):
    """The values that a press of the form's button would send."""

    def __init__(self, html: str, wanted: str) -> None:
        super().__init__()
        self.wanted, self.values, self.inside, self.area = wanted, dict[str, str](), False, ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.inside = self.wanted in (given.get("class") or "", given.get("action") or "")
        elif self.inside and tag == "textarea":
            self.area = given["name"] or ""
            self.values[self.area] = ""
        elif self.inside and tag == "input" and (given.get("type") != "checkbox" or "checked" in given):
            self.values[given["name"] or ""] = given.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag != "form"
        self.area = "" if tag == "textarea" else self.area

    def handle_data(self, text: str) -> None:
        if self.area:
            self.values[self.area] += text.removeprefix("\n")
