"""The bundled typefaces on a picture: which letters they have, and how a name of any length fits its place."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from threading import Lock
from typing import NamedTuple

from django.conf import settings
from PIL.ImageFont import FreeTypeFont, truetype

Axes = tuple[int, ...]


class Face(NamedTuple):
    """A file of static/fonts, and the values of its variable axes in the file's order."""

    file: str
    axes: Axes = ()


HEADING = Face("besley-latin-wght-normal.woff2", (600,))
LABEL = Face("besley-latin-420-italic.woff2")
FIGURE = Face("ibm-plex-mono-latin-500-normal.woff2")
PAINT = Face("ibm-plex-sans-latin-wdth-normal.woff2", (650, 75))

ONE_AT_A_TIME = Lock()  # a font is not to be used by two threads, and drawing never takes more than one core
_LINE = 1.12
_DROPPED = {"So", "Sk", "Cf", "Cn", "Mn", "Me"}  # emoji with their joiners and colours, and other signs without a sound


@lru_cache(maxsize=128)
def font(face: Face, size: int) -> FreeTypeFont:
    loaded = truetype(settings.BASE_DIR / "static" / "fonts" / face.file, size)
    if face.axes:
        loaded.set_variation_by_axes(list(face.axes))
    return loaded


def printable(name: str, slug: str) -> str:
    """The name as our faces can print it, else the address, which is always in plain letters.

    They have Latin letters alone. Fonts for every script would weigh more than everything else here, and boxes in
    place of letters say nothing. The true name stands beside the picture, as its text alternative.
    """
    text = unicodedata.normalize("NFC", name)
    kept = "".join(letter for letter in text if _is_drawn(letter) or unicodedata.category(letter) not in _DROPPED)
    words = " ".join(kept.split())
    return words if words and all(map(_is_drawn, words)) else slug


@lru_cache(maxsize=4096)
def _is_drawn(letter: str) -> bool:
    if letter == " ":
        return True
    glyph = font(HEADING, 40).getmask(letter)
    return bool(glyph.getbbox()) and bytes(glyph) != bytes(font(HEADING, 40).getmask("\ufffe"))


class Fitted(NamedTuple):
    lines: Sequence[str]
    size: int

    @property
    def step(self) -> int:
        return round(self.size * _LINE)


def fit(text: str, face: Face, sizes: Sequence[int], width: int, height: int) -> Fitted:
    """The largest of the sizes at which the whole text fits, wrapped; the last one whatever happens."""
    for size in sizes:
        fitted = Fitted(_wrap(text, font(face, size), width), size)
        if len(fitted.lines) * fitted.step <= height and (len(fitted.lines) == 1 or _is_easy(text, fitted)):
            return fitted
    return fitted


def _is_easy(text: str, fitted: Fitted) -> bool:
    """Whether no word had to be broken: a smaller size that keeps words whole reads better."""
    return " ".join(fitted.lines) == text or fitted.size <= 30


def _wrap(text: str, loaded: FreeTypeFont, width: int) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if loaded.getlength(longer) <= width:
            lines[-1] = longer
            continue
        if lines[-1]:
            lines.append("")
        for letter in word:
            if lines[-1] and loaded.getlength(lines[-1] + letter) > width:
                lines.append("")
            lines[-1] += letter
    return lines
