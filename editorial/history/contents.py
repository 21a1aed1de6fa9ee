"""What a piece said at some point: its own fields, and those of its parts (a tool's prices and facts)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Field, ForeignKey, Max, Model, QuerySet, UniqueConstraint
from django.utils.text import capfirst
from django.utils.translation import gettext as _

# How far each table of history had come: the piece's own, then one for each kind of part.
Position = tuple[int, ...]
Row = dict[str, Any]
Names = Mapping[tuple[type[Model], Any], str]

STANDING = ("status", "published_at")  # moved by steps alone: no content
DELETED = "delete"


@dataclass(frozen=True, slots=True)
class Part:
    """Rows that belong to a piece: `of` names the piece, `prefix` is what the desk's form calls them."""

    model: type[Model]
    of: str
    prefix: str

    @property
    def natural(self) -> str:
        """What makes a row of it the same row, whatever its number: a price's name, a fact's criterion."""
        for constraint in self.model._meta.constraints:
            if isinstance(constraint, UniqueConstraint) and self.of in constraint.fields:
                return [name for name in constraint.fields if name != self.of][-1]
        return "pk"

    def versions_of(self, pk: Any) -> QuerySet[Any]:
        """Every version of every row that was at some time of that piece."""
        rows = versions(self.model)
        return rows.filter(pgh_obj__in=rows.filter(**{self.of: pk}).values("pgh_obj"))


@dataclass(slots=True)
class Contents:
    """Values by name of field; those of parts by prefix and number of the row. A thing that is named is its number."""

    own: Row = field(default_factory=dict)
    rows: dict[str, dict[int, Row]] = field(default_factory=dict)

    def says_the_same(self, other: Contents) -> bool:
        """Wherever the piece stands."""
        mine, theirs = ({name: own[name] for name in own if name not in STANDING} for own in (self.own, other.own))
        return mine == theirs and self.rows == other.rows


@dataclass(frozen=True, slots=True)
class Line:
    """One field of the piece, or one part, in words."""

    key: str
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A kind of piece whose history is kept, with its parts."""

    model: type[Model]
    parts: tuple[Part, ...] = ()

    def position(self, pk: Any) -> Position:
        """Where its history stands now; a query for each table."""
        tables = [versions(self.model).filter(pgh_obj=pk), *(part.versions_of(pk) for part in self.parts)]
        return tuple(table.aggregate(last=Max("pgh_id"))["last"] or 0 for table in tables)

    def read(self, pk: Any, position: Position) -> Contents:
        """What it said there; a query for each table."""
        own = versions(self.model).filter(pgh_obj=pk, pgh_id__lte=position[0]).order_by("-pgh_id").values().first()
        contents = Contents(_row(self.model, own) if own else {})
        for part, last in zip(self.parts, position[1:], strict=True):
            rows = part.versions_of(pk).filter(pgh_id__lte=last).order_by("pgh_obj_id", "-pgh_id")
            contents.rows[part.prefix] = {
                row["pgh_obj_id"]: _row(part.model, row)
                for row in rows.distinct("pgh_obj_id").values()
                if row["pgh_label"] != DELETED and row[f"{part.of}_id"] == pk
            }
        return contents

    def names(self, contents: Iterable[Contents], find: Callable[[type[Model]], QuerySet[Any]]) -> Names:
        """What everything is called that they name; `find` says where a kind is looked up. A query for each kind."""
        wanted: dict[type[Model], set[Any]] = {}
        for kind, key in (named for content in contents for named in self._named(content)):
            wanted.setdefault(kind, set()).add(key)
        return {
            (kind, thing.pk): str(thing) for kind, keys in wanted.items() for thing in find(kind).filter(pk__in=keys)
        }

    def _named(self, contents: Contents) -> Iterator[tuple[type[Model], Any]]:
        """What the piece and its parts point at."""
        parts = [(part.model, part.of, list(contents.rows.get(part.prefix, {}).values())) for part in self.parts]
        for model, of, rows in [(self.model, "", [contents.own]), *parts]:
            foreign = [one for one in fields_of(model) if isinstance(one, ForeignKey) and one.name != of]
            yield from (
                (_kind(one), row[one.name]) for one in foreign for row in rows if isinstance(row.get(one.name), int)
            )

    def lines(self, contents: Contents, names: Names) -> dict[str, Line]:
        """Everything that it says, in words and in the order of the desk's form."""
        lines = [
            Line(
                content.name,
                capfirst(str(content.verbose_name)),
                readable(content, contents.own.get(content.name), names),
            )
            for content in fields_of(self.model)
            if content.name not in STANDING
        ]
        for part in self.parts:
            rows = contents.rows.get(part.prefix, {}).items()
            ordered = sorted(rows, key=lambda item: (item[1].get("position") or 0, item[0]))
            lines += [part_line(part, pk, row, names) for pk, row in ordered]
        return {line.key: line for line in lines}


def part_line(part: Part, key: Any, row: Row, names: Names) -> Line:
    """One part in words, a field a line; what is empty is left out."""
    told = {
        content.name: readable(content, row.get(content.name), names)
        for content in fields_of(part.model)
        if content.name != part.of
    }
    labels = {content.name: capfirst(str(content.verbose_name)) for content in fields_of(part.model)}
    text = "\n".join(f"{labels[name]}: {words}" for name, words in told.items() if words)
    name = told.get("name") or told.get(part.natural, "")
    named = {"kind": capfirst(str(part.model._meta.verbose_name)), "name": name}
    return Line(f"{part.prefix}:{key}", _("%(kind)s: %(name)s") % named, text)


def versions(model: type[Model]) -> QuerySet[Any]:
    """The table in which the versions of a kind are kept."""
    kind: Any = model
    rows: QuerySet[Any] = kind.pgh_event_model.objects.all()
    return rows


def is_kept(model: type[Model]) -> bool:
    return hasattr(model, "pgh_event_model")


def fields_of(model: type[Model]) -> list[Field[Any, Any]]:
    """The fields of a kind that its history holds."""
    kind: Any = model
    kept = {kept_field.name for kept_field in kind.pgh_event_model._meta.local_fields}
    return [content for content in model._meta.local_fields if content.name in kept]


def readable(content: Field[Any, Any], value: Any, names: Names) -> str:
    """A value as a person reads it; empty for none."""
    if value is None or value == "":
        return ""
    if isinstance(content, ForeignKey):
        return names.get((_kind(content), value), _("one that is gone, or not yours to see"))
    if content.flatchoices:
        return str(dict(content.flatchoices).get(value, value))
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value.isoformat() if isinstance(value, date) else str(value)


def _kind(named: ForeignKey[Any, Any]) -> type[Model]:
    kind: Any = named.related_model
    return kind  # type: ignore[no-any-return]


def _row(model: type[Model], version: Row) -> Row:
    return {content.name: version[content.attname] for content in fields_of(model)}
