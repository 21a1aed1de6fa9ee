"""Two versions of a piece, side by side: whatever differs, field by field and part by part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from editorial.history.contents import Contents, Kept, Line, Names
from editorial.history.differences import Sides, differences


@dataclass(frozen=True, slots=True)
class Differing:
    """A field, or a part, with one text and the other. `key` is what the desk's form calls it."""

    key: str
    label: str
    sides: Sides
    can_be_taken: bool = True


def compared(kept: Kept, before: Contents, after: Contents, names: Names) -> list[Differing]:
    """What differs, in the order of the form; what was taken out last."""
    old, new = kept.lines(before, names), kept.lines(after, names)
    _pair_namesakes(old, new)
    keys = [*new, *(key for key in old if key not in new)]
    return [differing(key, old.get(key), new.get(key)) for key in keys if _text(old.get(key)) != _text(new.get(key))]


def differing(key: str, before: Line | None, after: Line | None) -> Differing:
    label = (after or before or Line(key, key, "")).label
    return Differing(key, label, differences(_text(before), _text(after)))


def _pair_namesakes(old: dict[str, Line], new: Mapping[str, Line]) -> None:
    """A price that was deleted and made again has another number, and is the same price to whoever reads."""
    gone = {old[key].label: key for key in old if key not in new}
    for key, line in new.items():
        if key not in old and line.label in gone:
            old[key] = old.pop(gone.pop(line.label))


def _text(line: Line | None) -> str:
    return line.text if line else ""
