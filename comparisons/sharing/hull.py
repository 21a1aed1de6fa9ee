"""The drawn parts of a picture: water, hatching, the load mark, the guilloche. Each is drawn once a process.

Everything curved is drawn four times too large and scaled down, which smooths its edges.
"""

from __future__ import annotations

import re
from functools import lru_cache
from math import pi, sin

from django.conf import settings
from PIL import Image, ImageDraw

PAPER, SHEET, INK, SOFT, EDGE = "#eef2f2", "#fbfcfb", "#10243a", "#42576a", "#6b7f8e"
SHIP, SKIP, AIR, SEA, WAVE, HATCH, ENGRAVED = (
    "#075a66",
    "#a83a17",
    "#fbeee7",
    "#cde4e6",
    "#8fbfc4",
    "#e0a78f",
    "#6b8797",
)

FINE = 4
Box = tuple[int, int, int, int]


@lru_cache(maxsize=8)
def sea(width: int, height: int) -> Image.Image:
    large = Image.new("RGB", (width * FINE, height * FINE), SEA)
    draw = ImageDraw.Draw(large)
    for line in range(5, height + 5, 10):
        wave = [(x * FINE, (line - 1.75 * sin(pi * x / 14)) * FINE) for x in range(width + 1)]
        draw.line(wave, fill=WAVE, width=6, joint="curve")
    return large.resize((width, height), Image.Resampling.LANCZOS)


@lru_cache(maxsize=8)
def hatching(width: int, height: int) -> Image.Image:
    large = Image.new("RGB", (width * FINE, height * FINE), AIR)
    draw = ImageDraw.Draw(large)
    for start in range(-height, width, 14):
        draw.line([(start * FINE, height * FINE), ((start + height) * FINE, 0)], fill=HATCH, width=7)
    return large.resize((width, height), Image.Resampling.LANCZOS)


@lru_cache(maxsize=4)
def guilloche(width: int) -> Image.Image:
    """The engraver's line of static/img/guilloche.svg, repeated."""
    path = (settings.BASE_DIR / "static" / "img" / "guilloche.svg").read_text()
    strands = [
        [(float(x), float(y)) for x, y in re.findall(r"[ML]?(\d+) (\d+\.\d)", strand)]
        for strand in re.findall(r"M0[^M\"]*", path)
    ]
    large = Image.new("RGB", (width * FINE, 14 * FINE), PAPER)
    draw = ImageDraw.Draw(large)
    for left in range(0, width, 72):
        for strand in strands:
            draw.line([((left + x) * FINE, y * FINE) for x, y in strand], fill=ENGRAVED, width=3)
    return large.resize((width, 14), Image.Resampling.LANCZOS)


@lru_cache(maxsize=16)
def ring(radius: int, stroke: int) -> Image.Image:
    """A mask of the load mark's circle; `radius` to the middle of the stroke."""
    side = 2 * radius + stroke + 2
    large = Image.new("L", (side * FINE, side * FINE))
    edge = FINE
    ImageDraw.Draw(large).ellipse(
        (edge, edge, side * FINE - edge, side * FINE - edge), outline=255, width=stroke * FINE
    )
    return large.resize((side, side), Image.Resampling.LANCZOS)


@lru_cache(maxsize=8)
def stamp_shape(word: str, width: int, height: int) -> Image.Image:
    """The frame of a verdict's stamp, transparent around: pill, square, double frame, dashed frame."""
    wide, high = width * FINE, height * FINE
    large = Image.new("RGBA", (wide, high), (0, 0, 0, 0))
    draw = ImageDraw.Draw(large)
    if word == "ship":
        draw.rounded_rectangle((0, 0, wide - 1, high - 1), high // 2, fill=SHIP)
    elif word == "skip":
        draw.rectangle((0, 0, wide - 1, high - 1), fill=SKIP)
    elif word == "split":
        draw.rectangle((0, 0, wide - 1, high - 1), fill=SHEET, outline=INK, width=3 * FINE)
        draw.rectangle((6 * FINE, 6 * FINE, wide - 6 * FINE, high - 6 * FINE), outline=INK, width=2 * FINE)
    else:
        _dash(draw, wide, high)
    _sign(draw, word, high)
    return large.resize((width, height), Image.Resampling.LANCZOS)


def _dash(draw: ImageDraw.ImageDraw, wide: int, high: int) -> None:
    stroke, dash = 3 * FINE, 8 * FINE
    for x in range(0, wide, 2 * dash):
        for y in (0, high - stroke):
            draw.rectangle((x, y, x + dash, y + stroke), fill=SOFT)
    for y in range(0, high, 2 * dash):
        for x in (0, wide - stroke):
            draw.rectangle((x, y, x + stroke, y + dash), fill=SOFT)


def _sign(draw: ImageDraw.ImageDraw, word: str, high: int) -> None:
    """The small mark before the word: load mark, saltire, half disc; none for a tool without a review."""
    middle, radius, stroke = high // 2, high // 5, 3 * FINE
    left, right = middle + 2 * FINE - radius, middle + 2 * FINE + radius
    box = (left, middle - radius, right, middle + radius)
    if word == "ship":
        draw.ellipse(box, outline="white", width=stroke)
        draw.line((left - 5 * FINE, middle, right + 5 * FINE, middle), fill="white", width=stroke)
    elif word == "skip":
        draw.line(box, fill="white", width=stroke + FINE)
        draw.line((left, middle + radius, right, middle - radius), fill="white", width=stroke + FINE)
    elif word == "split":
        draw.ellipse(box, outline=INK, width=2 * FINE)
        draw.pieslice(box, 90, 270, fill=INK)
