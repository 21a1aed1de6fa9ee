"""The Message-ID of a delivery: fixed when the issue is frozen, so that two copies carry the same one."""

from __future__ import annotations

import re
import secrets
from urllib.parse import urlsplit

from django.conf import settings

_SHAPE = re.compile(r"<?([1-9][0-9]{0,18})\.([^<>\s]+@[^<>\s]+)>?")


def new_tail() -> str:
    """What all of an issue's Message-IDs end in: of this issue alone, also when a database was restored meanwhile."""
    return f"{secrets.token_hex(8)}@{urlsplit(settings.SITE_URL).hostname}"


def message_id(number: int, tail: str) -> str:
    return f"<{number}.{tail}>"


def read_message_id(text: str) -> tuple[int, str] | None:
    """The delivery's number and the issue's tail; None for what is none of ours."""
    found = _SHAPE.fullmatch(text.strip())
    return (int(found[1]), found[2]) if found else None
