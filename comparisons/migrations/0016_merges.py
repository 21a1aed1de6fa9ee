"""Receipts tell of merges, and the desk remembers them: docs/decisions/0029."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

# The receipt of a tool that leaves because it became part of another names that one. The function is changed where it
# stands, so that whatever migration wrote it last keeps its say.
WAS = "THEN l.about ELSE s.about END"
NOW = "THEN l.about - ''{took_in,took_in_slug}''::text[] || comparisons_merged(what, k.piece) ELSE s.about END"
RECORD = """
DO $do$
DECLARE source text := pg_get_functiondef('comparisons_record(text, bigint[])'::regprocedure);
BEGIN
    IF position('{old}' IN source) = 0 THEN
        RAISE EXCEPTION 'comparisons_record has changed: read it again.';
    END IF;
    EXECUTE replace(source, '{old}', '{new}');
END $do$;
"""
MERGED = """
CREATE FUNCTION comparisons_merged(what text, piece bigint) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT coalesce((SELECT jsonb_build_object('merged_into', m.name, 'merged_into_slug', m.slug)
                     FROM tools_tool t JOIN tools_tool m ON m.id = t.merged_into_id
                     WHERE what = 'tool' AND t.id = piece), '{}')
$$;
"""
# What the other tool's page says is the same as before, so nothing else would leave a receipt of it. Of a draft that
# nobody has seen readers are told nothing.
TAKE_IN = """
CREATE FUNCTION comparisons_take_in() RETURNS trigger LANGUAGE plpgsql SET timezone = 'UTC' AS $$
DECLARE moment timestamptz;
BEGIN
    PERFORM FROM comparisons_toolstanding WHERE tool_id = NEW.merged_into_id FOR UPDATE;
    moment := clock_timestamp();
    INSERT INTO comparisons_receipt (kind, piece, act, tool_id, other_tool_id, category_id, reviewer_id, about, before,
                                     after, recorded_at, effective_at, reason)
    SELECT 'tool', s.piece, 'changed', s.tool_id, NULL, s.category_id, NULL,
           s.about || jsonb_build_object('took_in', NEW.name, 'took_in_slug', NEW.slug), '{}', s.after, moment, moment,
           left(coalesce(current_setting('drydock.reason', true), ''), 500)
    FROM comparisons_shown s
    WHERE s.kind = 'tool' AND s.piece = NEW.merged_into_id AND s.visible_at <= moment
      AND EXISTS (SELECT FROM comparisons_receipt r
                  WHERE r.kind = 'tool' AND r.piece = NEW.id AND r.after IS NOT NULL AND r.effective_at <= moment
                    AND (r.effective_at <= r.recorded_at OR NOT EXISTS (
                        SELECT FROM comparisons_receipt l WHERE l.kind = 'tool' AND l.piece = NEW.id AND l.id > r.id
                        AND l.recorded_at < r.effective_at)));
    RETURN NULL;
END $$;
CREATE TRIGGER merge_leaves_a_receipt AFTER UPDATE OF merged_into_id ON tools_tool FOR EACH ROW
WHEN (OLD.merged_into_id IS NULL AND NEW.merged_into_id IS NOT NULL) EXECUTE FUNCTION comparisons_take_in();
"""
FORWARD = MERGED + RECORD.format(old=WAS, new=NOW) + TAKE_IN
BACK = (
    "DROP TRIGGER merge_leaves_a_receipt ON tools_tool; DROP FUNCTION comparisons_take_in;"
    + RECORD.format(old=NOW, new=WAS)
    + "DROP FUNCTION comparisons_merged;"
)


class Migration(migrations.Migration):

    dependencies = [
        ('comparisons', '0015_history'),
        ('tools', '0012_merges'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Merge',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.TextField(max_length=500, verbose_name='reason for readers')),
                ('counts', models.JSONField(default=dict, verbose_name='what went along')),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='at')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                ('gone', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tools.tool', verbose_name='was merged')),
                ('kept', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tools.tool', verbose_name='into')),
            ],
            options={
                'verbose_name': 'merge of tools',
                'verbose_name_plural': 'merges of tools',
                'ordering': ['-at', '-pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('gone', models.F('kept')), _negated=True), name='merge_is_of_two_tools'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='merge_has_a_reason')],
            },
        ),
        migrations.RunSQL(FORWARD, BACK),
    ]
