"""A text as a square that a phone's camera reads."""

from __future__ import annotations

from dataclasses import dataclass

from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode

QUIET = 4  # modules of margin, as the standard asks


@dataclass(frozen=True)
class Square:
    """`path` draws the dark modules in a square of `size` units."""

    size: int
    path: str


def modules_of(text: str) -> Square:
    """One bar for each run of dark modules in a row."""
    code = QRCode(border=QUIET, error_correction=ERROR_CORRECT_M)
    code.add_data(text)
    rows = code.get_matrix()
    bars = []
    for y, row in enumerate(rows):
        x = 0
        while x < len(row):
            run = next((n for n, dark in enumerate(row[x:]) if not dark), len(row) - x)
            if run:
                bars.append(f"M{x} {y}h{run}v1h-{run}z")
            x += run or 1
    return Square(len(rows), "".join(bars))
