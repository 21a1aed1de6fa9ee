"""A whole panel on one tool at the desk: who sits where, what each has written, and whose it is to change."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from editorial.models import Publishable
from editorial.permissions import OUT, has_right, may_change, own, visible
from reviews.ages import ages_of
from reviews.models import Review, Reviewer
from reviews.verdicts import Panel
from tools.models import Tool

_S = Review.Status


@dataclass
class Berth:
    """One reviewer's place on the page. What somebody may not know of is not on it: it looks like nothing written.

    `withdrawn` is what they took back last, where nothing else stands; `theirs` is set when somebody else has saved
    the review since the page was opened.
    """

    reviewer: Reviewer
    review: Review | None
    may_write: bool
    is_seen: bool = False
    mark: str = ""
    withdrawn: Review | None = None
    form: Any = None
    theirs: Review | None = None

    def __post_init__(self) -> None:
        self.stood = self.review.verdict if self.review else ""  # a form writes over what the review bears

    @property
    def verdict(self) -> str:
        """The one that the page shows: what was typed, else what is stored."""
        return str(self.form["verdict"].value() or "") if self.form else self.stood

    @property
    def opened_at(self) -> str:
        """What the page sends back, to tell whether it is still the newest."""
        return self.review.updated_at.isoformat() if self.review else ""

    @property
    def is_shown(self) -> bool:
        """Whether there is anything to read or to write."""
        return self.may_write or self.review is not None


@dataclass
class Bench:
    """All of them, and how they lean: what readers see, and what they would if all on the page were out."""

    tool: Tool
    berths: list[Berth] = field(default_factory=list)

    @property
    def seen(self) -> Panel:
        return _panel([berth.stood for berth in self.berths if berth.is_seen])

    @property
    def all_told(self) -> Panel:
        return _panel([berth.verdict for berth in self.berths])

    @property
    def reviews(self) -> list[Review]:
        return [berth.review for berth in self.berths if berth.review]

    @property
    def may_write(self) -> bool:
        return any(berth.may_write for berth in self.berths)


def read_bench(tool: Tool, person: User, *, hold: bool = False) -> Bench:
    """The panel of a tool as this person finds it: six queries, whatever the number of reviewers.

    The active reviewers in the panel's order, then whoever else has a review of the tool that stands. Of a merged tool
    nobody writes another. `hold` keeps the reviews for as long as the transaction lasts.
    """
    stored = Review.objects.filter(tool=tool.pk).select_related("reviewer", "changed_by").order_by("-pk")
    rows = list(stored.select_for_update(of=("self",)) if hold else stored)
    found = _keys(Review.objects.filter(visible(person, Review), tool=tool.pk))
    mine = _keys(Review.objects.filter(own(person, Review), tool=tool.pk))
    current = {row.reviewer_id: row for row in rows if row.pk in found and row.status != _S.WITHDRAWN}
    taken_back = {row.reviewer_id: row for row in reversed(rows) if row.pk in found and row.status == _S.WITHDRAWN}
    seats = list(Reviewer.objects.on_panel())
    others = {row.reviewer for row in current.values()} - set(seats)
    begins = _may_begin(person)
    ages, now = ages_of(tool.pk), timezone.now()
    bench = Bench(tool)
    for seat in [*seats, *sorted(others, key=lambda other: (other.position, other.pk))]:
        review = current.get(seat.pk)
        if review:
            review.tool = tool
            may = may_change(person, review, mine=review.pk in mine)
        else:
            may = begins is None or seat.pk in begins
        seen = review is not None and _is_out(review, now) and _is_out(tool, now)
        mark = ages.mark(seat.pk, review.updated_at) if review else ""
        may = may and not tool.is_closed
        bench.berths.append(Berth(seat, review, may, seen, mark, None if review else taken_back.get(seat.pk)))
    return bench


def _may_begin(person: User) -> set[int] | None:
    """The reviewers for whom somebody may begin a review; None for all of them."""
    if not has_right(person, "add", Review):
        return set()
    if has_right(person, "write_any", Review):
        return None
    return set(Reviewer.objects.filter(writers=person.pk).values_list("pk", flat=True))


def _keys(reviews: QuerySet[Review]) -> set[int]:
    return set(reviews.order_by().values_list("pk", flat=True))


def _is_out(piece: Publishable, now: datetime) -> bool:
    """Whether readers see it now; of a review, if its tool is out too."""
    return piece.status in OUT and piece.published_at is not None and piece.published_at <= now


def _panel(verdicts: list[str]) -> Panel:
    return Panel(verdicts.count("ship"), sum(verdict != "" for verdict in verdicts))
