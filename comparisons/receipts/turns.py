"""Reviewers who changed their mind."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from reviews.verdicts import word_text


@dataclass(frozen=True, slots=True)
class Stance:
    """What a reviewer said of a tool from a moment on, and why; no verdict when it was withdrawn."""

    reviewer: int
    verdict: str | None
    since: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """The other verdict that a reviewer had before, when it ended, and why; without a reason where none was given."""

    verdict: str
    until: datetime
    reason: str = ""

    @property
    def word(self) -> str:
        return word_text(self.verdict).upper()


def last_turns(stances: Iterable[Stance]) -> dict[int, Turn]:
    """By reviewer, the last verdict that differed from the one that stands; stances come oldest first.

    >>> day = datetime(2026, 11, 12)
    >>> last_turns([Stance(1, "skip", datetime(2026, 11, 3)), Stance(1, "ship", day), Stance(2, "ship", day)])
    {1: Turn(verdict='skip', until=datetime.datetime(2026, 11, 12, 0, 0), reason='')}
    """
    by_reviewer: dict[int, list[Stance]] = defaultdict(list)
    for stance in stances:
        by_reviewer[stance.reviewer].append(stance)
    turns = {}
    for reviewer, said in by_reviewer.items():
        ended = [
            Turn(stance.verdict, after.since, after.reason)
            for stance, after in itertools.pairwise(said)
            if stance.verdict and stance.verdict != said[-1].verdict
        ]
        if said[-1].verdict and ended:
            turns[reviewer] = ended[-1]
    return turns


def last_words(stances: Iterable[Stance]) -> dict[int, datetime]:
    """By reviewer, since when what they say stands as it does; stances come oldest first.

    Whoever has taken their verdict back says nothing.
    """
    said = {stance.reviewer: stance for stance in stances}
    return {reviewer: stance.since for reviewer, stance in said.items() if stance.verdict}
