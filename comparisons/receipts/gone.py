"""What was withdrawn keeps its address: which tool it was, since when, and why."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import F

from comparisons.addresses import possible_readings, readings
from comparisons.models import Receipt


@dataclass(frozen=True, slots=True)
class Gone:
    """A tool that readers could see and can see no longer. `slug` is the address it was asked for by.

    `is_merged`: it became part of another one, where its address leads while that one is public.
    """

    slug: str
    name: str
    withdrawn_at: datetime
    reason: str
    receipt: int
    is_merged: bool

    @property
    def last_day(self) -> date:
        """The last whole day on which it was shown, as far as one was."""
        return self.withdrawn_at.date() - timedelta(days=1)


def find_gone(slugs: Iterable[str]) -> dict[str, Gone]:
    """Those of these addresses whose tool was withdrawn, by address; at most two queries.

    Receipts decide, not the tool's row: a scheduled tool that was called off was never here, and one that is a draft
    again, or deleted, still was.
    """
    shown = Receipt.objects.in_effect().tools_shown_at(slugs)
    rows = Receipt.objects.in_effect().last_of_tools(shown).annotate(merged=F("tool__merged_into"))
    last: dict[int, Any] = {row.piece: row for row in rows} if shown else {}
    gone: dict[str, Gone] = {}
    for piece, row in sorted(last.items(), key=lambda item: item[1].effective_at):
        if row.act == Receipt.Act.WITHDRAWN and row.before:
            for slug in shown[piece]:
                gone[slug] = Gone(
                    slug, (row.before or {})["name"], row.effective_at, row.reason, row.pk, row.merged is not None
                )
    return gone


def gone_among(address: str, known: Collection[str]) -> list[Gone]:
    """The withdrawn tools that a comparison's address names beside tools that are here; empty when it names others."""
    gone = find_gone({slug for reading in possible_readings(address) for slug in reading}.difference(known))
    best = next(iter(readings(address, {*known, *gone})), ()) if gone else ()
    return [gone[slug] for slug in dict.fromkeys(best) if slug in gone]
