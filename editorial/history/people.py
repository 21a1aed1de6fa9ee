"""What history holds of a person: that they saved something, and when."""

from __future__ import annotations

from typing import Any

from pghistory.core import event_models

from accounts.models import User
from editorial.history.tracking import Version


def records_of_saves(user: User) -> list[dict[str, Any]]:
    """For the export of a person's data; a query for each table of history."""
    records: list[dict[str, Any]] = []
    tables: list[Any] = [kept for kept in event_models() if issubclass(kept, Version)]
    for kept in tables:
        rows = kept._default_manager.filter(pgh_by=user.pk).order_by("pgh_id")
        kind = kept.pgh_tracked_model._meta.model_name
        records += [
            {"saved_at": at.isoformat(), "kind": kind, "number": number, "what": label}
            for at, number, label in rows.values_list("pgh_created_at", "pgh_obj_id", "pgh_label")
        ]
    return sorted(records, key=lambda record: str(record["saved_at"]))
