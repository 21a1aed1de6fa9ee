"""What stands in an issue and in which order, for whoever prints it: both parts of the mail, and the archive."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from editorial.addresses import path_of
from newsletter.models import Block, Issue
from newsletter.rendering.marks import unmarked

Kind = Block.Kind
TITLES: Mapping[str, str | Promise] = {
    Kind.NEW.value: _("New verdicts"),
    Kind.CHANGED.value: _("Changed verdicts"),
    Kind.MOVER.value: _("Biggest mover"),
    Kind.PRICE.value: _("Price changes"),
    Kind.COMPARISON.value: _("One comparison"),
    Kind.NOTE.value: "",
}
# What a block says of itself where it stands under another heading than its own.
KICKERS: Mapping[str, str | Promise] = {
    Kind.NEW.value: _("New verdict"),
    Kind.CHANGED.value: _("Changed verdict"),
    Kind.MOVER.value: _("Biggest mover"),
    Kind.PRICE.value: _("Price change"),
    Kind.COMPARISON.value: _("One comparison"),
    Kind.NOTE.value: "",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A block as it is printed. `found` is told in newsletter/assembling.py, `words` are an editor's Markdown."""

    place: int
    kind: str
    kicker: str
    found: Mapping[str, Any]
    words: str

    @property
    def touches(self) -> Mapping[str, Sequence[int]]:
        return {"tools": (), "categories": (), "reviewers": (), **self.found.get("touches", {})}


@dataclass(frozen=True, slots=True)
class Section:
    """Neighbours of one kind under a heading; a note of an editor's has none.

    `more` is how many of the kind were left out because there were too many, told once: at the end of the last such
    section; `more_path` is where all of them stand.
    """

    kind: str
    title: str
    blocks: Sequence[Shown] = field(default_factory=list)
    more: int = 0
    more_path: str = ""


def sections(issue: Issue) -> list[Section]:
    """The blocks that are in an issue, in the editor's order; one query."""
    shown = list(_shown(issue.blocks.all()))
    runs = [(kind, list(blocks)) for kind, blocks in groupby(shown, key=lambda block: block.kind)]
    last = {kind: number for number, (kind, _blocks) in enumerate(runs)}
    found = []
    for number, (kind, blocks) in enumerate(runs):
        more = int(issue.left_out.get(kind, 0)) if last[kind] == number else 0
        path = path_of("receipts") if more else ""
        found.append(Section(kind, str(TITLES[kind]), blocks, more, path))
    return found


def _shown(blocks: Iterable[Block]) -> Iterable[Shown]:
    """Without those that were dropped, and those that would be empty."""
    place = 0
    for block in blocks:
        is_empty = not block.words.strip() if block.kind == Kind.NOTE else not block.found
        if block.is_dropped or is_empty:
            continue
        yield Shown(place, block.kind, str(KICKERS[block.kind]), unmarked(block.found), unmarked(block.words))
        place += 1
