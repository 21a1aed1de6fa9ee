"""The published rules of counting. /methodology/votes/ prints every figure of this page, and nothing else decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings

CHANGES_PER_MINUTE = 30
CHANGES_PER_HOUR = 200
PASSING_PER_ADDRESS_AND_TOOL = 3
NEW_READERS_PER_ADDRESS = 20
PASSING_PER_GROUP_AND_TOOL = 15
NEW_ACCOUNTS_PER_GROUP = 10

KEY_LIFETIME = timedelta(hours=48)

BASELINE_FLOOR = 5
BASELINE_WEEKS = 4
BASELINE_FACTOR = 6
TOP_GROUP_SHARE = 0.30
NEW_VOTER_SHARE = 0.85
ONE_CHOICE_SHARE = 0.95
STANDING_SHARE = 0.85
REGULARITY = 0.30


@dataclass(frozen=True, slots=True)
class Window:
    """A span that is watched for bursts: only more votes than `least` in it can open a case."""

    span: timedelta
    least: int


BURST = Window(timedelta(minutes=10), 25)
SLOW_WAVE = Window(timedelta(hours=6), 100)


def account_age() -> timedelta:
    """How old a proven account must be for its votes to count as an account's."""
    return timedelta(hours=settings.VOTE_ACCOUNT_AGE_HOURS)


def limits() -> list[int]:
    """In the order in which `votes_cast` of the database expects them."""
    return [
        CHANGES_PER_MINUTE,
        CHANGES_PER_HOUR,
        PASSING_PER_ADDRESS_AND_TOOL,
        NEW_READERS_PER_ADDRESS,
        PASSING_PER_GROUP_AND_TOOL,
        NEW_ACCOUNTS_PER_GROUP,
    ]
