"""The one verdict rule. Page, card, badge, email, feed and data all ask here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tools.figures import percent, share
from tools.shares import whole_percent


class Word(StrEnum):
    """The verdict word of a tool, as data; `word_text` is what pages print."""

    SHIP = "ship"
    SKIP = "skip"
    SPLIT = "split"
    UNREVIEWED = "unreviewed"


WORD_TEXTS = {
    Word.SHIP: gettext_lazy("Ship"),
    Word.SKIP: gettext_lazy("Skip"),
    Word.SPLIT: gettext_lazy("Split"),
    Word.UNREVIEWED: gettext_lazy("Unreviewed"),
}


@cache
def word_text(word: str) -> str:
    """The word as pages print it, in the edition's language."""
    return str(WORD_TEXTS[Word(word)])


def verdict_word(ship_count: int, review_count: int) -> Word:
    """Ship when more than half ship, Skip when fewer than half, Split on a tie, Unreviewed with no review.

    Both counts are of published reviews; ValueError when they cannot be (negative, or more ships than reviews).
    """
    if not 0 <= ship_count <= review_count:
        raise ValueError(f"{ship_count} ships of {review_count} reviews cannot be.")
    if review_count == 0:
        return Word.UNREVIEWED
    if 2 * ship_count == review_count:
        return Word.SPLIT
    return Word.SHIP if 2 * ship_count > review_count else Word.SKIP


@dataclass(frozen=True, slots=True)
class Panel:
    """How the panel stands on one tool: published SHIP reviews of published reviews."""

    ship_count: int = 0
    review_count: int = 0

    @property
    def word(self) -> Word:
        return verdict_word(self.ship_count, self.review_count)

    @property
    def percent(self) -> int | None:
        """Panel ship in whole percent; None without reviews."""
        return whole_percent(self.ship_count, self.review_count) if self.review_count else None

    @property
    def count_text(self) -> str:
        return share(self.ship_count, self.review_count)

    @property
    def minority_count(self) -> int:
        """How many stand against the majority; half of the panel on a split."""
        return min(self.ship_count, self.review_count - self.ship_count)

    @property
    def minority_percent(self) -> int | None:
        return whole_percent(self.minority_count, self.review_count) if self.review_count else None

    @property
    def division_text(self) -> str:
        """Disagreement within the panel in words; empty while fewer than two have reviewed.

        >>> Panel(3, 4).division_text, Panel(4, 4).division_text
        ('1 of 4 on the panel disagrees, 25%.', 'The panel is of one mind.')
        """
        if self.review_count < 2:
            return ""
        if not self.minority_count:
            return _("The panel is of one mind.")
        count = share(self.minority_count, self.review_count)
        if self.word == Word.SPLIT:
            return _("The panel is split down the middle, %(count)s.") % {"count": count}
        said = ngettext(
            "%(count)s on the panel disagrees, %(percent)s.",
            "%(count)s on the panel disagree, %(percent)s.",
            self.minority_count,
        )
        return said % {"count": count, "percent": percent(self.minority_percent or 0)}

    def compare(self, other: Panel) -> int:
        """1 when this panel share is larger, -1 when smaller, 0 when equal; exact, on integers.

        ValueError when one of the two has no review: there is nothing to compare.
        """
        if not (self.review_count and other.review_count):
            raise ValueError("A tool without reviews has no panel share.")
        mine, theirs = self.ship_count * other.review_count, other.ship_count * self.review_count
        return (mine > theirs) - (mine < theirs)
