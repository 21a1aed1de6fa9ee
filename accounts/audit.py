"""What the log of the desk is told beside Django's own notes, which a trigger takes over (decision 0032)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from accounts.models import AuditEntry, FailedTry, User

Action = AuditEntry.Action
Changes = dict[str, Any]
_SECRET = re.compile("password|secret|token|credential", re.IGNORECASE)
_LONGEST = 120
# Of an account the log keeps what it may do, and not who it is.
_TOLD_OF_PEOPLE = {"is_active", "is_staff", "is_superuser", "groups", "user_permissions"}


def note(*, by: User | None, action: Action, about: Model | None = None, words: str = "") -> None:
    """One entry. `by` is None for a command at the server; of an account in `about` its number alone is kept."""
    AuditEntry.objects.create(
        actor=by,
        action=action,
        kind=about._meta.label_lower if about else "",
        object_id=str(about.pk) if about else "",
        name="" if about is None or isinstance(about, User) else str(about)[:200],
        words=words,
    )


def note_export(*, by: User, kind: type[Model], count: int) -> None:
    """That somebody took rows of a kind away as a file."""
    words = _("%(count)s rows") % {"count": count}
    AuditEntry.objects.create(actor=by, action=Action.EXPORTED, kind=kind._meta.label_lower, words=words)


def note_import(*, by: User, kind: type[Model], words: str) -> None:
    """That somebody brought rows of a kind as a file: how many, and no name in them."""
    AuditEntry.objects.create(actor=by, action=Action.ADDED, kind=kind._meta.label_lower, words=words)


def note_failure(door: FailedTry.Door, account: User | None) -> None:
    """Count one failed try; of an account that does not work at the desk no more is kept than that there was one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO accounts_failedtry (day, door, account, tries) VALUES (%s, %s, %s, 1) "
            "ON CONFLICT (day, door, account) DO UPDATE SET tries = accounts_failedtry.tries + 1",
            [datetime.now(UTC).date(), door.value, account.pk if account and account.is_staff else 0],
        )


@contextmanager
def telling(changes: Changes) -> Iterator[None]:
    """Have what Django notes meanwhile take these changes along into the log."""
    with transaction.atomic(), connection.cursor() as cursor:
        _hand_over(cursor, json.dumps(changes) if changes else "")
        yield
        _hand_over(cursor, "")


def _hand_over(cursor: Any, text: str) -> None:
    cursor.execute("SELECT set_config('drydock.changes', %s, true)", [text])


def changes_of(form: Any, formsets: Iterable[Any] | None) -> Changes:
    """What a form of the desk changes: {field: [before, after]}, and the fields of rows below it by the row's name."""
    changes = _fields(form) if form.instance.pk else {}
    for formset in formsets or ():
        for row in getattr(formset, "initial_forms", ()):
            if row.instance.pk and row.has_changed() and row not in getattr(formset, "deleted_forms", ()):
                below = f"{row.instance._meta.verbose_name} {row.instance}"
                changes |= {f"{below}: {name}": pair for name, pair in _fields(row).items()}
    return changes


def _fields(form: Any) -> Changes:
    model = type(form.instance)
    told: Changes = {}
    for name in form.changed_data:
        is_kept_back = _SECRET.search(name) or (model is User and name not in _TOLD_OF_PEOPLE)
        if is_kept_back or name not in form.cleaned_data:
            told[name] = None
            continue
        field = form.fields[name]
        told[name] = [_text(before, field) for before in (form.initial.get(name), form.cleaned_data[name])]
    return told


def _text(value: Any, field: Any) -> str:
    """A value in at most 120 characters; what names an account is its number."""
    if isinstance(value, User):
        return _("account %(number)s") % {"number": value.pk}
    if isinstance(value, QuerySet | list | tuple | set):
        return ", ".join(sorted(_text(item, field) for item in value))[:_LONGEST]
    choices = getattr(field, "queryset", None)
    if choices is not None and value is not None and not isinstance(value, Model):
        found = choices.model._base_manager.filter(pk=value).first()
        return _text(found, field) if found else str(value)
    if isinstance(value, Decimal):
        value = f"{value.normalize():f}"  # 20 and 20.0000 are one price
    text = "" if value is None else str(value)
    return text if len(text) <= _LONGEST else _("%(count)s characters") % {"count": len(text)}


def failed_tries() -> list[FailedTry]:
    """The newest counts, at most a hundred."""
    newest = FailedTry.objects.order_by("-day", "-tries")
    return list(newest[:100])


def records_of(user: User) -> list[dict[str, Any]]:
    """What somebody has done at the desk, for the export of their data."""
    entries = AuditEntry.objects.filter(actor=user).order_by("pk")
    return [dict(entry) for entry in entries.values("at", "action", "kind", "object_id", "name", "words", "changes")]
