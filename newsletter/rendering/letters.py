"""An issue as a letter: both parts printed once, with marks where readers differ (docs/decisions/0035)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Self
from zoneinfo import ZoneInfo

from css_inline import CSSInliner
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from markupsafe import Markup

from editorial.addresses import path_of
from editorial.markdown import gist
from newsletter.models import Issue
from newsletter.rendering import marks
from newsletter.rendering.pages import Page, read_page
from newsletter.rendering.sections import Section, sections
from newsletter.rendering.words import WIDTH, whole, words_html, words_text, wrap
from tools.figures import day_in_full, number, percent

_HERE = Path(__file__).parent
_BAR = 20


@dataclass(frozen=True)
class Rendered:
    """An issue ready to be filled for each reader. Its html and text hold marks (marks.py); nothing else is needed to
    make messages of it, so what was frozen is taken up again by `of_frozen`.
    """

    number: int
    subject: str
    html: str
    text: str

    @classmethod
    def of_frozen(cls, issue: Issue) -> Self:
        return cls(issue.number, one_line(issue.subject), issue.html, issue.text)

    @cached_property
    def html_page(self) -> Page:
        return read_page(self.html)

    @cached_property
    def text_page(self) -> Page:
        return read_page(self.text)


@dataclass(frozen=True, slots=True)
class Letter:
    """What the templates print."""

    number: int
    subject: str
    preheader: str
    dated: str
    introduction: str
    sections: list[Section]
    archive: str
    postal_address: str


def render(issue: Issue) -> Rendered:
    """Both parts of an issue as it stands now, or as it was frozen; two queries at most."""
    if issue.content_sha256 is not None:
        return Rendered.of_frozen(issue)
    letter = _letter(issue)
    html = _inliner().inline(_print("html", letter, mark=marks.mark_html))
    html = html.replace("</head>", f"<style>{_lights()}</style></head>", 1)
    text = _print("txt", letter, mark=marks.mark_text)
    return Rendered(letter.number, letter.subject, _tidy(html), re.sub(r"\n{4,}", "\n\n\n", text).strip("\n") + "\n")


def one_line(text: str) -> str:
    """A subject or the like: no line end in it, whoever wrote it."""
    return " ".join(str(marks.unmarked(text)).split())


def _letter(issue: Issue) -> Letter:
    introduction = marks.unmarked(issue.introduction)
    return Letter(
        number=issue.number,
        subject=one_line(issue.subject) or _("No subject yet"),
        preheader=one_line(issue.preheader) or gist(introduction),
        dated=dated(issue),
        introduction=introduction,
        sections=sections(issue),
        archive=f"{path_of('newsletter')}{issue.number}/",
        postal_address=one_line(settings.NEWSLETTER_POSTAL_ADDRESS),
    )


def dated(issue: Issue) -> str:
    """The day on which it goes out, or went out, where its schedule counts days."""
    day = (issue.published_at or issue.due_at).astimezone(ZoneInfo(issue.zone)).date()
    return _("%(weekday)s %(day)s") % {"weekday": date_format(day, "l"), "day": day_in_full(day)}


def _print(kind: str, letter: Letter, mark: marks.Mark) -> str:
    known: dict[str, Any] = {
        "letter": letter,
        "mark": mark,
        "place": lambda name: Markup(marks.place(name)),  # noqa: S704 (one of four names)
        "keys": marks.keys,
        "whole": whole,
        "words_html": words_html,
        "words_text": words_text,
        "wrap": wrap,
        "bar": text_bar,
        "panel": panel_text,
        "counts": counts_text,
        "rule": "-" * WIDTH,
        "double_rule": "=" * WIDTH,
    }
    return str(render_to_string(f"newsletter/email/issue.{kind}", known, using="jinja2"))


def panel_text(side: Mapping[str, Any]) -> str:
    """How the panel stands on a tool."""
    panel = side["panel"]
    if panel["percent"] is None:
        return _("Panel: no verdict")
    return _("Panel %(percent)s, %(count)s") % {"percent": percent(panel["percent"]), "count": panel["count_text"]}


def counts_text(side: Mapping[str, Any]) -> str:
    """How the panel and the community stand on a tool, in one line."""
    crowd, words = side["community"], {"panel": panel_text(side)}
    if not crowd["is_shown"]:
        return _("%(panel)s; community not counted yet") % words
    words |= {"percent": percent(crowd["percent"]), "total": number(crowd["total"])}
    return _("%(panel)s; community %(percent)s of %(total)s") % words


def text_bar(share: int) -> str:
    """|###############.....|"""
    full = round(share * _BAR / 100)
    return f"|{'#' * full}{'.' * (_BAR - full)}|"


def _tidy(html: str) -> str:
    """Without blanks that begin a line: they are a tenth of the mail, and nobody sees them but in what is as typed."""
    pieces = re.split(r"(<pre.*?</pre>)", html, flags=re.DOTALL)
    pieces[::2] = [re.sub(r"\n\s+", "\n", piece) for piece in pieces[::2]]
    return "".join(pieces).strip("\n") + "\n"


@lru_cache(maxsize=1)
def _inliner() -> CSSInliner:
    css = re.sub(r"/\*.*?\*/", "", (_HERE / "letter.css").read_text(encoding="utf-8"), flags=re.DOTALL)
    return CSSInliner(extra_css=re.sub(r",\s+", ",", css), load_remote_stylesheets=False, minify_css=True)


@lru_cache(maxsize=1)
def _lights() -> str:
    return (_HERE / "lights.css").read_text(encoding="utf-8").strip()
