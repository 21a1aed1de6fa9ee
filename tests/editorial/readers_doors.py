"""Rules for the addresses of subscribers and suppressions, and one of each."""

from __future__ import annotations

from typing import Any

from newsletter.models import Suppression
from newsletter.services import suppress
from tests.editorial.doors import Door, has, looks
from tests.newsletter.post import subscribed

READERS = {"newsletter.subscriber", "newsletter.suppression"}  # nobody deletes one


def at_figures(role: str, door: Door, method: str) -> int:
    return 200 if looks(role, door.model) else 403


def at_proof(role: str, door: Door, method: str) -> int:
    """A file, for a press of its button; whoever only comes by is led back."""
    if not looks(role, door.model) or not has(role, "view", "newsletter.consent"):
        return 403
    return 200 if method == "POST" else 302


def readers() -> list[Any]:
    suppress("left@example.org", Suppression.Reason.COMPLAINED)
    return [subscribed(), Suppression.objects.get()]


def key_of(row: Any) -> Any:
    """How an address names a row."""
    return bytes(row.pk).hex() if isinstance(row.pk, bytes | memoryview) else row.pk
