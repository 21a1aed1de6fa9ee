"""How long holds what was read at a source. Page, comparison, badge and embed all ask here.

A price or fact says when it was checked. It is due for re-inspection once that is longer ago than its limit: the
criterion's own number of days, else the house's (`GOOD_FOR_DAYS`); a price's is `PRICES_GOOD_FOR_DAYS`. Nothing is
stored: the rule is applied to a day, and a page of a day gone by is judged by that day.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Protocol

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tools.figures import number


class Checked(Protocol):
    """A price or a fact, as a plain row: the day of its check, None for what is not read at a source; its own limit."""

    @property
    def checked_on(self) -> date | None: ...
    @property
    def good_for_days(self) -> int | None: ...


def today() -> date:
    """The day by which a page of now is judged, in UTC like every day here."""
    return timezone.now().date()


def limit(good_for_days: int | None) -> int:
    """For how many days a fact holds whose criterion says this, or says nothing."""
    return int(good_for_days or settings.GOOD_FOR_DAYS)


def price_limit() -> int:
    """For how many days a price holds."""
    return int(settings.PRICES_GOOD_FOR_DAYS)


def days_if_due(piece: Checked, day: date) -> int | None:
    """How many days ago it was checked, if that is longer ago than its limit on this day; else None.

    A fact on its last day still holds: with a limit of 180 days it is due on the 181st.
    """
    if piece.checked_on is None:
        return None
    age = (day - piece.checked_on).days
    return age if age > limit(piece.good_for_days) else None


def is_any_due(pieces: Iterable[Checked], day: date) -> bool:
    """Whether a tool with these prices and facts is due for re-inspection."""
    return any(days_if_due(piece, day) is not None for piece in pieces)


def due_text(piece: Checked, day: date) -> str:
    """What stands beside a price or fact: `checked 210 days ago: re-inspection due`; empty while it holds."""
    age = days_if_due(piece, day)
    if age is None:
        return ""
    words = ngettext("checked %(days)s day ago: %(due)s", "checked %(days)s days ago: %(due)s", age)
    return words % {"days": number(age), "due": due_words()}


def due_words() -> str:
    """What a tool is called of whose prices or facts one is due."""
    return _("re-inspection due")
