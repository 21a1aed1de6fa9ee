"""What of a tool's own goes along when it becomes part of another: prices, facts, asks, addresses."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.models import User
from editorial.permissions import made_the_last_change
from tools.asks.telling import tell_after_commit
from tools.facts import value_text
from tools.models import Fact, Plan, Tool, WantedTool
from tools.pricing import price_text

_LAST_PLACE = 32_767


@dataclass(frozen=True, slots=True)
class Clash:
    """A price or fact that both tools have. The other's replaces ours if it was checked later, or if one says so."""

    key: str
    mine: Plan | Fact
    theirs: Plan | Fact

    @property
    def is_theirs_newer(self) -> bool:
        return self.theirs.checked_on > self.mine.checked_on

    @property
    def name(self) -> str:
        return str(self.mine.criterion if isinstance(self.mine, Fact) else self.mine)

    @property
    def mine_text(self) -> str:
        return _text(self.mine)

    @property
    def theirs_text(self) -> str:
        return _text(self.theirs)

    @property
    def is_same(self) -> bool:
        return all(getattr(self.mine, part) == getattr(self.theirs, part) for part in _parts(self.mine))


def find_clashes(gone: Tool, kept: Tool) -> list[Clash]:
    """Prices of one name and facts of one criterion, in the order of the page; four queries."""
    plans = {plan.name: plan for plan in gone.plans.all()}
    facts = {fact.criterion_id: fact for fact in gone.facts.select_related("criterion")}
    found = [Clash(f"plan-{mine.pk}", mine, plans[mine.name]) for mine in kept.plans.all() if mine.name in plans]
    for mine in kept.facts.select_related("criterion"):
        if mine.criterion_id in facts:
            found.append(Clash(f"fact-{mine.pk}", mine, facts[mine.criterion_id]))
    return found


def move_papers(gone: Tool, kept: Tool, *, theirs: Collection[str]) -> int:
    """Prices and facts that only one of the two has go along; returns how many.

    Of a clash in `theirs` (by its key) the other's values replace ours. Its rows stay where they were, and no reader
    sees them.
    """
    clashes = find_clashes(gone, kept)
    for clash in clashes:
        if clash.key in theirs and not clash.is_same:
            for part in _parts(clash.mine):
                setattr(clash.mine, part, getattr(clash.theirs, part))
            clash.mine.save(update_fields=_parts(clash.mine))
    stays = [clash.theirs.pk for clash in clashes if isinstance(clash.theirs, Plan)]
    plans = list(gone.plans.exclude(pk__in=stays))
    last = max((plan.position for plan in kept.plans.all()), default=-1)
    for place, plan in enumerate(plans, last + 1):
        plan.tool, plan.position = kept, min(place, _LAST_PLACE)
    Plan.objects.bulk_update(plans, ["tool", "position"])
    stays = [clash.theirs.pk for clash in clashes if isinstance(clash.theirs, Fact)]
    return len(plans) + gone.facts.exclude(pk__in=stays).update(tool=kept)


def move_asks(gone: Tool, kept: Tool) -> int:
    """Who asked for the one has asked for the other; returns how many asked inspections that were."""
    count = WantedTool.objects.filter(tool=gone).update(tool=kept)
    if count:
        tell_after_commit()
    return count


def why_not(gone: Tool, kept: Tool, *, by: User | None) -> list[str]:
    """What forbids that one tool becomes part of another, each as a sentence; empty when nothing does."""
    named = {"gone": gone, "kept": kept}
    if gone == kept:
        return [_("Choose two different tools.")]
    found = [
        _("%(tool)s was merged into %(other)s already.") % {"tool": tool, "other": tool.merged_into}
        for tool in (gone, kept)
        if tool.merged_into
    ]
    if gone.published_at is not None and not Tool.objects.published().filter(pk=kept.pk).exists():
        said = _(
            "Readers know %(gone)s, and do not see %(kept)s now. Publish %(kept)s first, or merge it the other way."
        )
        found.append(said % named)
    for tool in (gone, kept):
        if by and made_the_last_change(by, tool):
            said = _("You made the last change to %(tool)s. Somebody else has to merge it.")
            found.append(said % {"tool": tool})
    return found


def _text(row: Plan | Fact) -> str:
    """What readers see of it."""
    if isinstance(row, Plan):
        return _(", ").join(filter(None, (price_text(row), row.note)))
    return value_text(row.criterion.kind, row.value, row.criterion.unit, row.note)


def _parts(row: Plan | Fact) -> Sequence[str]:
    if isinstance(row, Plan):
        return ("amount", "currency", "period", "unit", "note", "source", "checked_on")
    return ("value", "note", "source", "checked_on")
