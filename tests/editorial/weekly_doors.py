"""Rules for the addresses of the weekly email: issues are made by the schedule, and there is one of those."""

from __future__ import annotations

from tests.editorial.doors import Door, has, looks

WEEKLY = {"newsletter.issue", "newsletter.schedule"}  # nobody adds or deletes one


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


WEEKLY_VERBS = {"make": at_make}
