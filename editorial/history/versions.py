"""The list of a piece's versions: what was saved together, by whom, and what it was."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from editorial.history.contents import STANDING, Kept, Position, Row, fields_of, versions
from editorial.models import Publishable

PER_PAGE = 20
# What people wrote beside a change, in the desk's own log: when something was sent back, or restored.
RESTORED = "Restored: "
_NOTED = {
    "Sent back: ": gettext_lazy("Note to the author: %(words)s"),
    RESTORED: gettext_lazy("Restored from the version of %(words)s."),
}
_S = Publishable.Status
_MOVED = {
    _S.IN_REVIEW: gettext_lazy("Sent to review"),
    _S.PUBLISHED: gettext_lazy("Published"),
    _S.SCHEDULED: gettext_lazy("Scheduled"),
    _S.WITHDRAWN: gettext_lazy("Withdrawn"),
}
_BACK = {_S.IN_REVIEW: gettext_lazy("Sent back"), _S.WITHDRAWN: gettext_lazy("Opened again as a draft")}


@dataclass(slots=True)
class Saved:
    """What one person saved at once. `changes` says what kind of change it was, in words."""

    key: str
    at: datetime
    by: int | None
    why: str
    position: Position
    own: list[Row] = field(default_factory=list)
    parts: dict[str, set[int]] = field(default_factory=dict)
    person: str = ""
    note: str = ""
    changes: list[str] = field(default_factory=list)


def load_versions(kept: Kept, pk: Any) -> list[Saved]:
    """Every version, the newest first, without what it says; a query for each table."""
    place = [0] * (1 + len(kept.parts))
    found: dict[str, Saved] = {}
    for row, table in sorted(_thin(kept, pk), key=lambda told: told[0]["pgh_created_at"]):
        place[table] = max(place[table], row["pgh_id"])
        saved = found.setdefault(
            row["pgh_save"], Saved(row["pgh_save"], row["pgh_created_at"], row["pgh_by"], row["pgh_why"], ())
        )
        saved.at, saved.position = row["pgh_created_at"], tuple(place)
        saved.why = row["pgh_why"] or saved.why
        if table:
            saved.parts.setdefault(kept.parts[table - 1].prefix, set()).add(row["pgh_obj_id"])
        else:
            saved.own.append(row)
    return sorted(found.values(), key=lambda saved: saved.at, reverse=True)


def _thin(kept: Kept, pk: Any) -> Iterator[tuple[Row, int]]:
    """All rows of history that belong to a piece, each with the number of its table."""
    wanted = ["pgh_id", "pgh_created_at", "pgh_save", "pgh_by", "pgh_why", "pgh_label", "pgh_obj_id"]
    standing = [content.name for content in fields_of(kept.model) if content.name in STANDING]
    yield from ((row, 0) for row in versions(kept.model).filter(pgh_obj=pk).values(*wanted, *standing))
    for number, part in enumerate(kept.parts, 1):
        yield from ((row, number) for row in part.versions_of(pk).values(*wanted))


def describe(kept: Kept, piece: Model, chosen: Sequence[Saved], everything: Sequence[Saved]) -> None:
    """Say of the chosen ones who saved them, what changed and what was noted beside it; three queries."""
    own = sorted((row for saved in everything for row in saved.own), key=itemgetter("pgh_id"))
    before = dict(zip((row["pgh_id"] for row in own[1:]), own, strict=False))
    wanted = {row["pgh_id"] for saved in chosen for row in saved.own}
    wanted |= {before[number]["pgh_id"] for number in wanted if number in before}
    texts = versions(kept.model).in_bulk(wanted)
    people = User.objects.in_bulk({saved.by for saved in chosen if saved.by})
    notes = _notes(piece)
    for saved in chosen:
        saved.person = _person(saved.by, people)
        saved.note = next((text for at, text in notes if saved.at <= at <= _until(saved, everything)), "")
        saved.changes = [*_own_changes(kept, saved, before, texts), *_part_changes(kept, saved)]


def _person(number: int | None, people: dict[int, User]) -> str:
    if number is None:
        return _("software, or a hand at the database")
    return str(people[number]) if number in people else _("an account that is closed")


def _notes(piece: Model) -> list[tuple[datetime, str]]:
    kind = ContentType.objects.get_for_model(piece)
    entries = LogEntry.objects.filter(content_type=kind, object_id=str(piece.pk)).order_by("action_time")
    told = entries.values_list("action_time", "change_message")
    return [
        (at, str(words) % {"words": text.removeprefix(mark)})
        for at, text in told
        for mark, words in _NOTED.items()
        if text.startswith(mark)
    ]


def _until(saved: Saved, everything: Sequence[Saved]) -> datetime:
    """When the next one was saved; the log is written right after the change that it tells of."""
    later = [other.at for other in everything if other.at > saved.at]
    return min(later, default=datetime.max.replace(tzinfo=saved.at.tzinfo))


def _own_changes(kept: Kept, saved: Saved, before: dict[int, Row], texts: dict[int, Any]) -> Iterator[str]:
    if not saved.own:
        return
    first, last = saved.own[0], saved.own[-1]
    if first["pgh_label"] == "insert":
        yield _("Begun")
    if first["pgh_label"] == "begin":
        yield _("As it was when history began")
    yield from _steps(saved, before)
    old, new = texts.get(before.get(first["pgh_id"], {}).get("pgh_id", 0)), texts[last["pgh_id"]]
    if old:
        for content in fields_of(kept.model):
            if content.name not in STANDING and getattr(old, content.attname) != getattr(new, content.attname):
                yield capfirst(str(content.verbose_name))


def _steps(saved: Saved, before: dict[int, Row]) -> Iterator[str]:
    """Published, withdrawn and so on: from where each row stood to where it stands."""
    for row in saved.own:
        was, status = before.get(row["pgh_id"], {}), str(row.get("status", ""))
        if status and was.get("status") != status and (was or status != _S.DRAFT):
            words = _BACK.get(was["status"]) if was and status == _S.DRAFT else _MOVED.get(_S(status))
            yield str(words or dict(_S.choices)[status])
        elif was and was.get("published_at") != row.get("published_at"):
            yield _("Another moment of publication")


def _part_changes(kept: Kept, saved: Saved) -> Iterator[str]:
    for part in kept.parts:
        count = len(saved.parts.get(part.prefix, ()))
        if count:
            kind = part.model._meta.verbose_name_plural if count > 1 else part.model._meta.verbose_name
            yield _("%(kind)s (%(count)s)") % {"kind": capfirst(str(kind)), "count": count}
