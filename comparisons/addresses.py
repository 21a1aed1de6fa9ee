"""Addresses of comparisons. A slug may itself contain -vs-, so an address is looked up, never taken apart blindly."""

from __future__ import annotations

import re
from collections.abc import Collection
from itertools import combinations

from editorial.addresses import path_of

SEPARATOR = "-vs-"
MOST_TOOLS = 4
LONGEST_SLUG = 100  # what the database allows
LONGEST_ADDRESS = MOST_TOOLS * LONGEST_SLUG + (MOST_TOOLS - 1) * len(SEPARATOR)
MOST_SEPARATORS = 12

Reading = tuple[str, ...]


def pair_url(*slugs: str) -> str:
    """The one address of a comparison of two, three or four tools: slugs in alphabetical order."""
    return path_of("compare", SEPARATOR.join(sorted(slugs)))


def possible_readings(address: str) -> list[Reading]:
    """Every way to read an address as two, three or four slugs, the fewest first.

    "a-vs-b-vs-c" is (a, b-vs-c), (a-vs-b, c) or (a, b, c). Separators may overlap: "a-vs-vs-b" is (a, vs-b) or
    (a-vs, b). An address of more than 12 separators is read as a pair only, so that no address asks for more than
    298 readings: four tools whose own slugs hold two -vs- each still fit.
    """
    if len(address) > LONGEST_ADDRESS:
        return []
    cuts = [match.start() for match in re.finditer(f"(?={SEPARATOR})", address)]
    most = MOST_TOOLS if len(cuts) <= MOST_SEPARATORS else 2
    found = (_cut(address, chosen) for number in range(1, most) for chosen in combinations(cuts, number))
    return [reading for reading in found if all(0 < len(slug) <= LONGEST_SLUG for slug in reading)]


def readings(address: str, known: Collection[str]) -> list[Reading]:
    """The possible readings whose slugs are all known, the best first.

    Several can exist at once (tools a, a-vs-b, b, b-vs-c and c). Then different tools win over the same tool twice,
    an alphabetical order over one that would redirect, fewer tools over more, and shorter slugs before longer ones
    from the left. So a pair keeps its address whatever else is listed, and three tools whose address reads as a pair
    too have no page of their own.
    """
    slugs = set(known)
    return sorted((reading for reading in possible_readings(address) if slugs.issuperset(reading)), key=_rank)


def nearest_reading(address: str, known: Collection[str]) -> Reading:
    """How to read an address that is no comparison: as few unknown slugs as possible, then as many known ones.

    The whole address counts as one slug if it is known; when nothing is known it is read as two if it can be.
    """
    if address in known:
        return (address,)
    unknown_count = {reading: sum(slug not in known for slug in reading) for reading in possible_readings(address)}
    return min(
        unknown_count,
        key=lambda reading: (unknown_count[reading], -len(reading), _rank(reading)),
        default=(address,),
    )


def _rank(reading: Reading) -> tuple[bool, bool, int, list[int]]:
    repeats, misplaced = len(set(reading)) < len(reading), list(reading) != sorted(reading)
    return repeats, misplaced, len(reading), [len(slug) for slug in reading]


def _cut(address: str, cuts: tuple[int, ...]) -> Reading:
    """The address cut at these places; a cut inside the separator before it leaves an empty slug."""
    starts = [0, *(cut + len(SEPARATOR) for cut in cuts)]
    return tuple(address[start:end] for start, end in zip(starts, [*cuts, len(address)], strict=True))
