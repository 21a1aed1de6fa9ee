"""What a count of votes can honestly say: a share, the range it probably lies in, and how firm it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, sqrt
from typing import TypedDict

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tools.figures import number, percent, share
from tools.shares import whole_percent

VOTES_NEEDED = 10
Z = 1.959963984540054  # the two-sided 95 % point of the normal distribution


def wilson_interval(ship: int, total: int) -> tuple[float, float]:
    """The 95 % Wilson score interval of `ship` of `total`, as shares between 0 and 1.

    Source: E. B. Wilson, Probable inference, the law of succession, and statistical inference, 1927. It stays inside
    0 to 1 and is honest for few votes, where the usual plus-minus is not. ValueError without votes.

    >>> [f"{100 * bound:.1f}" for bound in wilson_interval(8, 10)]
    ['49.0', '94.3']
    """
    if total <= 0 or not 0 <= ship <= total:
        raise ValueError(f"{ship} of {total} votes has no interval.")
    share, spread = ship / total, Z**2 / total
    middle = share + spread / 2
    half = Z * sqrt((share * (1 - share) + spread / 4) / total)
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
    """The counted votes of one crowd on one tool, and how a page puts them.

    Below ten votes nothing but the count is said.
    """

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
    def range_text(self) -> str:
        """The likely range in whole percent, halves up; empty while it is withheld.

        >>> Community(27, 15).range_text
        '49% to 77%'
        """
        if not self.is_shown:
            return ""
        low, high = self._bounds
        return _("%(low)s to %(high)s") % {"low": percent(low), "high": percent(high)}

    @property
    def _bounds(self) -> tuple[int, int]:
        """The likely range in whole percent, halves up."""
        low, high = (floor(100 * bound + 0.5) for bound in wilson_interval(self.ship, self.total))
        return low, high

    @property
    def count_text(self) -> str:
        if self.is_shown:
            return share(self.ship, self.total)
        return _("%(total)s of %(needed)s votes needed") % {"total": number(self.total), "needed": number(VOTES_NEEDED)}

    @property
    def headline(self) -> str:
        """The figure, or why there is none.

        >>> Community(27, 15).headline, Community(3, 1).headline, Community().headline
        ('64%', 'Too early', 'No votes yet')
        """
        if self.is_shown:
            return percent(self.percent or 0)
        return _("Too early") if self.total else _("No votes yet")

    @property
    def detail(self) -> str:
        """What the headline stands on.

        >>> Community(27, 15).detail, Community(3, 1).detail
        ('of 42 votes', '4 of 10 votes needed')
        """
        if not self.is_shown:
            return self.count_text
        return ngettext("of %(total)s vote", "of %(total)s votes", self.total) % {"total": number(self.total)}

    @property
    def note(self) -> str:
        """How firm the figure is, or when there will be one.

        >>> Community(27, 15).note
        'Likely between 49% and 77%'
        """
        if self.is_shown:
            low, high = self._bounds
            return _("Likely between %(low)s and %(high)s") % {"low": percent(low), "high": percent(high)}
        return _("A percentage appears from %(needed)s readers’ votes on.") % {"needed": number(VOTES_NEEDED)}

    @property
    def flip_text(self) -> str:
        """What would turn the community's word; empty while there is none.

        >>> Community(20, 10).flip_text, Community(8, 12).flip_text, Community(5, 5).flip_text
        ('11 more skips would turn it.', '5 more ships would turn it.', 'A tie: the next vote decides.')
        """
        if not self.is_shown:
            return ""
        if self.ship == self.skip:
            return _("A tie: the next vote decides.")
        margin = flip_margin(self.ship, self.skip)
        if self.ship > self.skip:
            said = ngettext("%(margin)s more skip would turn it.", "%(margin)s more skips would turn it.", margin)
        else:
            said = ngettext("%(margin)s more ship would turn it.", "%(margin)s more ships would turn it.", margin)
        return said % {"margin": number(margin)}

    @property
    def label(self) -> str:
        """The drawn bar as a sentence; empty while nothing is drawn.

        >>> Community(27, 15).label
        '64 percent ship, likely between 49 and 77'
        """
        if not self.is_shown:
            return ""
        low, high = self._bounds
        words = _("%(number)s percent ship, likely between %(low)s and %(high)s")
        return words % {"number": number(self.percent or 0), "low": number(low), "high": number(high)}


class CommunityFacts(TypedDict):
    """What a page shows of a community, and what an answer to a vote says anew."""

    headline: str
    detail: str
    note: str
    flip: str
    label: str
    percent: int | None
    low: float | None
    high: float | None


def community_facts(community: Community) -> CommunityFacts:
    """Everything a page shows of a community: template and JSON both ask here, so that they cannot differ.

    >>> community_facts(Community(27, 15))["headline"]
    '64%'
    """
    low, high = community.interval or (None, None)
    return {
        "headline": community.headline,
        "detail": community.detail,
        "note": community.note,
        "flip": community.flip_text,
        "label": community.label,
        "percent": community.percent,
        "low": low,
        "high": high,
    }


def passing_text(passing: Community) -> str:
    """The votes that are shown apart and never counted in; empty when there are none.

    >>> passing_text(Community(3, 1))
    'Readers passing by: 3 ship, 1 skip'
    """
    if not passing.total:
        return ""
    words = _("Readers passing by: %(ship)s ship, %(skip)s skip")
    return words % {"ship": number(passing.ship), "skip": number(passing.skip)}


def shared_ranks(communities: Sequence[Community]) -> list[int]:
    """The rank of each, in the order of their lower bounds (largest first); tools that cannot be told apart share one.

    A line shares the rank of its group's leader, the first of the group, while their intervals overlap; the first
    line whose upper end lies below the leader's lower end leads the next group, and its rank is its place in the list.
    Every line is held against its leader and not against its neighbour, because overlapping is not transitive: in a
    long chain of neighbours that overlap, first and last would share a rank though their intervals are far apart.
    ValueError for a community without votes.

    >>> shared_ranks([Community(95, 5), Community(90, 10), Community(50, 50)])
    [1, 1, 3]
    """
    ranks: list[int] = []
    leader_low = 0.0
    for place, community in enumerate(communities, start=1):
        low, high = wilson_interval(community.ship, community.total)
        if not ranks or high < leader_low:
            ranks.append(place)
            leader_low = low
        else:
            ranks.append(ranks[-1])
    return ranks
