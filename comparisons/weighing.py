"""Your panel: a reader's own weights for the reviewers, kept in the address so that a view can be shared.

`?w-the-builder=3&w-the-skeptic=0`: one parameter a reviewer, 0 to 3; a reviewer who is not named weighs 1. A tool's
share is then the weights of the reviewers who ship it, of the weights of all who have reviewed it, and the verdict word
follows by the one rule. Equal weights are the published numbers, so they lead back to the published page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

PREFIX = "w-"
WEIGHTS = {"0": 0, "1": 1, "2": 2, "3": 3}
USUAL = 1


class Weighed(Protocol):
    """What is known here of a reviewer."""

    @property
    def pk(self) -> int: ...
    @property
    def slug(self) -> str: ...
    @property
    def short_name(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Preset:
    """Weights that suit a kind of reader, by the address of the reviewer; anybody else weighs 1."""

    title: object
    weights: Mapping[str, int]

    @property
    def name(self) -> str:
        """In the edition's language."""
        return str(self.title)


PRESETS = (
    # Alone, the one who builds is the one who pays: it has to work this week and at this price.
    Preset(gettext_lazy("Solo developer"), {"the-builder": 3, "the-founder": 2, "the-skeptic": 1, "the-futurist": 0}),
    # What is on paper counts, then the contract; a good story about the future does not.
    Preset(
        gettext_lazy("Regulated enterprise"), {"the-skeptic": 3, "the-founder": 2, "the-builder": 1, "the-futurist": 0}
    ),
)


@dataclass(frozen=True)
class Weighing:
    """The weights in force for some reviewers, and what had to be left out of those that were asked for."""

    seats: Sequence[Weighed] = ()
    asked: Mapping[str, int] = field(default_factory=dict)
    complaints: Sequence[str] = ()
    was_asked: bool = False

    @cached_property
    def levels(self) -> list[tuple[Weighed, int]]:
        """Every reviewer with their weight, in panel order."""
        return [(seat, self.asked.get(seat.slug, USUAL)) for seat in self.seats]

    @property
    def is_on(self) -> bool:
        """Whether the weights differ at all."""
        return len({weight for _, weight in self.levels}) > 1

    @property
    def leads_back(self) -> bool:
        """Equal weights were asked for, and nothing has to be said about them."""
        return self.was_asked and not self.is_on and not self.complaints

    @property
    def by_seat(self) -> dict[int, int]:
        """What a scorecard weighs with; empty when the published numbers stand."""
        return {seat.pk: weight for seat, weight in self.levels} if self.is_on else {}

    @property
    def text(self) -> str:
        return ", ".join(f"{seat.short_name} {weight}" for seat, weight in self.levels)

    @property
    def query(self) -> str:
        """These weights as an address keeps them, the usual ones left out; empty when all are usual."""
        named = {PREFIX + seat.slug: weight for seat, weight in self.levels if weight != USUAL}
        return f"?{urlencode(named)}" if self.is_on else ""

    @property
    def name(self) -> str:
        """The preset that has exactly these weights."""
        return next((preset.name for preset, other in self.presets if other.levels == self.levels), "")

    @cached_property
    def presets(self) -> list[tuple[Preset, Weighing]]:
        """Every preset for these reviewers. One that knows none of them, or weighs all alike, is not offered."""
        offered = [(preset, Weighing(self.seats, preset.weights)) for preset in PRESETS]
        return [(preset, weighing) for preset, weighing in offered if weighing.is_on]


def read_weights(query: Mapping[str, str], seats: Sequence[Weighed]) -> Weighing:
    """The weights that an address asks for. What cannot be used is left out with a sentence, the rest is used."""
    wished = {name.removeprefix(PREFIX): value for name, value in query.items() if name.startswith(PREFIX)}
    slugs = {seat.slug for seat in seats}
    asked = {slug: WEIGHTS[value] for slug, value in wished.items() if slug in slugs and value in WEIGHTS}
    complaints = []
    if wished.keys() - slugs:
        complaints.append(_("A weight for somebody who is not on this panel was left out."))
    if any(value not in WEIGHTS for value in wished.values()):
        complaints.append(_("A weight is 0, 1, 2 or 3; anything else was left out."))
    if seats and not any(asked.get(seat.slug, USUAL) for seat in seats):
        asked, complaints = (
            {},
            [*complaints, _("With 0 for everybody nobody is left to ask, so the weights were left out.")],
        )
    return Weighing(seats, asked, complaints, was_asked=bool(wished))
