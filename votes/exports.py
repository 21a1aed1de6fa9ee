"""The anonymised daily export: a zip file that says what was counted and what was shown, and how to compare them.

counts.csv     tool, day, crowd, state, choice, votes    how many votes cast on a UTC day are in a state by now
displayed.csv  tool, ship, skip, percent, low, high, rank    the community's numbers as pages showed them
README.txt     what the columns mean

Votes are grouped: no line names a reader, and nothing links two votes of one reader. Both tables were read in one
snapshot of the database, shortly after the day's end; the README says when.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import IO

from votes.intervals import Community, shared_ranks, wilson_interval
from votes.models import Crowd, Vote

COUNT_COLUMNS = ("tool", "day", "crowd", "state", "choice", "votes")
DISPLAY_COLUMNS = ("tool", "ship", "skip", "percent", "low", "high", "rank")
_CHOICES = ("ship", "skip")
_ADDRESS = re.compile(r"[-A-Za-z0-9_]+")
_FIGURE = re.compile(r"[0-9]{0,10}(\.[0-9]{1,10})?")
_README = """\
Votes as they stood on {made_at:%Y-%m-%d at %H:%M:%S} UTC, when the record of {day} was made; anonymised.

counts.csv: how many votes on a tool, cast on a day (UTC), were in a state at that moment. Votes cast between midnight
  and that moment are among them.
  crowd: account (makes the community's number) or passing (signed out or too young, shown apart)
  state: counted, pending (waits for review), quarantined (held with a burst), void (a moderator's no), withdrawn
displayed.csv: the community's numbers as the pages showed them then. ship and skip are the counted account votes.
  percent, low and high (the 95 % Wilson interval) and rank are empty below {needed} votes.

To check: add up the counted account votes of counts.csv by tool and choice, and compare. `manage.py verify_votes FILE`
does that, the percentages, the intervals and the ranks included. You may copy and publish this data as you like.
"""


class ExportError(Exception):
    """Why a file cannot be read as an export, as one sentence."""


@dataclass(frozen=True, slots=True)
class CountLine:
    """How many votes on a tool, cast on a day, are in a state."""

    tool: str
    day: date
    crowd: str
    state: str
    choice: str
    votes: int


@dataclass(frozen=True, slots=True)
class DisplayLine:
    """What pages showed of a tool's community; the last four are empty below ten votes."""

    tool: str
    ship: int
    skip: int
    percent: str
    low: str
    high: str
    rank: str

    @property
    def numbers(self) -> tuple[object, ...]:
        return (self.ship, self.skip, self.percent, self.low, self.high, self.rank)


def display_lines(communities: dict[str, Community]) -> list[DisplayLine]:
    """The numbers of each tool's community, ranked by the lower end of the interval; ties share a rank."""
    shown = sorted((name for name, community in communities.items() if community.is_shown), key=_order(communities))
    ranks = dict(zip(shown, shared_ranks([communities[name] for name in shown]), strict=True))
    return [_display_line(name, communities[name], ranks.get(name)) for name in sorted(communities)]


def write_export(
    day: date, made_at: datetime, counts: Iterable[CountLine], displayed: Iterable[DisplayLine], needed: int
) -> bytes:
    """The zip file; the same lines read at the same moment give the same bytes."""
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        _add(archive, "README.txt", _README.format(day=day, made_at=made_at.astimezone(UTC), needed=needed))
        count_rows = ((c.tool, c.day.isoformat(), c.crowd, c.state, c.choice, c.votes) for c in counts)
        _add(archive, "counts.csv", _csv(COUNT_COLUMNS, count_rows))
        _add(archive, "displayed.csv", _csv(DISPLAY_COLUMNS, ((d.tool, *d.numbers) for d in displayed)))
    return output.getvalue()


def read_export(file: IO[bytes]) -> tuple[list[CountLine], list[DisplayLine]]:
    """The lines of an export; ExportError says what is wrong with the file. What is not plain is never repeated raw."""
    try:
        with zipfile.ZipFile(file) as archive:
            counts = [_count_line(*row) for row in _rows(archive, "counts.csv", COUNT_COLUMNS)]
            displayed = [
                DisplayLine(_address(tool), _number(ship), _number(skip), *map(_figure, rest))
                for tool, ship, skip, *rest in _rows(archive, "displayed.csv", DISPLAY_COLUMNS)
            ]
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError) as problem:
        raise ExportError("This is no export of votes: it cannot be read as a zip file.") from problem
    except (ValueError, UnicodeDecodeError, csv.Error) as problem:
        raise ExportError(f"This export cannot be read: {problem}") from problem
    if not counts:
        raise ExportError("This export holds no vote: there is nothing to verify.")
    return counts, displayed


def find_disagreements(counts: Iterable[CountLine], displayed: Sequence[DisplayLine]) -> list[str]:
    """Recompute every displayed number from the counts; one sentence for each that differs, none when all agree."""
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    seen: Counter[CountLine] = Counter()
    for line in counts:
        seen[replace(line, votes=0)] += 1
        if line.crowd == "account" and line.state == "counted":
            votes[line.tool][line.choice] += line.votes
    recomputed = {
        line.tool: line for line in display_lines({tool: Community(n["ship"], n["skip"]) for tool, n in votes.items()})
    }
    shown = {line.tool: line for line in displayed}
    found = [
        f"{line.tool}: {line.day}, {line.crowd}, {line.state}, {line.choice} is counted on {times} lines, not on one."
        for line, times in seen.items()
        if times > 1
    ]
    found += [f"{line.tool} is listed twice." for line in displayed if shown[line.tool] is not line]
    for tool in sorted(recomputed.keys() | shown.keys()):
        found += _differences(tool, recomputed.get(tool), shown.get(tool))
    return found


def _differences(tool: str, right: DisplayLine | None, shown: DisplayLine | None) -> Iterator[str]:
    if shown is None or right is None:
        yield f"{tool} is {'counted but not displayed' if right else 'displayed but has no counted vote'}."
        return
    for name, mine, theirs in zip(DISPLAY_COLUMNS[1:], right.numbers, shown.numbers, strict=True):
        if mine != theirs:
            yield f"{tool}: {name} is displayed as {theirs or 'nothing'}, the votes give {mine or 'nothing'}."


def _order(communities: dict[str, Community]) -> Callable[[str], tuple[float, int, str]]:
    """By lower bound, then by votes, then by name: the order of the leaderboard."""

    def key(name: str) -> tuple[float, int, str]:
        community = communities[name]
        return -wilson_interval(community.ship, community.total)[0], -community.total, name

    return key


def _display_line(tool: str, community: Community, rank: int | None) -> DisplayLine:
    if not community.interval:
        return DisplayLine(tool, community.ship, community.skip, "", "", "", "")
    low, high = (f"{bound:.1f}" for bound in community.interval)
    return DisplayLine(tool, community.ship, community.skip, str(community.percent), low, high, str(rank))


def _add(archive: zipfile.ZipFile, name: str, text: str) -> None:
    archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), text.encode(), zipfile.ZIP_DEFLATED)


def _csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    output = io.StringIO()
    writer = csv.writer(output, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return output.getvalue()


def _rows(archive: zipfile.ZipFile, name: str, columns: Sequence[str]) -> Iterator[list[str]]:
    if name not in archive.namelist():
        raise ValueError(f"{name} is missing.")
    reader = csv.reader(io.TextIOWrapper(archive.open(name), "utf-8", newline=""))
    if next(reader, None) != list(columns):
        raise ValueError(f"{name} must begin with the columns {', '.join(columns)}.")
    for number, row in enumerate(reader, 2):
        if len(row) != len(columns):
            raise ValueError(f"{name}, line {number}: {len(row)} columns instead of {len(columns)}.")
        yield row


def _count_line(tool: str, day: str, crowd: str, state: str, choice: str, votes: str) -> CountLine:
    return CountLine(
        _address(tool),
        date.fromisoformat(day),
        _known(crowd, Crowd.values, "crowd"),
        _known(state, Vote.State.values, "state"),
        _choice(choice),
        _number(votes),
    )


def _address(text: str) -> str:
    if not _ADDRESS.fullmatch(text):
        raise ValueError(f"{text[:80]!r} is no tool's address.")
    return text


def _known(text: str, names: Sequence[str], what: str) -> str:
    if text not in names:
        raise ValueError(f"{text[:80]!r} is no {what}: there are {', '.join(names)}.")
    return text


def _figure(text: str) -> str:
    """A number or nothing; kept as it was written, since it is compared with what is written."""
    if not _FIGURE.fullmatch(text):
        raise ValueError(f"{text[:80]!r} is no figure.")
    return text


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 12):
        raise ValueError(f"{text[:80]!r} is no count.")
    return int(text)


def _choice(text: str) -> str:
    if text not in _CHOICES:
        raise ValueError(f"{text[:80]!r} is neither ship nor skip.")
    return text
