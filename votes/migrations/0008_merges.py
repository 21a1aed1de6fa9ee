"""A vote on a tool that was merged is one on the other, however the two come together: docs/decisions/0029."""

from importlib import import_module

from django.db import migrations, models

# `votes_cast` as it was, behind a lock of its tool that all voters share: whoever merges tools has it alone, and who
# waited for that votes on what the tool has become.
BEFORE = import_module("votes.migrations.0004_cast_in_one_call").CAST
SIGNATURE = "votes_cast(bigint, bigint, bytea, boolean, integer, bytea, bytea, timestamptz, integer[], text)"
FOLLOW = """    outcome := 'unchanged';
    counted_on := p_tool;
    LOOP
        PERFORM pg_advisory_xact_lock_shared(7024, (counted_on % 2147483647)::integer);
        SELECT t.merged_into_id INTO other FROM tools_tool t WHERE t.id = counted_on;
        EXIT WHEN other IS NULL;
        counted_on := other;
    END LOOP;
"""
CAST = (
    BEFORE.replace("OUT crowd text\n", "OUT crowd text, OUT counted_on bigint\n")
    .replace("    is_live boolean;\n", "    is_live boolean;\n    other bigint;\n")
    .replace("    outcome := 'unchanged';\n", FOLLOW)
)
HEAD, BODY = CAST.split("    END LOOP;\n")
CAST = HEAD + "    END LOOP;\n" + BODY.replace("p_tool", "counted_on")
assert all(part in CAST for part in ("OUT counted_on", "other bigint", "VALUES (counted_on")), "The function of migration 0004 has changed: read it again."
DROP = f"DROP FUNCTION {SIGNATURE};"


class Migration(migrations.Migration):

    dependencies = [
        ('tools', '0012_merges'),
        ('votes', '0006_less_work_a_vote'),
    ]

    operations = [
        migrations.RunSQL(DROP + CAST, DROP + BEFORE),
    ]
