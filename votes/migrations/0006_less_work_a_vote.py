"""A vote writes to fewer indexes, counts in plpgsql, and can answer with the numbers it led to."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# The same as in 0002; a function in SQL was prepared anew at each call, in plpgsql it is planned once a connection.
COUNT = """
CREATE OR REPLACE FUNCTION votes_count(tool bigint, crowd_name text, voter bigint, choice integer, step integer)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO votes_tally (tool_id, crowd, slot, ship, skip)
    VALUES (tool, crowd_name, voter % 16,
            CASE WHEN choice = 1 THEN step ELSE 0 END, CASE WHEN choice = -1 THEN step ELSE 0 END)
    ON CONFLICT (tool_id, crowd, slot)
    DO UPDATE SET ship = votes_tally.ship + EXCLUDED.ship, skip = votes_tally.skip + EXCLUDED.skip;
END $$;
CREATE OR REPLACE FUNCTION votes_uncount(tool bigint, crowd_name text, voter bigint, choice integer)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE votes_tally
    SET ship = ship - CASE WHEN choice = 1 THEN 1 ELSE 0 END, skip = skip - CASE WHEN choice = -1 THEN 1 ELSE 0 END
    WHERE tool_id = tool AND crowd = crowd_name AND slot = voter % 16;
END $$;
"""
# Volatile, so that called in one statement with votes_cast it sees what that has just counted.
NUMBERS = """
CREATE FUNCTION votes_numbers(p_tool bigint) RETURNS integer[] LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    RETURN (SELECT ARRAY[coalesce(sum(ship) FILTER (WHERE crowd = 'account'), 0),
                         coalesce(sum(skip) FILTER (WHERE crowd = 'account'), 0),
                         coalesce(sum(ship) FILTER (WHERE crowd = 'passing'), 0),
                         coalesce(sum(skip) FILTER (WHERE crowd = 'passing'), 0)]
            FROM votes_tally WHERE tool_id = p_tool);
END $$;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('tools', '0005_newest'),
        ('votes', '0005_change_many_at_once'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(COUNT, migrations.RunSQL.noop),
        migrations.RunSQL(NUMBERS, "DROP FUNCTION votes_numbers"),
        migrations.AlterField(
            model_name='tally',
            name='tool',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='tallies', to='tools.tool'),
        ),
        migrations.AlterField(
            model_name='vote',
            name='actor',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='moderated_votes', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='vote',
            name='case',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='votes', to='votes.case'),
        ),
        migrations.AlterField(
            model_name='vote',
            name='tool',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='votes', to='tools.tool'),
        ),
        migrations.AddIndex(
            model_name='vote',
            index=models.Index(condition=models.Q(('case__isnull', False)), fields=['case'], name='votes_with_case'),
        ),
        migrations.AddIndex(
            model_name='vote',
            index=models.Index(condition=models.Q(('actor__isnull', False)), fields=['actor'], name='votes_with_actor'),
        ),
    ]
