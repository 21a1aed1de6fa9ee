"""Which rows the database keeps every version of, and what it notes beside each: docs/decisions/0026.

The triggers are django-pghistory's; who, why and with what else come from the transaction (who.py, reasons.py).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import pghistory
import pgtrigger
from django.db import models
from django.db.models import F, Func, Index, Q
from pghistory.models import Event

# Says nothing of what a piece says: a row that differs in these alone is no version.
_NO_CONTENT = ("id", "created_at", "updated_at", "author", "changed_by")


class Version(Event):
    """One row as one statement left it. The database fills in whatever begins with pgh_."""

    pgh_id = models.BigAutoField(primary_key=True)
    # What was saved together: one request at the desk, or else one transaction.
    pgh_save = models.TextField(db_default=Func(function="editorial_save", output_field=models.TextField()))
    # The number of an account, which says nothing once that is closed; none for software and hands at the database.
    pgh_by = models.BigIntegerField(
        null=True, db_default=Func(function="editorial_who", output_field=models.BigIntegerField())
    )
    pgh_why = models.TextField(db_default=Func(function="editorial_why", output_field=models.TextField()))

    class Meta:
        abstract = True


def kept[M: models.Model](*, part_of: str = "", only: Collection[str] = ()) -> Callable[[type[M]], type[M]]:
    """Have the database keep every version of a model's rows, those changed in bulk or by hand as well.

    `part_of` names the piece that a row is a part of, such as a price's tool. `only` names the fields that are kept;
    else it is all that say something.
    """

    def keep(model: type[M]) -> type[M]:
        names = {field.name for field in model._meta.local_fields}
        left_out = names.difference(only) if only else names.intersection(_NO_CONTENT)
        table = model._meta.db_table
        indexes = [
            Index("pgh_obj", F("pgh_id").desc(), name=f"{table}_was"[:30]),
            Index(fields=["pgh_by"], condition=Q(pgh_by__isnull=False), name=f"{table}_by"[:30]),
        ]
        if part_of:
            indexes.append(Index(fields=[part_of, "pgh_obj"], name=f"{table}_was_of"[:30]))
        wrap = pghistory.track(
            *(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent()),
            exclude=sorted(left_out),
            obj_field=pghistory.ObjForeignKey(related_name="+", db_index=False),
            context_field=None,  # type: ignore[arg-type] # as its documentation says
            context_id_field=None,  # type: ignore[arg-type]
            base_model=Version,
            attrs=_plain(model, left_out),
            meta={"indexes": indexes, "triggers": [_never_emptied()], "default_permissions": ()},
            level=pgtrigger.Statement,
        )
        kept_model: type[M] = wrap(model)
        return kept_model

    return keep


def _plain(model: type[models.Model], left_out: Collection[str]) -> dict[str, models.Field[Any, Any]]:
    """What a version names, without an index: it is asked by the row it tells of. And addresses that repeat."""
    fields = [field for field in model._meta.local_fields if field.name not in left_out]
    named: dict[str, models.Field[Any, Any]] = {
        field.name: models.ForeignKey(
            *(field.remote_field.model, models.DO_NOTHING),
            null=field.null,
            related_name="+",
            db_constraint=False,
            db_index=False,
        )
        for field in fields
        if isinstance(field, models.ForeignKey)
    }
    repeated = {field.name: models.CharField(max_length=field.max_length) for field in fields if field.name == "slug"}
    return {**named, **repeated}


def _never_emptied() -> pgtrigger.Trigger:
    refuse = "RAISE EXCEPTION 'history is for good';"
    return pgtrigger.Trigger(
        name="not_emptied", level=pgtrigger.Statement, when=pgtrigger.Before, operation=pgtrigger.Truncate, func=refuse
    )
