"""A rendered part of an issue, cut at its marks: what stays, and the blocks that change their places by reader."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from newsletter.rendering.marks import parts, read_keys


@dataclass(frozen=True, slots=True)
class Piece:
    """A block: what is printed of it, with what it says of its kind when it stands under "What you follow"."""

    place: int
    before: str
    kicker: str = ""
    after: str = ""


@dataclass(slots=True)
class Run:
    """A section: its heading, its blocks, and a last line."""

    kind: str
    heading: str
    pieces: list[Piece] = field(default_factory=list)
    foot: str = ""


@dataclass
class Page:
    head: str
    follow: str
    runs: Sequence[Run]
    foot: str
    # Which blocks touch a key, as bits: {"tools": {7: 0b101}, ...}
    touched: dict[str, dict[int, int]]

    @cached_property
    def pieces(self) -> dict[int, Piece]:
        return {piece.place: piece for run in self.runs for piece in run.pieces}

    def strings(self) -> Iterator[str]:
        """Every string that `arranged` may come up with."""
        yield from (self.head, self.follow, self.foot)
        for run in self.runs:
            yield from (run.heading, run.foot)
            for piece in run.pieces:
                yield from (piece.before, piece.kicker, piece.after)

    def arranged(self, followed: int) -> Iterator[str]:
        """The strings that make the page for who follows these blocks (bits): those first, the rest where it was."""
        yield self.head
        if followed:
            yield self.follow
            for place, piece in self.pieces.items():
                if followed >> place & 1:
                    yield from (piece.before, piece.kicker, piece.after)
        heading = ""
        for run in self.runs:
            rest = [piece for piece in run.pieces if not followed >> piece.place & 1]
            if not rest and not run.foot:
                continue
            if run.heading != heading:
                yield run.heading
            heading = run.heading
            for piece in rest:
                yield from (piece.before, piece.after)
            yield run.foot
        yield self.foot


def read_page(page: str) -> Page:
    """Cut a page at its marks; ValueError when it is none of ours."""
    read = _Reading()
    for words, text in parts(page):
        read.take(words, text)
    return Page(read.head, read.follow, read.runs, read.foot, read.touched)


class _Reading:
    def __init__(self) -> None:
        self.head = self.follow = self.foot = ""
        self.runs: list[Run] = []
        self.touched: dict[str, dict[int, int]] = {"tools": {}, "categories": {}, "reviewers": {}}

    def take(self, words: list[str], text: str) -> None:
        match words:
            case []:
                self.head = text
            case ["follow"]:
                self.follow = text
            case ["section", kind]:
                self.runs.append(Run(kind, text))
            case ["block", number, *keys]:
                self._touch(int(number), keys)
                self.runs[-1].pieces.append(Piece(int(number), text))
            case ["kicker"]:
                self.runs[-1].pieces[-1] = Piece(self._last.place, self._last.before, kicker=text)
            case ["/kicker"]:
                last = self._last
                self.runs[-1].pieces[-1] = Piece(last.place, last.before, last.kicker, after=text)
            case ["more"]:
                self.runs[-1].foot = text
            case ["foot"]:
                self.foot = text
            case _:
                raise ValueError(f"A page has a mark that nobody knows: {' '.join(words)}")

    @property
    def _last(self) -> Piece:
        return self.runs[-1].pieces[-1]

    def _touch(self, number: int, keys: Sequence[str]) -> None:
        for touched, written in zip(self.touched.values(), keys, strict=True):
            for key in read_keys(written):
                touched[key] = touched.get(key, 0) | 1 << number
