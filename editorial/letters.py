"""Letters that nobody sees, and that change how the others read."""

from __future__ import annotations

import unicodedata

# Cc: control characters; Cs: halves of a letter; Zl, Zp: hidden line ends. Cf is needed for some scripts and emoji,
# but not the marks that turn the direction of what follows, nor the invisible letters of the tag block.
_REFUSED_KINDS = frozenset({"Cc", "Cs", "Zl", "Zp"})
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


def has_hidden_letters(text: str, *, allowed: str = "") -> bool:
    """Whether one of the letters is hidden; those of `allowed` are not asked about.

    >>> has_hidden_letters("plain"), has_hidden_letters("bell\\x07"), has_hidden_letters("tab\\t", allowed="\\t")
    (False, True, False)
    """
    return any(letter not in allowed and _is_hidden(letter) for letter in text)


def _is_hidden(letter: str) -> bool:
    is_turning = letter in _TURNING or "\U000e0000" <= letter <= "\U000e007f"
    return is_turning or unicodedata.category(letter) in _REFUSED_KINDS
