"""A language made up for tests: every message in Hebrew letters, through gettext itself.

What is left in Latin letters was either written by an editor, or somebody forgot to mark it.
"""

from __future__ import annotations

import re

from babel.messages.catalog import Catalog, Message

_KEPT = re.compile(r"%\(\w+\)[sd]|%[sd%]|\{\w*\}|<[^<>]*>|&\w+;")
_HEBREW = {ord(letter): 0x05D0 + number % 22 for number, letter in enumerate("abcdefghijklmnopqrstuvwxyz")}
_HEBREW |= {ord(chr(letter).upper()): hebrew for letter, hebrew in list(_HEBREW.items())}


def hebrew(words: str) -> str:
    """The words in Hebrew letters, with the places and tags they hold."""
    kept = [*_KEPT.findall(words), ""]
    return "".join(part.translate(_HEBREW) + place for part, place in zip(_KEPT.split(words), kept, strict=True))


def translate(catalogue: Catalog) -> None:
    for message in catalogue:
        if message.id:
            _translate(message)


def _translate(message: Message) -> None:
    if isinstance(message.id, tuple):
        message.string = tuple(hebrew(message.id[min(form, 1)]) for form in range(3))
    else:
        message.string = hebrew(str(message.id))
