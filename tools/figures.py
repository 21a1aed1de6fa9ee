"""Numbers and days as the edition's language writes them. Machines get them plain, and never from here."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache

from django.utils.formats import date_format, get_format, number_format
from django.utils.translation import gettext as _

# An edition has one language for as long as it runs, and asking for its formats each time costs ten times as much.


def number(value: Decimal | int) -> str:
    """1,234 and 0.5 in English, 1.234 and 0,5 in German."""
    return _grouped(str(value) if isinstance(value, int) else f"{value:f}")


@lru_cache(maxsize=10_000)
def _grouped(digits: str) -> str:
    """By its digits: as numbers 2.5 and 2.50 are equal, and either would be remembered for both."""
    return number_format(digits, force_grouping=True)


@lru_cache(maxsize=10_000)
def percent(value: int) -> str:
    """62% in English, 62 % in German."""
    return _("%(number)s%%") % {"number": number(value)}


@lru_cache(maxsize=10_000)
def share(part: int, whole: int) -> str:
    """A count and what it is of: 3 of 4."""
    return _("%(part)s of %(whole)s") % {"part": number(part), "whole": number(whole)}


@lru_cache(maxsize=10_000)
def day(moment: date) -> str:
    """17 Nov 2026, as English editions write it."""
    return date_format(moment, "DATE_FORMAT")


@lru_cache(maxsize=1_000)
def day_in_full(moment: date) -> str:
    """17 November 2026, for sentences. A language that has no such form of ours has only one way to write a day."""
    has_own = get_format("FULL_DATE_FORMAT") != "FULL_DATE_FORMAT"  # Django answers with the name of what it lacks
    return date_format(moment, "FULL_DATE_FORMAT" if has_own else "DATE_FORMAT")


@lru_cache(maxsize=1_000)
def day_of_year(moment: date) -> str:
    """17 Nov"""
    return date_format(moment, "MONTH_DAY_FORMAT")


@lru_cache(maxsize=1_000)
def month(moment: date) -> str:
    """November 2026"""
    return date_format(moment, "YEAR_MONTH_FORMAT")


@lru_cache(maxsize=1_000)
def minute(moment: datetime) -> str:
    """17 Nov 2026, 09:00 UTC"""
    universal = moment.astimezone(UTC)
    parts = {"day": date_format(universal, "DATE_FORMAT"), "time": date_format(universal, "H:i")}
    return _("%(day)s, %(time)s UTC") % parts
