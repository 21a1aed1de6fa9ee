"""The badge: a small picture of lines in three fields, whose fields and words are measured here and drawn by
templates/comparisons/badge.svg.

A picture on another site cannot load our typefaces. Its words are set in whatever the reader has, and stretched to the
width they have in ours: the fields fit in any case.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from unicodedata import east_asian_width

from django.utils.translation import gettext as _

from comparisons.sharing.faces import ONE_AT_A_TIME, Face, font
from comparisons.sharing.plates import Plate
from comparisons.xml_text import legal
from reviews.verdicts import word_text
from tools.figures import day
from tools.freshness import due_words

HEIGHT = 28
_SIZE, _FINE = 12, 20  # the size of the letters; measured this many times larger, for tenths of pixels
_PAD, _SIGN, _GAP = 10, 20, 6
_SANS = "ibm-plex-sans-latin-wdth-normal.woff2"
_LAST_LATIN = "\u024f"
BOLD, MEDIUM = 600, 500

# The colours of static/css/tokens.css in the dark; those in the light stand on the shapes themselves.
STYLE = (
    "@media(prefers-color-scheme:dark){"
    ".hull{fill:#060e15}.sheet{fill:#11202c}.ink{fill:#e6eeee}.inked{stroke:#e6eeee}.edge{stroke:#7c93a3}"
    ".ship{fill:#63d0c9}.on-ship{fill:#04222a}.on-ship-line{stroke:#04222a}"
    ".skip-tint{fill:#2b1d1b}.skip{fill:#ff9b78}.skip-line{stroke:#ff9b78}"
    "}"
)
STYLE_HASH = f"'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'"


@dataclass(frozen=True, slots=True)
class Words:
    """A run of letters: where it begins and how wide it must come out."""

    text: str
    x: float
    width: float
    weight: int = MEDIUM

    @property
    def end(self) -> float:
        return round(self.x + self.width, 1)


@dataclass(frozen=True, slots=True)
class Badge:
    """What is drawn, in pixels: the publication's name, the verdict, and its date; `word` is its sign."""

    word: str
    title: str
    brand: Words
    verdict: Words
    count: Words | None
    dated: Words | None
    is_due: bool = False

    @property
    def verdict_from(self) -> int:
        """Where the field of the verdict begins."""
        return round(self.brand.end) + _PAD

    @property
    def verdict_to(self) -> int:
        return round((self.count or self.verdict).end) + _PAD

    @property
    def width(self) -> int:
        return round(self.dated.end) + _PAD if self.dated else self.verdict_to


def badge_of(plate: Plate) -> Badge:
    """The badge of a tool."""
    shown = plate.reviewed_at or plate.published_at
    dated = day(shown) if plate.reviewed_at else _("listed %(day)s") % {"day": day(shown)}
    if plate.is_due:
        dated = _("%(day)s, %(due)s") % {"day": dated, "due": due_words()}
    count = plate.panel.count_text if plate.panel.review_count else ""
    return _laid_out(plate.panel.word, legal(plate.in_words), (word_text(plate.panel.word), count, dated), plate.is_due)


def no_badge() -> Badge:
    """What a page shows that still asks for a tool which is not listed, or no longer."""
    return _laid_out("none", _("Drydock: no verdict on file."), (_("No verdict"), "", ""), is_due=False)


def _laid_out(word: str, title: str, texts: tuple[str, str, str], is_due: bool) -> Badge:  # noqa: FBT001
    brand = _words("Drydock", _PAD, BOLD)
    verdict = _words(texts[0], round(brand.end) + _PAD + _PAD + _SIGN, BOLD)
    count = _words(texts[1], verdict.end + _GAP, MEDIUM) if texts[1] else None
    field = round((count or verdict).end) + _PAD
    dated = _words(texts[2], field + _PAD + (_SIGN if is_due else 0), MEDIUM) if texts[2] else None
    return Badge(word, title, brand, verdict, count, dated, is_due)


def _words(text: str, x: float, weight: int) -> Words:
    return Words(text, round(x, 1), _width(text, weight), weight)


@lru_cache(maxsize=4096)
def _width(text: str, weight: int) -> float:
    """In pixels; letters that our faces do not have are guessed, half as wide as high or, in East Asia, as wide."""
    ours = "".join(letter for letter in text if letter <= _LAST_LATIN)
    guessed = sum(1 if east_asian_width(letter) in "WF" else 0.55 for letter in text if letter > _LAST_LATIN)
    with ONE_AT_A_TIME:
        measured = font(Face(_SANS, (weight, 100)), _SIZE * _FINE).getlength(ours)
    return round(measured / _FINE + guessed * _SIZE, 1)
