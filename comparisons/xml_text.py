"""Text as XML may hold it."""

from __future__ import annotations

import re

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def legal(text: str) -> str:
    """Without the control characters that XML forbids."""
    return _FORBIDDEN.sub("", text)
