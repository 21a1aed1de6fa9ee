"""The logo of a tool where readers see it: a picture out of the library, or the first letter of the tool's name.

A logo is decoration and no claim of ours: it leaves no receipt, and a page of a day gone by shows none.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import Case, F, Func, TextField, When
from django.db.models.functions import Cast

from editorial.media.names import SMALL, address_of, sides_within


@dataclass(frozen=True, slots=True)
class Logo:
    """What a page needs of a logo: the small copy, so that a list of fifty stays light."""

    url: str
    alt: str
    width: int
    height: int


def packed_logo(prefix: str = "") -> Any:
    """The logo as one column of a read, joined within it; empty for a tool without one. `read_logo` unpacks it."""
    logo = f"{prefix}logo"
    parts = (F(f"{logo}__small"), F(f"{logo}__alt"), _text(f"{logo}__width"), _text(f"{logo}__height"))
    texts = ArrayField(TextField())
    array = Func(*parts, template="ARRAY[%(expressions)s]", output_field=texts)
    return Case(When(**{f"{logo}__isnull": False}, then=array))


def read_logo(packed: Sequence[str] | None) -> Logo | None:
    if not packed:
        return None
    small, alt, width, height = packed
    return Logo(address_of(small), alt, *sides_within(int(width), int(height), SMALL))


def letter_of(name: str) -> str:
    """What stands in the tile of a tool without a logo: the first letter or digit of its name.

    >>> letter_of("“deep” Sound")
    'D'
    """
    composed = unicodedata.normalize("NFC", name)
    return next((letter for letter in composed if letter.isalnum()), composed[:1]).upper()[:1]


def _text(name: str) -> Any:
    return Cast(F(name), TextField())
