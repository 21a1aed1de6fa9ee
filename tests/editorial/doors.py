"""An address of the desk, and what the table of roles says of who may come to it."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.roles import ROLES
from tests.editorial.people import ANONYMOUS, CHIEF, READER


def has(role: str, verb: str, model: str) -> bool:
    app, _, name = model.partition(".")
    return role == CHIEF or f"{app}.{verb}_{name}" in ROLES.get(role, ())


def looks(role: str, model: str) -> bool:
    return has(role, "view", model) or has(role, "change", model)


@dataclass(frozen=True)
class Door:
    """One address: its name, where it leads, and for a piece how it stands and whether it is the visitor's own."""

    name: str
    path: str
    model: str = ""
    verb: str = ""
    status: str = ""
    is_own: bool = False


def has_desk(role: str) -> bool:
    return role not in (ANONYMOUS, READER)
