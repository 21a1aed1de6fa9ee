"""The newest receipts of the tools on a page, and what their reviewers said before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from django.utils.translation import ngettext

from comparisons.models.receipts import unpacked
from comparisons.receipts.turns import Stance
from comparisons.receipts.words import ReceiptLine
from tools.figures import number

LOGGED = 24
FOLD = 3
_COUNTED: Mapping[tuple[str, str], Callable[[int], str]] = {
    ("price", "published"): lambda n: ngettext("%(count)s price is on file.", "%(count)s prices are on file.", n),
    ("price", "changed"): lambda n: ngettext("%(count)s price is changed.", "%(count)s prices are changed.", n),
    ("price", "withdrawn"): lambda n: ngettext("%(count)s price is withdrawn.", "%(count)s prices are withdrawn.", n),
    ("fact", "published"): lambda n: ngettext("%(count)s fact is on file.", "%(count)s facts are on file.", n),
    ("fact", "changed"): lambda n: ngettext("%(count)s fact is changed.", "%(count)s facts are changed.", n),
    ("fact", "withdrawn"): lambda n: ngettext("%(count)s fact is withdrawn.", "%(count)s facts are withdrawn.", n),
}


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbours that say the same of many for one reason: they stand as one line once there are more than three."""

    lines: Sequence[ReceiptLine]

    @property
    def is_folded(self) -> bool:
        return len(self.lines) > FOLD and self.lines[0].kind in ("price", "fact")

    @property
    def reason(self) -> str:
        return self.lines[0].reason

    @property
    def text(self) -> str:
        """The count of what is folded, for instance `8 facts are on file.`"""
        counted = _COUNTED[self.lines[0].kind, self.lines[0].act](len(self.lines))
        return counted % {"count": number(len(self.lines))}


@dataclass(frozen=True, slots=True)
class Day:
    """What happened to one tool, or to one pair, on one day; `lines` are newest first."""

    day: date
    lines: Sequence[ReceiptLine]

    @property
    def head(self) -> ReceiptLine:
        return self.lines[0]

    @property
    def entered_on(self) -> date | None:
        """When the site learned of it, if all of it was learned on one later day."""
        days = {line.recorded_at.date() for line in self.lines}
        return days.pop() if len(days) == 1 and self.head.was_entered_later else None

    @property
    def runs(self) -> list[Run]:
        same = groupby(self.lines, key=lambda line: (line.kind, line.act, line.reason))
        return [Run(list(group)) for _, group in same]


def by_day(lines: Iterable[ReceiptLine]) -> list[Day]:
    """Lines in their order, put together where neighbours tell of the same tools and day."""
    grouped = groupby(lines, key=lambda line: (line.effective_at.date(), line.tool_name))
    return [Day(day, list(group)) for (day, _), group in grouped]


def read_lines(texts: Iterable[str]) -> list[ReceiptLine]:
    """Receipts as `ReceiptQuerySet.packed` packs them."""
    return [_line(**unpacked(text)) for text in texts]


def read_stances(texts: Iterable[str]) -> list[Stance]:
    """Verdicts as `ReceiptQuerySet.stances` packs them, oldest first."""
    packed = [unpacked(text) for text in texts]
    return [
        Stance(row["reviewer"], row["verdict"], datetime.fromisoformat(row["since"]), row["reason"])
        for row in reversed(packed)
    ]


def merged(logs: Iterable[Sequence[ReceiptLine]]) -> list[ReceiptLine]:
    """The newest of several logs, newest first, as many as one log may have."""
    lines = [line for log in logs for line in log]
    return sorted(lines, key=lambda line: (line.effective_at, line.pk), reverse=True)[:LOGGED]


def _line(*, effective_at: str, recorded_at: str, before: object, after: object, **rest: object) -> ReceiptLine:
    moments = datetime.fromisoformat(effective_at), datetime.fromisoformat(recorded_at)
    return ReceiptLine(
        **rest,  # type: ignore[arg-type]
        before=before or {},  # type: ignore[arg-type]
        after=after or {},  # type: ignore[arg-type]
        effective_at=moments[0],
        recorded_at=moments[1],
    )
