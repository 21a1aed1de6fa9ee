"""What a reviewer's verdicts come to over time, and which of them did not stay: from receipts alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import groupby

from django.utils.translation import gettext_lazy

from comparisons.models import Receipt, ReviewerMonth
from comparisons.receipts.listing import line_of
from comparisons.receipts.steps import Level, StepChart, draw_steps
from comparisons.receipts.words import ReceiptLine
from reviews.models import Reviewer
from reviews.verdicts import Panel
from tools.figures import month as month_text
from tools.figures import percent as percent_text

LISTED = 24

# What the chart says, by whether the rate fell, stayed or rose.
_SENTENCES = {
    -1: gettext_lazy("The ship rate fell from %(before)s in %(first)s to %(after)s in %(last)s."),
    0: gettext_lazy("The ship rate was %(after)s in %(first)s and is %(after)s in %(last)s."),
    1: gettext_lazy("The ship rate rose from %(before)s in %(first)s to %(after)s in %(last)s."),
}


@dataclass(frozen=True, slots=True)
class Month:
    """How many verdicts were published and reversed in a month, and all that stood published at its end."""

    first_day: datetime
    published: int
    reversals: int
    signed: Panel


@dataclass(frozen=True)
class TrackRecord:
    """`months` are those in which anything happened, oldest first; `reversals` the newest receipts of reversed ones."""

    months: Sequence[Month]
    reversals: Sequence[ReceiptLine]

    @property
    def signed(self) -> Panel:
        """Published SHIP reviews of published reviews, now."""
        return self.months[-1].signed if self.months else Panel()

    @property
    def reversal_count(self) -> int:
        return sum(month.reversals for month in self.months)

    @cached_property
    def chart(self) -> StepChart | None:
        """The ship rate as a line of steps; None while there is but one month to show."""
        rated = [month for month in self.months if month.signed.review_count]
        if len(rated) < 2:
            return None
        groups = groupby(rated, key=lambda month: month.signed.percent or 0)
        levels = [Level(next(group).first_day, rate, percent_text(rate)) for rate, group in groups]
        return draw_steps(levels, 100, _sentence(rated))


def load_track(reviewer: Reviewer) -> TrackRecord:
    """Two queries."""
    rows = Receipt.objects.in_effect().reversals_of(reviewer).newest_first().rows()[:LISTED]
    months = ReviewerMonth.objects.filter(reviewer=reviewer).by_month()
    return TrackRecord(_summed(months), [line_of(row) for row in rows])


def _summed(rows: Iterable[tuple[datetime, int, int, int, int]]) -> list[Month]:
    ships = reviews = 0
    months = []
    for first_day, published, more_reviews, more_ships, reversals in rows:
        ships, reviews = ships + more_ships, reviews + more_reviews
        months.append(Month(first_day, published, reversals, Panel(ships, reviews)))
    return months


def _sentence(rated: Sequence[Month]) -> str:
    first, last = rated[0], rated[-1]
    before, after = first.signed.percent or 0, last.signed.percent or 0
    sentence = _SENTENCES[(after > before) - (after < before)]
    days = {"first": month_text(first.first_day), "last": month_text(last.first_day)}
    return str(sentence) % {"before": percent_text(before), "after": percent_text(after), **days}
