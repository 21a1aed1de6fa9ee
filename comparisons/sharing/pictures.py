"""A share image from the numbers of a page: the same scorecards, hence the same words.

A picture is named after what is drawn on it: its version is a digest of that, stands in the address, and is its ETag.
So a picture may be kept for ever, and a page that changes asks for another one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from hashlib import sha256
from io import BytesIO
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _
from PIL import Image, ImageDraw

from comparisons.addresses import SEPARATOR
from comparisons.scorecards import Scorecard
from comparisons.sharing import hull
from comparisons.sharing.faces import FIGURE, HEADING, LABEL, ONE_AT_A_TIME, PAINT, Face, fit, font, printable
from comparisons.sharing.hull import EDGE, INK, PAPER, SHEET, SKIP, SOFT
from editorial.addresses import path_of
from reviews.verdicts import word_text
from tools.figures import day, percent

WIDTH, HEIGHT = 1200, 630
_DESIGN = 1  # count up when the drawing changes, so that kept pictures are fetched anew
_LEFT, _RIGHT = 64, 1136
_BASIN, _FLOOR, _FULL = 316, 546, 386  # upper edge, floor, and the line of 100 percent
_SCALE = 150  # pixels for 100 percent


@dataclass(frozen=True, slots=True)
class Side:
    """One tool as a picture shows it."""

    name: str
    slug: str
    word: str
    percent: int | None
    count_text: str


@dataclass(frozen=True, slots=True)
class Picture:
    """What is drawn: no tool (the publication's own picture), one, or two, and when they were surveyed."""

    sides: tuple[Side, ...] = ()
    surveyed_on: date | None = None

    @property
    def version(self) -> str:
        return sha256(f"{_DESIGN} {settings.LANGUAGE_CODE} {settings.SITE_URL} {self!r}".encode()).hexdigest()[:16]

    @property
    def url(self) -> str:
        """Where it is served, with its version."""
        slugs = [side.slug for side in self.sides]
        match len(slugs):
            case 0:
                path = path_of("site_picture")
            case 1:
                path = path_of("tool_picture", *slugs)
            case _:
                path = path_of("pair_picture", SEPARATOR.join(slugs))
        return f"{path}?v={self.version}"

    @property
    def alt(self) -> str:
        """The picture in words.

        >>> Picture((Side("Llama", "llama", "ship", 75, "3 of 4"),)).alt
        'Llama: Ship, 3 of 4 on the panel.'
        """
        if not self.sides:
            return _("Drydock: AI tools, inspected before you ship.")
        return " ".join(f"{side.name}: {_in_words(side)}." for side in self.sides)


SITE = Picture()


def picture_of(cards: Sequence[Scorecard]) -> Picture:
    """The picture of a tool's page or a pair's; of three and four tools it is the publication's own."""
    if len(cards) > 2:
        return SITE
    moments = [card.reviewed_at for card in cards if card.reviewed_at]
    sides = (
        Side(card.tool.name, card.tool.slug, card.panel.word, card.panel.percent, card.panel.count_text)
        for card in cards
    )
    return Picture(tuple(sides), max(moments).date() if moments else None)


@lru_cache(maxsize=256)
def draw(picture: Picture) -> bytes:
    """The picture as PNG, 1200 by 630."""
    with ONE_AT_A_TIME:
        canvas = _sheet(picture)
        match len(picture.sides):
            case 0:
                _draw_site(canvas)
            case 1:
                _draw_one(canvas, picture.sides[0])
            case _:
                _draw_two(canvas, picture.sides)
        out = BytesIO()
        canvas.quantize(128, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(out, "PNG")
        return out.getvalue()


def _in_words(side: Side) -> str:
    word = word_text(side.word)
    if side.percent is None:
        return word
    return _("%(verdict)s, %(count)s on the panel") % {"verdict": word, "count": side.count_text}


def _drawn(words: str, english: str) -> str:
    """The words if our faces have their letters, else English: boxes in place of letters say nothing."""
    return printable(words, english)


def _write(canvas: Image.Image, at: tuple[int, int], text: str, face: Face, size: int, fill: str, anchor: str) -> None:
    ImageDraw.Draw(canvas).text(at, text, fill=fill, font=font(face, size), anchor=anchor)


def _sheet(picture: Picture) -> Image.Image:
    """Paper, masthead, the engraved line and the keel with date and place."""
    canvas = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    draw = ImageDraw.Draw(canvas)
    draw.rectangle((0, 76, WIDTH, 80), fill=INK)
    _spaced(canvas, _LEFT, "DRY")
    _spaced(canvas, 232, "DOCK")
    _put_ring(canvas, 199, 78, 24)
    kinds = (
        _drawn(_("ship or skip?"), "ship or skip?"),
        _drawn(_("Certificate of inspection"), "Certificate of inspection"),
        _drawn(_("Certificate of comparison"), "Certificate of comparison"),
    )
    _write(canvas, (_RIGHT, 58), kinds[len(picture.sides)], LABEL, 30, INK, "rs")
    canvas.paste(hull.guilloche(_RIGHT - _LEFT), (_LEFT, 152))
    draw.rectangle((0, 578, WIDTH, 591), fill=SKIP)
    draw.rectangle((0, 592, WIDTH, 595), fill=SHEET)
    draw.rectangle((0, 596, WIDTH, HEIGHT), fill=INK)
    if picture.surveyed_on:
        surveyed = _drawn(_("Surveyed %(day)s") % {"day": day(picture.surveyed_on)}, picture.surveyed_on.isoformat())
        _write(canvas, (_LEFT, 613), surveyed, FIGURE, 20, PAPER, "lm")
    _write(canvas, (_RIGHT, 613), urlsplit(settings.SITE_URL).netloc, FIGURE, 20, PAPER, "rm")
    return canvas


def _spaced(canvas: Image.Image, left: float, text: str) -> None:
    for letter in text:
        _write(canvas, (round(left), 68), letter, HEADING, 40, INK, "ls")
        left += font(HEADING, 40).getlength(letter) + 2


def _put_ring(canvas: Image.Image, x: int, y: int, radius: int) -> None:
    mask = hull.ring(radius, 6)
    canvas.paste(INK, (x - mask.width // 2, y - mask.height // 2), mask)


def _motto() -> Sequence[str]:
    english = "AI tools, inspected before you ship"
    return fit(_drawn(_("AI tools, inspected before you ship"), english), HEADING, (76, 64, 54), 800, 180).lines


def _draw_site(canvas: Image.Image) -> None:
    for line, text in enumerate(_motto()):
        _write(canvas, (_LEFT, 262 + 76 * line), text, HEADING, 76, INK, "ls")
    canvas.paste(hull.sea(WIDTH, 160), (0, 418))
    ImageDraw.Draw(canvas).rectangle((0, 416, WIDTH, 419), fill=INK)
    _put_ring(canvas, 1060, 418, 40)


def _draw_one(canvas: Image.Image, side: Side) -> None:
    name = fit(printable(side.name, side.slug), HEADING, (72, 64, 54, 46, 40, 34, 30, 26), 516, 250)
    for line, text in enumerate(name.lines):
        _write(canvas, (_LEFT, 196 + round(0.86 * name.size) + line * name.step), text, HEADING, name.size, INK, "ls")
    _draw_stamp(canvas, side, _LEFT, 476, 70)
    _draw_scale(canvas, 622)
    _write(canvas, (650, 296), _drawn(_("Panel ship"), "Panel ship"), LABEL, 30, SOFT, "ls")
    _draw_basin(canvas, side, 650)


def _draw_two(canvas: Image.Image, sides: Sequence[Side]) -> None:
    for side, left in zip(sides, (_LEFT, 650), strict=True):
        name = fit(printable(side.name, side.slug), HEADING, (54, 47, 40, 34, 30, 26, 22, 19), 486, 84)
        bottom = 250 - (8 if len(name.lines) > 1 else 0)
        for line, text in enumerate(reversed(name.lines)):
            _write(canvas, (left, bottom - line * name.step), text, HEADING, name.size, INK, "ls")
        _write(canvas, (left, 296), _drawn(_("Panel ship"), "Panel ship"), LABEL, 30, SOFT, "ls")
        _draw_stamp(canvas, side, left + 486, 266, 40, to_the_left=True)
        _draw_basin(canvas, side, left)
    _write(canvas, (600, 250), _drawn(_("vs"), "vs"), LABEL, 30, SOFT, "ms")
    _draw_scale(canvas, 600)


def _draw_stamp(canvas: Image.Image, side: Side, x: int, y: int, height: int, *, to_the_left: bool = False) -> None:
    size = round(height * 0.56)
    indent = round(height * (0.45 if side.word == "unreviewed" else 0.95))
    word = _drawn(word_text(side.word), side.word).upper()
    width = indent + round(font(PAINT, size).getlength(word)) + round(height * 0.45)
    left = x - width if to_the_left else x
    shape = hull.stamp_shape(side.word, width, height)
    canvas.paste(shape, (left, y), shape)
    fill = {"ship": "white", "skip": "white", "split": INK}.get(side.word, SOFT)
    _write(canvas, (left + indent, y + height // 2), word, PAINT, size, fill, "lm")


def _draw_basin(canvas: Image.Image, side: Side, left: int) -> None:
    """Water up to the panel's share, hatching from there to 100, and the figures on the line."""
    draw = ImageDraw.Draw(canvas)
    draw.rectangle((left, _BASIN, left + 486, _FLOOR), fill=SHEET)
    if side.percent is None:
        _write(canvas, (left + 243, 440), _drawn(_("Not inspected yet"), "Not inspected yet"), LABEL, 34, SOFT, "mm")
    else:
        level = _FULL + round(_SCALE * (100 - side.percent) / 100)
        canvas.paste(hull.hatching(486, _FLOOR - _FULL).crop((0, 0, 486, level - _FULL)), (left, _FULL))
        canvas.paste(hull.sea(486, _FLOOR - _FULL).crop((0, 0, 486, _FLOOR - level)), (left, level))
        draw.rectangle((left, level - 2, left + 486, level + 1), fill=INK)
        _put_ring(canvas, left + 424, level, 26)
        _write(canvas, (left + 24, level - 14), percent(side.percent), PAINT, 68, INK, "ls")
        beside = left + 24 + round(font(PAINT, 68).getlength(percent(side.percent))) + 18
        _write(canvas, (beside, level - 14), side.count_text, FIGURE, 30, INK, "ls")
    draw.line([(left, _BASIN), (left, _FLOOR), (left + 486, _FLOOR), (left + 486, _BASIN)], fill=INK, width=4)


def _draw_scale(canvas: Image.Image, middle: int) -> None:
    draw = ImageDraw.Draw(canvas)
    is_between = middle == 600
    for level in (0, 25, 50, 75, 100):
        y = _FULL + round(_SCALE * (100 - level) / 100)
        _write(canvas, (middle, y), str(level), PAINT, 22, SOFT, "mm" if is_between else "rm")
        draw.rectangle((628, y - 1, 646, y), fill=EDGE)
        if is_between:
            draw.rectangle((554, y - 1, 572, y), fill=EDGE)
