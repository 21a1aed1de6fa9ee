"""What a tool's plans have cost over time, from receipts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from itertools import groupby, pairwise

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from comparisons.models.receipts import unpacked
from comparisons.receipts.steps import Level, StepChart, draw_steps
from tools.figures import day_in_full
from tools.pricing import UNKNOWN_PRICE, entry_plan, price_text

RISE, FALL = gettext_lazy("reviewed before the price rise"), gettext_lazy("cheaper than when reviewed")


@dataclass(frozen=True, slots=True)
class Cost:
    """One plan as it cost for a while."""

    name: str
    amount: Decimal | None
    currency: str
    period: str
    unit: str
    position: int

    @property
    def text(self) -> str:
        return price_text(self)

    def differs_from(self, other: Cost) -> bool:
        """Whether it costs something else. The same figure in another currency is a correction, and a name no price."""
        return (self.amount, self.period, self.unit) != (other.amount, other.period, other.unit)

    def rise_to(self, other: Cost) -> Decimal | None:
        """How much more the other costs to begin; None where the two cannot be compared."""
        if self.amount is None or other.amount is None or self._measure == other._measure:
            return (other.amount or Decimal(0)) - (self.amount or Decimal(0))
        return None

    @property
    def _measure(self) -> tuple[str, str, str]:
        return self.currency, self.period, self.unit


@dataclass(frozen=True, slots=True)
class Step:
    """From a moment on a plan cost this; no cost when it was gone."""

    plan: int
    since: datetime
    cost: Cost | None

    @property
    def told(self) -> tuple[str, str] | None:
        """What a reader sees of it."""
        return (self.cost.name, self.cost.text) if self.cost else None


@dataclass(frozen=True, slots=True)
class Stretch:
    """What one plan cost from one day until another; `until` is None while it does."""

    cost: Cost
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Entry:
    since: datetime
    cost: Cost | None

    @property
    def text(self) -> str:
        return self.cost.text if self.cost else UNKNOWN_PRICE


@dataclass(frozen=True)
class PriceLog:
    """Steps oldest first."""

    steps: Sequence[Step]

    @cached_property
    def stretches(self) -> list[Stretch]:
        """Every price that any plan has had, newest first; a reading that changed no price is no end of one."""
        found = []
        for _plan, group in groupby(sorted(self.steps, key=lambda step: step.plan), key=lambda step: step.plan):
            steps = [step for step, before in _with_before(group) if before is None or step.told != before.told]
            ends = [*(step.since for step in steps[1:]), None]
            found += [Stretch(step.cost, step.since, end) for step, end in zip(steps, ends, strict=True) if step.cost]
        return sorted(found, key=lambda stretch: stretch.since, reverse=True)

    @cached_property
    def entries(self) -> list[Entry]:
        """What had to be paid to begin, and since when, oldest first; only where that changed."""
        live: dict[int, Cost | None] = {}
        found: list[Entry] = []
        for since, group in groupby(self.steps, key=lambda step: step.since):
            live.update((step.plan, step.cost) for step in group)
            known = [(cost.position, plan, cost) for plan, cost in live.items() if cost]
            cost = entry_plan(cost for *_, cost in sorted(known, key=lambda item: item[:2]))
            if not found or found[-1].text != (cost.text if cost else UNKNOWN_PRICE):
                found.append(Entry(since, cost))
        return found

    @property
    def has_changed(self) -> bool:
        """Whether any plan has ever cost something else, or is gone."""
        return any(stretch.until for stretch in self.stretches)

    @cached_property
    def changes(self) -> list[datetime]:
        """When what the tool costs changed, oldest first.

        A plan that costs something else counts, and so does another entry price. A plan that comes or goes and leaves
        the entry price alone does not, nor a price that was out of sight for a while and came back the same.
        """
        kept: dict[int, list[tuple[datetime, Cost]]] = {}
        for step in self.steps:
            if step.cost:
                kept.setdefault(step.plan, []).append((step.since, step.cost))
        entry = [(entry.since, entry.cost) for entry in self.entries if entry.cost]
        told = (pair for line in (*kept.values(), entry) for pair in pairwise(line))
        return sorted({since for (_, before), (since, cost) in told if cost.differs_from(before)})

    def drift_since(self, moment: datetime) -> str:
        """RISE or FALL of the entry price between a moment and now; empty when neither, or not known."""
        then = next((entry.cost for entry in reversed(self.entries) if entry.since <= moment), None)
        now = self.entries[-1].cost if self.entries else None
        change = then.rise_to(now) if then and now else None
        return str(RISE if change > 0 else FALL) if change else ""

    @cached_property
    def chart(self) -> StepChart | None:
        """The entry price as a line of steps; None while there is nothing to compare."""
        entries = [entry for entry in self.entries if entry.cost]
        first = entries[0].cost if entries else None
        comparable = first is not None and all(
            entry.cost and first.rise_to(entry.cost) is not None for entry in entries
        )
        return draw(entries) if comparable and len(entries) > 1 else None


def draw(entries: Sequence[Entry], until: datetime | None = None) -> StepChart:
    """The entry price over time; `until` is now unless it is said."""
    levels = [Level(entry.since, _amount(entry), entry.text) for entry in entries]
    highest = max(level.height for level in levels) or 1.0
    return draw_steps(levels, highest, _sentence(entries), until)


def _sentence(entries: Sequence[Entry]) -> str:
    """What the chart shows, for whoever does not see it."""
    until = [
        _("%(price)s until %(day)s") % {"price": before.text, "day": day_in_full(after.since)}
        for before, after in pairwise(entries)
    ]
    words = _("Entry price: %(until)s, %(price)s since.")
    return words % {"until": _(", ").join(until), "price": entries[-1].text}


def read_steps(texts: Iterable[str]) -> list[Step]:
    """Prices as `ReceiptQuerySet.prices` packs them, oldest first."""
    rows = [unpacked(text) for text in texts]
    return [Step(row["plan"], datetime.fromisoformat(row["since"]), _cost(row["after"])) for row in reversed(rows)]


def _cost(after: dict[str, object] | None) -> Cost | None:
    parts = ("name", "amount", "currency", "period", "unit", "position")
    return Cost(**{part: after[part] for part in parts}) if after else None  # type: ignore[arg-type]


def _with_before(steps: Iterable[Step]) -> list[tuple[Step, Step | None]]:
    known = list(steps)
    return list(zip(known, [None, *known], strict=False))


def _amount(entry: Entry) -> float:
    return float(entry.cost.amount or 0) if entry.cost else 0.0
