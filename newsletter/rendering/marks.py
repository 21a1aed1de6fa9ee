"""Marks in a rendered issue: where what differs by reader goes, and where the parts begin that change their places.

They stand in the frozen html and text themselves, so that a message can be made of those alone. A mark is written
between two control characters that no editor can type (editorial/characters.py) and that `unmarked` takes out of
whatever else goes in. In HTML what is no place is a comment, so that it may stand between the rows of a table.

    follow              the heading of what a reader follows; goes where nothing of it is followed
    section KIND        the heading of a section, and all up to the next mark
    block N T C R       the N-th block, with the keys of the tools, categories and reviewers it touches
    kicker, /kicker     what a block says of its kind when it stands under another heading than its own
    more                the last line of a section
    foot                what is below all of them
    =address ...        places: see PLACES
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from markupsafe import Markup

PLACES = ("address", "day", "unsubscribe", "preferences")
_BEGIN, _END = "\x02", "\x03"
_PLACE = re.compile(f"{_BEGIN}=([a-z]+){_END}")
_PART = re.compile(f"(?:<!--)?{_BEGIN}([^={_BEGIN}{_END}]+){_END}(?:-->)?\n?")


def place(name: str) -> str:
    """Where a value of the reader goes."""
    if name not in PLACES:
        raise ValueError(f"There is no place called {name}.")
    return f"{_BEGIN}={name}{_END}"


def mark_html(*words: object) -> Markup:
    return Markup(f"<!--{mark_text(*words)}-->")  # noqa: S704 (our own names and numbers)


def mark_text(*words: object) -> Markup:
    return Markup(f"{_BEGIN}{' '.join(str(word) for word in words)}{_END}")  # noqa: S704


def keys(numbers: Iterable[int]) -> str:
    """Numbers as a mark holds them; a dash for none."""
    return ",".join(str(number) for number in numbers) or "-"


def read_keys(written: str) -> tuple[int, ...]:
    return () if written == "-" else tuple(int(number) for number in written.split(","))


def parts(page: str) -> Iterator[tuple[list[str], str]]:
    """The words of each mark, and what follows it up to the next; the first has no words."""
    words: list[str] = []
    end = 0
    for found in _PART.finditer(page):
        yield words, page[end : found.start()]
        words, end = found[1].split(), found.end()
    yield words, page[end:]


def split_at_places(text: str) -> list[str]:
    """Text and names of places in turn: the odd ones are names."""
    return _PLACE.split(text)


def put_in(text: str, values: Mapping[str, str]) -> str:
    """The text with values in all its places."""
    return _PLACE.sub(lambda found: values[found[1]], text)


def unmarked(value: Any) -> Any:
    """The same without anything that could be read as a mark; any depth of lists and dictionaries."""
    match value:
        case str():
            return value.replace(_BEGIN, "").replace(_END, "").replace("\r\n", "\n").replace("\r", "\n")
        case Mapping():
            return {key: unmarked(one) for key, one in value.items()}
        case list() | tuple():
            return [unmarked(one) for one in value]
    return value


Mark = Callable[..., Markup]
