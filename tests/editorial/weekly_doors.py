"""Rules for the addresses of the weekly email: issues are made by the schedule, and there is one of those."""

from __future__ import annotations

from typing import Any

from newsletter.models import Schedule, Suppression
from newsletter.services import suppress
from tests.editorial.doors import Door, has, looks
from tests.newsletter.post import subscribed
from tests.newsletter.test_models import make_issue

WEEKLY = {"newsletter.issue", "newsletter.schedule"}  # nobody adds or deletes one
WEEKLY_READERS = {"newsletter.subscriber", "newsletter.suppression"}  # nobody deletes one


def at_make(role: str, door: Door, method: str) -> int:
    """A press that makes the week's issue."""
    if method == "GET":
        return 405
    return 302 if has(role, "change", door.model) else 403


def at_schedule(role: str, door: Door, method: str) -> int:
    """Its list is its page; the form that is sent is empty."""
    if method == "POST":
        return 200 if has(role, "change", door.model) else 403
    return 200 if looks(role, door.model) else 403


def at_issue_preview(role: str, door: Door, method: str) -> int:
    """A press of no button is a forged one."""
    return 200 if method == "GET" and looks(role, door.model) else 403


def at_sending(role: str, door: Door, method: str) -> int:
    """A press of no button is a forged one."""
    return 200 if method == "GET" and looks(role, door.model) else 403


def at_numbers(role: str, door: Door, method: str) -> int:
    """For the script of that page, which only looks."""
    if method == "POST":
        return 405
    return 200 if looks(role, door.model) else 403


def at_figures(role: str, door: Door, method: str) -> int:
    return 200 if looks(role, door.model) else 403


def at_proof(role: str, door: Door, method: str) -> int:
    """A file, for a press of its button; whoever only comes by is led back."""
    if not looks(role, door.model) or not has(role, "view", "newsletter.consent"):
        return 403
    return 200 if method == "POST" else 302


def weekly_rows() -> list[Any]:
    """One of everything."""
    suppress("left@example.org", Suppression.Reason.COMPLAINED)
    return [make_issue(), Schedule.objects.create(pk=1), subscribed(), Suppression.objects.get()]


def key_of(row: Any) -> Any:
    """How an address names a row."""
    return bytes(row.pk).hex() if isinstance(row.pk, bytes | memoryview) else row.pk


WEEKLY_VERBS = {
    "make": at_make,
    "figures": at_figures,
    "proof": at_proof,
    "sending": at_sending,
    "numbers": at_numbers,
}
