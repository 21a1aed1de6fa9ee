"""What a count of votes can honestly say: a share, the range it probably lies in, and how firm it is."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from tools.shares import whole_percent

VOTES_NEEDED = 10
_Z = 1.959963984540054  # the two-sided 95 % point of the normal distribution


def wilson_interval(ship: int, total: int) -> tuple[float, float]:
    """The 95 % Wilson score interval of `ship` of `total`, as shares between 0 and 1.

    Source: E. B. Wilson, Probable inference, the law of succession, and statistical inference, 1927. It stays inside
    0 to 1 and is honest for few votes, where the usual plus-minus is not. ValueError without votes.

    >>> [f"{100 * bound:.1f}" for bound in wilson_interval(8, 10)]
    ['49.0', '94.3']
    """
    if total <= 0 or not 0 <= ship <= total:
        raise ValueError(f"{ship} of {total} votes has no interval.")
    share, spread = ship / total, _Z**2 / total
    middle = share + spread / 2
    half = _Z * sqrt((share * (1 - share) + spread / 4) / total)
    low, high = (middle - half) / (1 + spread), (middle + half) / (1 + spread)
    return max(0.0, min(low, share)), min(1.0, max(high, share))


def flip_margin(ship: int, skip: int) -> int:
    """How many more votes against the leading side would give the other side the word; from a tie, one decides.

    >>> flip_margin(20, 10)
    11
    """
    return abs(ship - skip) + 1


@dataclass(frozen=True, slots=True)
class Community:
    """The counted account votes on one tool. Below ten votes nothing but the count is said."""

    ship: int = 0
    skip: int = 0

    @property
    def total(self) -> int:
        return self.ship + self.skip

    @property
    def is_shown(self) -> bool:
        return self.total >= VOTES_NEEDED

    @property
    def percent(self) -> int | None:
        return whole_percent(self.ship, self.total) if self.is_shown else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The likely range in percent, to one decimal."""
        if not self.is_shown:
            return None
        low, high = wilson_interval(self.ship, self.total)
        return round(100 * low, 1), round(100 * high, 1)

    @property
    def count_text(self) -> str:
        if self.is_shown:
            return f"{self.ship} of {self.total}"
        return f"{self.total} of {VOTES_NEEDED} votes needed"
