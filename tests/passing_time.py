"""Time that passes for receipts: everything dated moves into the past, as if it had happened so much earlier."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection

DATED = {
    "tools_tool": ("published_at",),
    "reviews_review": ("published_at",),
    "comparisons_comparison": ("published_at",),
    "comparisons_receipt": ("recorded_at", "effective_at"),
    "comparisons_reviewermonth": ("since",),
}


def pass_time(step: timedelta) -> None:
    """The receipts' own copies of `published_at` move too, so that they still are what the rows say."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table, columns in DATED.items():
            moved = ", ".join(f"{column} = {column} - %(step)s::interval" for column in columns)
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            cursor.execute(f"UPDATE {table} SET {moved}", {"step": f"{step.total_seconds()} seconds"})  # noqa: S608
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        cursor.execute("ALTER TABLE comparisons_receipt DISABLE TRIGGER USER")
        for column in ("before", "after"):
            cursor.execute(
                f"UPDATE comparisons_receipt SET {column} = jsonb_set({column}, '{{published_at}}', to_jsonb("  # noqa: S608
                f"({column} ->> 'published_at')::timestamptz - %s::interval)) WHERE {column} ? 'published_at'",
                [f"{step.total_seconds()} seconds"],
            )
        for trigger in ("receipt_is_for_good", "receipts_are_counted", "verdicts_are_counted"):
            cursor.execute(f"ALTER TABLE comparisons_receipt ENABLE TRIGGER {trigger}")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
