"""Which reviews are older than a price of their tool.

Public pages know it from receipts, which an app above keeps. For the desk that app registers here, in its
AppConfig.ready(), how to read a tool's past.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _

from tools.figures import day_in_full


@dataclass(frozen=True, slots=True)
class Ages:
    """When the prices of a tool changed, oldest first; and when each reviewer last wrote what readers see."""

    changes: Sequence[datetime] = ()
    written: Mapping[int, datetime] = field(default_factory=dict)

    def mark(self, reviewer: int, saved_at: datetime) -> str:
        """What stands beside a review, by when readers saw it change, else by when it was saved; empty if nothing."""
        return written_before(self.changes, self.written.get(reviewer, saved_at))


def written_before(changes: Sequence[datetime], moment: datetime) -> str:
    """That the price has changed since that moment, and when it last did; empty when it has not."""
    if not changes or changes[-1] <= moment:
        return ""
    return _("Written before the price changed on %(day)s") % {"day": day_in_full(changes[-1].date())}


Past = Callable[[int], Ages]
_pasts: list[Past] = []


def past_from(read: Past) -> None:
    """Have what `read` returns of a tool, by its key, known at the desk. It may take one query."""
    if read not in _pasts:
        _pasts.append(read)


def ages_of(tool: int) -> Ages:
    """One query; nothing where no app keeps the past."""
    return next((read(tool) for read in _pasts), Ages())
