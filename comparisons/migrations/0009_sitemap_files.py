"""Which files the sitemap has, and when what each holds last changed: a few probes of an index a file.

Nothing is stored for it, so nothing can be stale, and no row is counted: the ranges of keys are walked from one that
holds something to the next, and in each the newest date is the first entry of an index that lists them newest first.
What is public is decided by the clock here as in `editorial.querysets`; dates to come lie at the top of those indexes
and are stepped over. The indexes on tools and reviews are the sitemap's alone, so they are made here.
"""

from django.db import migrations

MAYBE_SHOWN = "status IN ('published', 'scheduled')"
NEWEST_FIRST = "greatest(updated_at, published_at) DESC"
INDEXES = {
    "tool_newest_in_its_file": f"tools_tool ((id / 10000), {NEWEST_FIRST}) WHERE {MAYBE_SHOWN}",
    "tool_newest_change_in_category": f"tools_tool (category_id, {NEWEST_FIRST}) WHERE {MAYBE_SHOWN}",
    "review_newest_in_file_of_tools": f"reviews_review ((tool_id / 10000), {NEWEST_FIRST}) WHERE {MAYBE_SHOWN}",
    "review_newest_change_by_reviewer": f"reviews_review (reviewer_id, {NEWEST_FIRST}) WHERE {MAYBE_SHOWN}",
    "comparison_newest_in_its_file": f"comparisons_comparison ((id / 10000), {NEWEST_FIRST}) WHERE {MAYBE_SHOWN}",
    "standing_reviewed_in_file": "comparisons_toolstanding ((tool_id / 2000), tool_id) WHERE is_listed AND review_count > 0",
}
SHOWN = f"{MAYBE_SHOWN} AND published_at <= statement_timestamp()"


def walk(number: str, table: str, condition: str) -> str:
    """The ranges that hold a row: one probe each, whatever lies between them."""
    first = f"SELECT {number} FROM {table} WHERE {condition}"
    return f"""
WITH RECURSIVE walk(number) AS (
    ({first} ORDER BY 1 LIMIT 1)
    UNION ALL
    SELECT ({first} AND {number} > walk.number ORDER BY 1 LIMIT 1) FROM walk WHERE walk.number IS NOT NULL)"""


def newest(table: str, number: str, condition: str = "true") -> str:
    return f"""
    SELECT greatest(o.updated_at, o.published_at) AS newest FROM {table} o
    WHERE o.{number} = walk.number AND o.{SHOWN.replace("published_at", "o.published_at")} AND {condition}
    ORDER BY greatest(o.updated_at, o.published_at) DESC LIMIT 1"""


def tool_is_shown(key: str) -> str:
    """A sub-select and no join, which the planner might turn round and read whole tables for."""
    return f"(SELECT {SHOWN} FROM tools_tool WHERE id = {key})"


def tool_is_reviewed(key: str) -> str:
    return f"{tool_is_shown(key)} AND (SELECT true FROM reviews_review WHERE tool_id = {key} AND {SHOWN} LIMIT 1)"


# A range with more reviewed tools than there are categories holds two of one, which is a pair. Few ranges have so few
# that each of their tools must be asked whether another reviewed one of its category comes before it.
VIEWS = {
    "comparisons_tool_files": walk("id / 10000", "tools_tool", MAYBE_SHOWN)
    + f"""
SELECT walk.number + 1 AS number, greatest(own.newest, reviewed.newest) AS newest
FROM walk
CROSS JOIN LATERAL ({newest("tools_tool", "id / 10000")}) own
LEFT JOIN LATERAL ({newest("reviews_review", "tool_id / 10000", tool_is_shown("o.tool_id"))}) reviewed ON true""",
    "comparisons_written_files": walk("id / 10000", "comparisons_comparison", MAYBE_SHOWN)
    + f"""
SELECT walk.number + 1 AS number, own.newest
FROM walk
CROSS JOIN LATERAL ({newest(
        "comparisons_comparison",
        "id / 10000",
        f"{tool_is_reviewed('o.first_tool_id')} AND {tool_is_reviewed('o.second_tool_id')}",
    )}) own""",
    "comparisons_pair_files": walk("tool_id / 2000", "comparisons_toolstanding", "is_listed AND review_count > 0")
    + """
SELECT walk.number + 1 AS number, NULL::timestamptz AS newest
FROM walk
CROSS JOIN (SELECT count(*) AS number FROM tools_category) categories
WHERE walk.number IS NOT NULL AND coalesce((
    SELECT true FROM comparisons_toolstanding
    WHERE tool_id / 2000 = walk.number AND is_listed AND review_count > 0
    ORDER BY tool_id OFFSET categories.number LIMIT 1
), EXISTS (
    SELECT FROM comparisons_toolstanding s JOIN tools_tool t ON t.id = s.tool_id
    WHERE s.tool_id / 2000 = walk.number AND s.is_listed AND s.review_count > 0 AND (
        SELECT true FROM tools_tool other JOIN comparisons_toolstanding o ON o.tool_id = other.id
        WHERE other.category_id = t.category_id AND other.id < t.id AND o.is_listed AND o.review_count > 0 LIMIT 1)))""",
}

# A function sees what its first statement has brought up to now; a query beside it would not.
CAUGHT_UP = """
CREATE FUNCTION comparisons_pair_files_now() RETURNS SETOF comparisons_pair_files LANGUAGE plpgsql AS $$
BEGIN
    PERFORM comparisons_catch_up(false);
    RETURN QUERY SELECT * FROM comparisons_pair_files ORDER BY number;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("comparisons", "0008_marks_are_kept"),
        ("reviews", "0001_initial"),
        ("tools", "0001_initial"),
    ]

    operations = [
        *(
            migrations.RunSQL(f"CREATE INDEX {name} ON {columns}", f"DROP INDEX {name}")
            for name, columns in INDEXES.items()
        ),
        *(migrations.RunSQL(f"CREATE VIEW {name} AS {query}", f"DROP VIEW {name}") for name, query in VIEWS.items()),
        migrations.RunSQL(CAUGHT_UP, "DROP FUNCTION comparisons_pair_files_now"),
    ]
