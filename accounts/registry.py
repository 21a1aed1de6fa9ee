"""What other apps add to an account, without `accounts` knowing them: they register in their AppConfig.ready()."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest

from accounts.models import User

PageSection = Callable[[User], dict[str, Any]]
SignInStep = Callable[[HttpRequest, User], None]
ClosingStep = Callable[[User], None]
Records = Callable[[User], list[dict[str, Any]]]

_sign_in_steps: list[SignInStep] = []
_closing_steps: list[ClosingStep] = []
_records: dict[str, Records] = {}
_sections: dict[str, PageSection] = {}


def after_sign_in(step: SignInStep) -> None:
    """Have `step` called whenever somebody has signed in, by whatever means."""
    if step not in _sign_in_steps:
        _sign_in_steps.append(step)


def run_sign_in_steps(request: HttpRequest, user: User) -> None:
    for step in _sign_in_steps:
        step(request, user)


def before_closing(step: ClosingStep) -> None:
    """Have `step` called in the transaction that deletes an account, before anything of it is read."""
    if step not in _closing_steps:
        _closing_steps.append(step)


def run_closing_steps(user: User) -> None:
    for step in _closing_steps:
        step(user)


def personal_records(name: str, read: Records) -> None:
    """Have what `read` returns about a person appear under `name` in the export of their data."""
    _records[name] = read


def records_of(user: User) -> dict[str, list[dict[str, Any]]]:
    """Everything the apps keep about a person, by name of the records."""
    return {name: read(user) for name, read in sorted(_records.items())}


def on_own_page(template: str, read: PageSection) -> None:
    """Have a section on everybody's own page: this template, which finds what `read` returns under `part`."""
    _sections[template] = read


def sections_of(user: User) -> list[tuple[str, dict[str, Any]]]:
    """What the apps show a person of what is theirs."""
    return [(template, read(user)) for template, read in _sections.items()]
