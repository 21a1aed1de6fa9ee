"""`?as_of=2026-10-01`: which moment a reader means."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from comparisons.addresses import possible_readings, readings
from comparisons.fleets import Fleet
from comparisons.models import Receipt
from comparisons.pairs import Pair, in_words
from comparisons.receipts.rebuild import Advice, Rebuilt, first_day, rebuild
from comparisons.scorecards import Scorecard
from tools.figures import day_in_full

PARAMETER = "as_of"
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class NoSuchPageError(Exception):
    """Why there is no page of that day, as a sentence for the reader. `day` is what they asked for, if it is a day."""

    def __init__(self, words: str, day: date | None = None) -> None:
        super().__init__(words)
        self.day = day


@dataclass(frozen=True, slots=True)
class PastPage:
    """A page of a day gone by; `is_today` while that day is not over."""

    day: date
    rebuilt: Rebuilt
    is_today: bool

    @property
    def cards(self) -> list[Scorecard]:
        return list(self.rebuilt.cards.values())

    @property
    def pair(self) -> Pair:
        first, second = self.cards
        return Pair(first, second, self.rebuilt.seats)

    @property
    def fleet(self) -> Fleet:
        """Three or four tools of that day."""
        return Fleet(self.cards, self.rebuilt.seats)

    @property
    def advice(self) -> Advice | None:
        keys = [card.tool.pk for card in self.cards]
        return self.rebuilt.advice.get((keys[0], keys[1]))


def read_day(text: str) -> date:
    """The day that an address names; NoSuchPageError when it names none, or one to come."""
    try:
        day = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None:
        raise NoSuchPageError(_("That is not a day. Write it like 2026-10-01, or choose one below."))
    if day > timezone.now().date():
        raise NoSuchPageError(_("%(day)s has not happened yet.") % {"day": _in_words(day)}, day)
    return day


def load_past(text: str, *slugs: str) -> PastPage | None:
    """These tools at the end of a day in UTC; None if this site has never shown one of them.

    At most six queries. NoSuchPageError when there is no such day, or nothing was known then.
    """
    day, now = read_day(text), timezone.now()
    is_today = day == now.date()
    moment = now if is_today else datetime.combine(day + timedelta(days=1), time.min, UTC) - timedelta(microseconds=1)
    rebuilt = rebuild(slugs, moment)
    if len(rebuilt.cards) == len(set(slugs)):
        return PastPage(day, rebuilt, is_today)
    missing = [slug for slug in slugs if slug not in rebuilt.cards]
    first = [first_day([slug]) for slug in missing]
    if None in first:
        return None
    latest = max(filter(None, first))
    if latest > day:
        words = _("On %(day)s nothing was known yet. The first receipt is of %(first_day)s.")
        raise NoSuchPageError(words % {"day": _in_words(day), "first_day": _in_words(latest)}, day)
    words = _("On %(day)s %(names)s had been taken off the list.")
    raise NoSuchPageError(words % {"day": _in_words(day), "names": in_words(missing)}, day)


def past_tools(address: str) -> tuple[str, ...]:
    """The tools, two to four, that a comparison's address names, if all have ever been shown; one query.

    Empty when it names no such tools, or one of them twice.
    """
    possible = possible_readings(address.lower())
    known = Receipt.objects.in_effect().addresses_among({slug for reading in possible for slug in reading})
    best = next(iter(readings(address.lower(), known)), ())
    return best if len(set(best)) == len(best) else ()


def _in_words(day: date) -> str:
    return day_in_full(day) if day.year >= 1000 else day.isoformat()
