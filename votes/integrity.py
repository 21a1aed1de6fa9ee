"""The integrity page: the rules with their figures, the counts by day and state, the log, and the exports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tools.figures import number, percent
from votes import rules
from votes.intervals import VOTES_NEEDED
from votes.models import Crowd, Export, Moderation, Vote

LOG_LINES = 50

# In the order in which they are stacked; the colours of the page follow it.
STATES = (
    (Crowd.ACCOUNT.value, gettext_lazy("Counted, accounts")),
    (Crowd.PASSING.value, gettext_lazy("Counted apart, passing by")),
    (Vote.State.PENDING.value, gettext_lazy("Waiting for review")),
    (Vote.State.QUARANTINED.value, gettext_lazy("Held with a burst")),
    (Vote.State.VOID.value, gettext_lazy("Void")),
    (Vote.State.WITHDRAWN.value, gettext_lazy("Taken back")),
)


@dataclass(frozen=True, slots=True)
class Rule:
    """One published limit: what is counted, how many may be, and what happens beyond."""

    scope: str
    most: str
    beyond: str


@dataclass(frozen=True, slots=True)
class DayCount:
    """The votes cast on one UTC day, by what has become of them; `share` places the bars, in percent of the most."""

    day: date
    counts: Sequence[int]
    shares: Sequence[float]

    @property
    def total(self) -> int:
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class IntegrityPage:
    rules: list[Rule]
    bursts: list[str]
    days: list[DayCount]
    counted_at: datetime | None
    exports: list[Export]
    log: list[Any]


def load_integrity_page() -> IntegrityPage:
    """Two queries: the exports without their content, and the log."""
    exports = list(Export.objects.defer("content")[:30])
    newest = exports[0] if exports else None
    log = Moderation.objects.for_public_log()[:LOG_LINES]
    return IntegrityPage(
        rules=published_rules(),
        bursts=burst_reasons(),
        days=_days(newest.daily) if newest else [],
        counted_at=newest.made_at if newest else None,
        exports=exports,
        log=list(log),
    )


def published_rules() -> list[Rule]:
    """Every limit of votes/rules.py in words."""
    hours = int(rules.account_age().total_seconds() // 3600)
    young = _("Accounts younger than %(hours)s hours, or with an unproven address") % {"hours": number(hours)}
    unproven = young if hours else _("Accounts with an unproven address")
    limits = [
        (_("One reader, changes in a minute"), rules.CHANGES_PER_MINUTE, _("Refused until the minute is over")),
        (_("One reader, changes in an hour"), rules.CHANGES_PER_HOUR, _("Refused until the hour is over")),
        *((scope, most, _("Wait for review")) for scope, most in _limits_that_hold_back()),
    ]
    return [
        Rule(_("One account or browser, one tool"), _("1 vote"), _("Voting again changes it")),
        *(Rule(scope, number(most), beyond) for scope, most, beyond in limits),
        Rule(unproven, _("any"), _("Count among readers passing by until then")),
        Rule(_("Votes before a percentage is shown"), number(VOTES_NEEDED), _("The count alone is shown")),
    ]


def _limits_that_hold_back() -> list[tuple[str, int]]:
    return [
        (_("One address, one tool, a day, signed out"), rules.PASSING_PER_ADDRESS_AND_TOOL),
        (_("One address, new browsers a day"), rules.NEW_READERS_PER_ADDRESS),
        (_("One network, one tool, a day, signed out"), rules.PASSING_PER_GROUP_AND_TOOL),
        (_("One network, accounts voting for the first time, a day"), rules.NEW_ACCOUNTS_PER_GROUP),
    ]


def burst_reasons() -> list[str]:
    """What makes a wave of votes a burst, each with its threshold."""
    network, choice = _percent(rules.TOP_GROUP_SHARE), _percent(rules.ONE_CHOICE_SHARE)
    gaps = _percent(rules.REGULARITY)
    return [
        _("more than %(share)s come from one network;") % {"share": network},
        _("more than %(share)s come from accounts that never voted before;")
        % {"share": _percent(rules.NEW_VOTER_SHARE)},
        _("more than %(share)s make one choice that so far had less than %(standing)s;")
        % {"share": choice, "standing": _percent(rules.STANDING_SHARE)},
        _("they arrive like clockwork: the gaps vary by less than %(share)s of their average.") % {"share": gaps},
    ]


def _percent(share: float) -> str:
    return percent(round(100 * share))


def _days(daily: list[dict[str, Any]]) -> list[DayCount]:
    counts = [(date.fromisoformat(line["day"]), [int(line[name]) for name, _label in STATES]) for line in daily]
    most = max((sum(numbers) for _, numbers in counts), default=0) or 1
    return [DayCount(day, numbers, [round(100 * n / most, 2) for n in numbers]) for day, numbers in counts]
