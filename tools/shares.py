"""Shares as whole numbers. Ratios stay two integers until the moment they are shown."""

from __future__ import annotations


def whole_percent(part: int, whole: int) -> int:
    """`part` of `whole` in percent, halves rounded up; ValueError when there is no whole or part lies outside it.

    >>> whole_percent(3, 4), whole_percent(1, 8), whole_percent(2, 3)
    (75, 13, 67)
    """
    if whole <= 0 or not 0 <= part <= whole:
        raise ValueError(f"{part} of {whole} is not a share.")
    return (200 * part + whole) // (2 * whole)
