"""Named reads compiled to SQL once a process.

Building a queryset and compiling it costs several times what the database needs to answer: 1.5 to 3 ms of a page's
CPU for each query, every time the same text. A `CompiledRead` is written as a queryset, so that "published" and the
like keep their one definition, and then runs as plain SQL with new values.
"""

from __future__ import annotations

import inspect
from collections import namedtuple
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db import connection, models
from django.db.models.lookups import Lookup
from django.db.models.sql.compiler import SQLCompiler


@dataclass(frozen=True, slots=True)
class _Place:
    """Stands in the compiled parameters where a caller's list will go."""

    name: str


@models.IntegerField.register_lookup
@models.CharField.register_lookup
@models.ForeignKey.register_lookup
class AnyOf(Lookup):
    """`pk__any_of=[1, 2]`: like `in`, with the whole list as one parameter, so that its length leaves the SQL alone.

    An `ArraySubquery` may stand for the list: the database then runs it first and looks its few keys up by index, also
    inside an OR, where it would read the whole table for `in`.
    """

    lookup_name = "any_of"
    prepare_rhs = False

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> tuple[str, tuple[Any, ...]]:
        left, parameters = self.process_lhs(compiler, connection)
        if hasattr(self.rhs, "as_sql"):
            right, more = self.process_rhs(compiler, connection)
            return f"{left} = ANY({right})", (*parameters, *more)
        values = self.rhs if isinstance(self.rhs, _Place) else list(self.rhs)
        return f"{left} = ANY(%s)", (*parameters, values)


class CompiledRead:
    """Rows of a queryset that ends in `values_list(...)`; each argument is a list for an `any_of` lookup.

    >>> names = CompiledRead(lambda keys: Tool.objects.filter(pk__any_of=keys).values_list("pk", "name"))
    >>> names(keys=[1, 2])
    [Row(pk=1, name='Code Llama 4'), Row(pk=2, name='Mistral 3.1')]
    """

    def __init__(self, build: Callable[..., models.QuerySet[Any, Any]]) -> None:
        self.build = build

    def __call__(self, **lists: Iterable[Any]) -> list[Any]:
        sql, values = self.statement(**lists)
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            return [self._compiled[2](*columns) for columns in cursor.fetchall()]

    def statement(self, **lists: Iterable[Any]) -> tuple[str, list[Any]]:
        """The SQL and its values, for a statement that asks for more in the same round trip."""
        sql, parameters, _ = self._compiled
        return sql, [list(lists[item.name]) if isinstance(item, _Place) else item for item in parameters]

    @cached_property
    def _compiled(self) -> tuple[str, tuple[Any, ...], type]:
        places = {name: _Place(name) for name in inspect.signature(self.build).parameters}
        queryset = self.build(**places)
        sql, parameters = queryset.query.sql_with_params()
        return sql, parameters, namedtuple("Row", queryset._fields)  # type: ignore[attr-defined]
