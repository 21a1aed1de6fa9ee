"""Addresses of comparisons. A slug may itself contain -vs-, so an address is looked up, never taken apart blindly."""

from __future__ import annotations

import re
from collections.abc import Sequence

from django.urls import reverse

SEPARATOR = "-vs-"
LONGEST_PAIR = 2 * 100 + len(SEPARATOR)  # two slugs of the length the database allows


def pair_url(*slugs: str) -> str:
    """The one address of a comparison: slugs in alphabetical order."""
    return reverse("compare", args=[SEPARATOR.join(sorted(slugs))])


def possible_pairs(address: str) -> list[tuple[str, str]]:
    """Every way to read an address as two slugs: "a-vs-b-vs-c" is (a, b-vs-c) or (a-vs-b, c).

    Separators may overlap: "a-vs-vs-b" is (a, vs-b) or (a-vs, b).
    """
    if len(address) > LONGEST_PAIR:
        return []
    cuts = [match.start() for match in re.finditer(f"(?={SEPARATOR})", address)]
    pairs = ((address[:cut], address[cut + len(SEPARATOR) :]) for cut in cuts)
    return [pair for pair in pairs if all(pair)]


def readings(address: str, known: Sequence[str]) -> list[tuple[str, str]]:
    """The possible pairs whose two slugs are known, the best reading first.

    Two readings can both exist (tools a, a-vs-b, b-vs-c and c). Then a pair of two different tools wins over the same
    tool twice, one in alphabetical order over one that would redirect, and the shorter first slug over the longer.
    """
    slugs = set(known)
    pairs = [pair for pair in possible_pairs(address) if slugs.issuperset(pair)]
    return sorted(pairs, key=lambda pair: (pair[0] == pair[1], pair[0] > pair[1], len(pair[0])))
