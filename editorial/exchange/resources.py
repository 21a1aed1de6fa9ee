"""Rows of one kind to a file and back: what a file may change, for whom, and through which service.

The rows, their differences and their errors are django-import-export's; nothing is saved by it. What is to be saved
goes, all at once, through the service that everything else of its kind goes through.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from diff_match_patch import diff_match_patch
from django.core.exceptions import ValidationError
from django.db.models import ForeignKey, Model, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from import_export.fields import Field
from import_export.resources import Resource

from accounts.models import User
from editorial import permissions
from editorial.models import Publishable

_WORD = re.compile(r"\w+|\s+|[^\w\s]")
_KEPT = 60  # letters around a change that stay in sight


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one column: runs of text with -1 for what goes, 1 for what comes, 0 for what stays."""

    column: str
    runs: Sequence[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Doubt:
    """What a row may be already, in words, and where that is for whoever may see it."""

    text: str
    address: str


class Comparison:
    """django-import-export's idea of a difference, as runs and not as styled markup, which our policy forbids."""

    def __init__(self, resource: Exchange, instance: Any, new: bool) -> None:  # noqa: FBT001
        self.columns = [field.column_name for field in resource.get_import_fields()]
        self.left = [""] * len(self.columns) if new else resource.texts_of(instance)
        self.right: list[str] = []

    def compare_with(self, resource: Exchange, instance: Any) -> None:
        self.right = resource.texts_of(instance)

    def as_html(self) -> list[Change]:
        pairs = zip(self.columns, self.left, self.right, strict=True)
        return [Change(column, _runs(old, new)) for column, old, new in pairs if old != new]


class Exchange(Resource):  # type: ignore[misc]
    """One kind of row. A subclass names its columns, finds what is stored, and calls its service."""

    model: ClassVar[type[Model]]
    name: ClassVar[str]
    title: ClassVar[Promise]
    keys: ClassVar[tuple[str, ...]] = ("slug",)
    unique: ClassVar[tuple[str, ...]] = ()

    class Meta:
        skip_unchanged = True
        report_skipped = True

    def __init__(self, person: User) -> None:
        super().__init__()
        self.person = person
        self.pending: list[Any] = []
        self.stored: dict[tuple[Any, ...], Any] = {}
        self._taken: set[tuple[Any, ...]] = set()
        self.fields = {field.column_name: field for field in self.columns()}

    def columns(self) -> list[Field]:
        raise NotImplementedError

    def find(self, keys: set[tuple[str, ...]]) -> Iterable[Any]:
        """What is stored of these keys, and whatever is needed to judge it; a constant number of queries."""
        raise NotImplementedError

    def put(self, pieces: Sequence[Any]) -> None:
        """Write through the service of this kind."""
        raise NotImplementedError

    def visible(self, pieces: QuerySet[Any]) -> Iterable[Any]:
        """Of rows that somebody finds at the desk those that a file may tell, with what its columns name."""
        return pieces

    def owed(self, pieces: Sequence[Any]) -> list[Any]:
        """Those of the pieces that may change for a reason only."""
        return []

    def doubts(self, changed: Sequence[tuple[Any, set[str]]]) -> list[list[Doubt]]:
        """What each row, given with the columns that change, may be already; nothing is refused for it."""
        return [[] for _row in changed]

    def piece_of(self, row: Any) -> Publishable | None:
        """The piece whose rights decide: the row itself, or the tool it is a part of."""
        return row if isinstance(row, Publishable) else None

    def begin(self, rows: Sequence[Mapping[str, str]]) -> None:
        """Look up what the rows name, once for all of them."""
        named = {tuple(row.get(key, "") for key in self.keys) for row in rows}
        self.stored = {self.key_of(row): row for row in self.find(named)}

    def key_of(self, row: Any) -> tuple[str, ...]:
        return tuple(self.fields[key].export(row) for key in self.keys)

    def get_import_fields(self) -> list[Field]:
        """All columns in our order; the library would look them up by name for each row."""
        return list(self.fields.values())

    def texts_of(self, instance: Any) -> list[str]:
        return [field.export(instance) for field in self.get_import_fields()]

    @classmethod
    def get_diff_class(cls) -> Any:
        return Comparison

    def get_import_id_fields(self) -> tuple[str, ...]:
        return self.keys

    def get_instance(self, instance_loader: Any, row: Mapping[str, str]) -> Any:
        return self.stored.get(tuple(row.get(key, "") for key in self.keys))

    def init_instance(self, row: Any = None) -> Any:
        """A new row is a draft of whoever brings it, whatever its file says of its status."""
        if not issubclass(self.model, Publishable):
            return self.model()
        return self.model(author_id=self.person.pk, changed_by_id=self.person.pk)  # not the person: rows are copied

    def before_import_row(self, row: Mapping[str, str], **options: Any) -> None:
        key = tuple(row.get(key, "") for key in self.keys)
        if key in self._taken:
            raise ValidationError(_("The same one stands in an earlier row."))
        self._taken.add(key)

    def validate_instance(self, instance: Any, import_validation_errors: Any = None, **options: Any) -> None:
        """The model's own checks without a query for each row; names are compared by `begin`'s one."""
        errors = dict(import_validation_errors or {})
        related = [field.name for field in instance._meta.concrete_fields if isinstance(field, ForeignKey)]
        try:
            instance.clean_fields(exclude=[*errors, *related])
            if not errors:
                instance.clean()
                self.check(instance)
        except ValidationError as problem:
            errors = problem.update_error_dict(errors)
        if errors:
            raise ValidationError(errors)

    def check(self, instance: Any) -> None:
        """Whether this person may change this row."""
        piece = self.piece_of(instance)
        if piece is None or piece.pk is None or permissions.may_change(self.person, piece):
            return
        said = _("%(piece)s is %(state)s: it is not yours to change as it stands.")
        raise ValidationError(said % {"piece": piece, "state": piece.stands_as})

    def save_instance(self, instance: Any, is_create: bool, row: Any, **options: Any) -> None:  # noqa: FBT001
        """Later, with all others."""
        self.pending.append(instance)

    def save_m2m(self, *args: Any, **options: Any) -> None:
        """No column of ours holds several rows."""


def _runs(old: str, new: str) -> list[tuple[int, str]]:
    if not old or not new:
        return [(-1, old)] if old else [(1, new)]
    words: dict[str, str] = {}
    marked = ["".join(words.setdefault(word, _mark(len(words))) for word in _WORD.findall(text)) for text in (old, new)]
    compared = diff_match_patch()
    compared.Diff_Timeout = 0.05
    runs = compared.diff_main(*marked)
    compared.diff_cleanupSemantic(runs)
    written = {mark: word for word, mark in words.items()}
    told = [(kind, "".join(written[mark] for mark in marks)) for kind, marks in runs]
    return [(kind, text if kind else _shortened(text)) for kind, text in told]


def _mark(number: int) -> str:
    """A letter that stands for a whole word, past those that Unicode calls none."""
    return chr(number + 0x100 if number < 0xD000 else number + 0xE000 - 0xD000 + 0x100)


def _shortened(text: str) -> str:
    return text if len(text) <= 2 * _KEPT else f"{text[:_KEPT]} … {text[-_KEPT:]}"
