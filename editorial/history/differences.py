"""What differs between two texts, word by word: first which lines, then which words of those."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

_WORDS = re.compile(r"\s+|\w+|[^\w\s]")
_AT_ONCE = 3000  # words of two passages that are set against each other; longer ones are shown whole
_AROUND = 2  # lines that stay beside what changed


@dataclass(frozen=True, slots=True)
class Run:
    """Words that are in both texts, or in this one alone; or how many equal lines were left out here."""

    text: str
    is_changed: bool = False
    left_out: int = 0


@dataclass(slots=True)
class Sides:
    """One text beside the other, each in runs."""

    before: list[Run] = field(default_factory=list)
    after: list[Run] = field(default_factory=list)

    def both(self, text: str) -> None:
        self.before.append(Run(text))
        self.after.append(Run(text))


def differences(before: str, after: str) -> Sides:
    """Both texts in runs, those alike and those in one alone."""
    sides = Sides()
    old, new = _lines(before), _lines(after)
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            _fold(sides, old[a:b], is_first=a == 0, is_last=b == len(old) and d == len(new))
        else:
            _set_against(sides, "".join(old[a:b]), "".join(new[c:d]))
    return Sides(list(_joined(sides.before)), list(_joined(sides.after)))


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").splitlines(keepends=True)


def _fold(sides: Sides, lines: Sequence[str], *, is_first: bool, is_last: bool) -> None:
    """Equal lines; of many only those beside a change."""
    head, tail = 0 if is_first else _AROUND, 0 if is_last else _AROUND
    left_out = len(lines) - head - tail
    if left_out < _AROUND:
        sides.both("".join(lines))
        return
    sides.both("".join(lines[:head]))
    for side in (sides.before, sides.after):
        side.append(Run("", left_out=left_out))
    sides.both("".join(lines[len(lines) - tail :]))


def _set_against(sides: Sides, before: str, after: str) -> None:
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    if len(old) + len(new) > _AT_ONCE:
        sides.before.append(Run(before, is_changed=True))
        sides.after.append(Run(after, is_changed=True))
        return
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            sides.both("".join(old[a:b]))
        else:
            sides.before.append(Run("".join(old[a:b]), is_changed=True))
            sides.after.append(Run("".join(new[c:d]), is_changed=True))


def _joined(runs: Iterable[Run]) -> Iterator[Run]:
    """Neighbours of one kind as one run, a lone space between two changes with them; empty ones left out."""
    kept = [run for run in runs if run.text or run.left_out]
    joined: list[Run] = []
    for place, run in enumerate(kept):
        last = joined[-1] if joined else None
        follows = kept[place + 1] if place + 1 < len(kept) else None
        is_gap = run.text == " " and last and last.is_changed and follows and follows.is_changed
        if last and not last.left_out and not run.left_out and (is_gap or last.is_changed == run.is_changed):
            joined[-1] = Run(last.text + run.text, last.is_changed)
        else:
            joined.append(run)
    return iter(joined)
