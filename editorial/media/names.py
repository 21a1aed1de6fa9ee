"""What our pictures are called, and where readers find them: `/media/3f9c….png`.

A name is made from the picture's own bytes, so it says nothing of anybody and never leads to another picture.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

FOLDER: Final = "/media/"
SMALL: Final = 192  # the longest side of a logo's small copy: three times what any page shows
NAME: Final = r"[0-9a-f]{40}\.(?:png|jpg|webp)"
TYPES: Final = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp"}
# In a Markdown text the size stands behind the address, so that a page can keep the place free: #640x480
_ADDRESS = re.compile(rf"{FOLDER}({NAME})(?:#([1-9][0-9]{{0,3}})x([1-9][0-9]{{0,3}}))?")
_MARKS = re.compile(r"([\\\[\]!*_`<>&~])")


def name_of(content: bytes, ending: str) -> str:
    """The name that these bytes have."""
    return f"{sha256(content).hexdigest()[:40]}.{ending}"


def address_of(name: str) -> str:
    """Where readers find a picture."""
    return f"{FOLDER}{name}"


def sides_within(width: int, height: int, longest: int) -> tuple[int, int]:
    """The sides of a copy that is no longer than that, in the same proportion; never larger than the picture."""
    scale = min(1.0, longest / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


@dataclass(frozen=True, slots=True)
class Placed:
    """A picture of ours that a Markdown text names, and its size where the text says it."""

    path: str
    width: str = ""
    height: str = ""


def read_address(address: str) -> Placed | None:
    """The picture at an address of a Markdown text; None for anything that is not in our own library."""
    found = _ADDRESS.fullmatch(address)
    return Placed(address_of(found[1]), found[2] or "", found[3] or "") if found else None


def snippet_of(name: str, alt: str, width: int, height: int) -> str:
    """What an editor puts into a Markdown text to show a picture."""
    words = _MARKS.sub(r"\\\1", " ".join(alt.split()))
    return f"![{words}]({address_of(name)}#{width}x{height})"
