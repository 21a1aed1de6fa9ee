"""The integrity page: the rules with their figures, the counts by day and state, the log, and the exports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from votes import rules
from votes.intervals import VOTES_NEEDED
from votes.models import Crowd, Export, Moderation, Vote

LOG_LINES = 50

# In the order in which they are stacked; the colours of the page follow it.
STATES = (
    (Crowd.ACCOUNT.value, "Counted, accounts"),
    (Crowd.PASSING.value, "Counted apart, passing by"),
    (Vote.State.PENDING.value, "Waiting for review"),
    (Vote.State.QUARANTINED.value, "Held with a burst"),
    (Vote.State.VOID.value, "Void"),
    (Vote.State.WITHDRAWN.value, "Taken back"),
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
    age = f"younger than {hours} hours, or with an unproven address" if hours else "with an unproven address"
    return [
        Rule("One account or browser, one tool", "1 vote", "Voting again changes it"),
        Rule("One reader, changes in a minute", str(rules.CHANGES_PER_MINUTE), "Refused until the minute is over"),
        Rule("One reader, changes in an hour", str(rules.CHANGES_PER_HOUR), "Refused until the hour is over"),
        Rule("One address, one tool, a day, signed out", str(rules.PASSING_PER_ADDRESS_AND_TOOL), "Wait for review"),
        Rule("One address, new browsers a day", str(rules.NEW_READERS_PER_ADDRESS), "Wait for review"),
        Rule("One network, one tool, a day, signed out", str(rules.PASSING_PER_GROUP_AND_TOOL), "Wait for review"),
        Rule(
            "One network, accounts voting for the first time, a day",
            str(rules.NEW_ACCOUNTS_PER_GROUP),
            "Wait for review",
        ),
        Rule(f"Accounts {age}", "any", "Count among readers passing by until then"),
        Rule("Votes before a percentage is shown", str(VOTES_NEEDED), "The count alone is shown"),
    ]


def burst_reasons() -> list[str]:
    """What makes a wave of votes a burst, each with its threshold."""
    return [
        f"more than {_percent(rules.TOP_GROUP_SHARE)} come from one network;",
        f"more than {_percent(rules.NEW_VOTER_SHARE)} come from accounts that never voted before;",
        f"more than {_percent(rules.ONE_CHOICE_SHARE)} make one choice that so far had less than "
        f"{_percent(rules.STANDING_SHARE)};",
        f"they arrive like clockwork: the gaps vary by less than {_percent(rules.REGULARITY)} of their average.",
    ]


def _percent(share: float) -> str:
    return f"{round(100 * share)}%"


def _days(daily: list[dict[str, Any]]) -> list[DayCount]:
    counts = [(date.fromisoformat(line["day"]), [int(line[name]) for name, _ in STATES]) for line in daily]
    most = max((sum(numbers) for _, numbers in counts), default=0) or 1
    return [DayCount(day, numbers, [round(100 * n / most, 2) for n in numbers]) for day, numbers in counts]
