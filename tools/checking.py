"""Saying that a source was read again today, and taking that back: docs/decisions/0028."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from editorial.permissions import may_check
from tools.evidence import Kind, Part, evidence_of
from tools.figures import day
from tools.freshness import today
from tools.models import Fact, Plan, Tool
from tools.services import touch_tools


@dataclass(frozen=True, slots=True)
class Checked:
    """A price or fact that bears another day now, and the day it bore before."""

    part: Part
    name: str
    before: date


@transaction.atomic
def check_again(tool: Tool, parts: Iterable[Part] | None = None, *, by: User | None = None) -> list[Checked]:
    """Date these prices and facts of a tool, or all of them, today; returns those that bore an older day.

    The day is shown to readers, so the database leaves a receipt for each. `by` is who has read the sources, None for a
    command; the desk's log keeps it. What is not of this tool, or is gone, is left out.
    """
    _begin(tool, by)
    named = None if parts is None else set(parts)
    old = [line for line in evidence_of(tool.pk) if not line.is_checked_today and (named is None or line.part in named)]
    _date([line.part for line in old], today())
    checked = [Checked(line.part, line.name, line.checked_on) for line in old]
    if checked:
        _finish(tool, by, _("Checked again today: %(parts)s.") % {"parts": _told(checked)})
    return checked


@transaction.atomic
def uncheck(tool: Tool, checked: Sequence[Checked], *, on: date, by: User | None = None) -> int:
    """Give back the days from before a check of that day; what bears another day since is left alone. How many."""
    _begin(tool, by)
    bears = {line.part: line for line in evidence_of(tool.pk)}
    back = [one for one in checked if one.part in bears and bears[one.part].checked_on == on]
    for one in back:
        _date([one.part], one.before)
    if back:
        _finish(tool, by, _("Check taken back: %(parts)s.") % {"parts": _told(back)})
    return len(back)


def _begin(tool: Tool, by: User | None) -> None:
    """Hold the tool: of two presses the second sees what the first has done."""
    now = Tool.objects.select_for_update().get(pk=tool.pk)
    if by and not may_check(by, now):
        raise PermissionDenied


def _date(parts: Iterable[Part], on: date) -> None:
    keys: dict[Kind, list[int]] = {kind: [] for kind in Kind}
    for part in parts:
        keys[part.kind].append(part.pk)
    for kind, model in ((Kind.PLAN, Plan), (Kind.FACT, Fact)):
        if keys[kind]:
            model._default_manager.filter(pk__in=keys[kind]).update(checked_on=on)


def _told(checked: Sequence[Checked]) -> str:
    """Each with the day that it bore, so that whoever reads the log can set it again by hand."""
    return _(", ").join(_("%(name)s (was %(day)s)") % {"name": one.name, "day": day(one.before)} for one in checked)


def _finish(tool: Tool, by: User | None, words: str) -> None:
    touch_tools([tool.pk])
    if by:
        LogEntry.objects.log_actions(by.pk, [tool], CHANGE, words)
