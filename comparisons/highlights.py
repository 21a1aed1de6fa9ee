"""Marks in what a search has found. Text stays text: a mark is a flag beside a piece, and the template escapes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from editorial.markdown import to_text

_WORD = re.compile(r"[^\W_]+")
_EXCERPT = 30  # words
_BEFORE = 8  # of them before the first that was found


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text, marked or not."""

    text: str
    is_marked: bool = False


def words_in(texts: Iterable[str]) -> set[str]:
    """The folded words of texts, to ask which of them a search has found."""
    return {fold(match.group()) for text in texts for match in _WORD.finditer(text)}


@lru_cache(maxsize=20_000)
def fold(word: str) -> str:
    """Without case and accents, as the database folds it."""
    letters = unicodedata.normalize("NFKD", word.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def mark(text: str, found: Collection[str]) -> list[Piece]:
    """The text in pieces, the words that were found marked; joined they are the text again."""
    pieces, end = [], 0
    for match in _WORD.finditer(text):
        if fold(match.group()) in found:
            pieces += [Piece(text[end : match.start()]), Piece(match.group(), is_marked=True)]
            end = match.end()
    pieces.append(Piece(text[end:]))
    return [piece for piece in pieces if piece.text]


def excerpt(markdown: str, found: Collection[str]) -> Sequence[Piece]:
    """Some words of a Markdown text around the first that was found; nothing when none was."""
    words = to_text(markdown).split()
    first = next((place for place, word in enumerate(words) if words_in([word]) & set(found)), None)
    if first is None:
        return []
    start = max(0, first - _BEFORE)
    shown = " ".join(words[start : start + _EXCERPT])
    lead, tail = "… " if start else "", " …" if start + _EXCERPT < len(words) else ""
    return mark(f"{lead}{shown}{tail}", found)
