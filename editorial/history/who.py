"""Tells the database who writes, for as long as a transaction lasts and never longer."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from django.db import connection, transaction

_WRITES = re.compile(r'\s*(INSERT INTO|UPDATE|DELETE FROM)\s+"?(tools|reviews|comparisons|editorial)_', re.IGNORECASE)
_SAY = "SELECT set_config('drydock.who', %s, true), set_config('drydock.save', %s, true)"


def named_by(person: Callable[[], int | None]) -> Callable[..., Any]:
    """An execute wrapper (Django's) under which every write to a publication's tables is that person's, and one save.

    It is said before each such statement: what a savepoint took back is said again, and a statement outside of any
    transaction gets one of its own. The library's own wrapper puts both into one query, which the server refuses to
    prepare.
    """
    save = uuid.uuid4().hex

    def tell(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001
        if not isinstance(sql, str) or not _WRITES.match(sql):
            return execute(sql, params, many, context)
        with nullcontext() if connection.in_atomic_block else transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(_SAY, [str(person() or ""), save])
            return execute(sql, params, many, context)

    return tell
