"""Every saved version of pages is kept, and of whatever later apps ask for: docs/decisions/0026."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

FUNCTIONS = """
CREATE FUNCTION editorial_who() RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT nullif(current_setting('drydock.who', true), '')::bigint
$$;
CREATE FUNCTION editorial_why() RETURNS text LANGUAGE sql STABLE AS $$
  SELECT coalesce(current_setting('drydock.reason', true), '')
$$;
CREATE FUNCTION editorial_save() RETURNS text LANGUAGE sql VOLATILE AS $$
  SELECT coalesce(
    nullif(current_setting('drydock.save', true), ''),
    pg_current_xact_id()::text || '-' || (extract(epoch FROM now()) * 1000000)::bigint
  )
$$;
"""
UNDO = """
DROP FUNCTION editorial_who();
DROP FUNCTION editorial_why();
DROP FUNCTION editorial_save();
"""
BEGUN = """
INSERT INTO editorial_pageversion ("body", "pgh_created_at", "pgh_label", "pgh_obj_id", "published_at", "slug", "status", "title")
    SELECT "body", clock_timestamp(), 'begin', "id", "published_at", "slug", "status", "title" FROM editorial_page ORDER BY "id";
"""


class Migration(migrations.Migration):

    dependencies = [
        ('editorial', '0004_desk'),
    ]

    operations = [
        migrations.RunSQL(FUNCTIONS, UNDO),
        migrations.CreateModel(
            name='PageVersion',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_id', models.BigAutoField(primary_key=True, serialize=False)),
                ('pgh_save', models.TextField(db_default=models.Func(function='editorial_save', output_field=models.TextField()))),
                ('pgh_by', models.BigIntegerField(db_default=models.Func(function='editorial_who', output_field=models.BigIntegerField()), null=True)),
                ('pgh_why', models.TextField(db_default=models.Func(function='editorial_why', output_field=models.TextField()))),
                ('slug', models.CharField(max_length=100)),
                ('status', models.CharField(default='draft', max_length=10)),
                ('published_at', models.DateTimeField(blank=True, null=True)),
                ('title', models.CharField(max_length=120)),
                ('body', models.TextField()),
            ],
            options={
                'abstract': False,
                'default_permissions': (),
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='page',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "editorial_pageversion" ("body", "pgh_created_at", "pgh_label", "pgh_obj_id", "published_at", "slug", "status", "title") SELECT new_values."body", clock_timestamp(), \'insert\', new_values."id", new_values."published_at", new_values."slug", new_values."status", new_values."title" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='73a9d94f98404620403bf6b4f53288760733c265', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_cead1', referencing='REFERENCING NEW TABLE AS new_values ', table='editorial_page', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='page',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "editorial_pageversion" ("body", "pgh_created_at", "pgh_label", "pgh_obj_id", "published_at", "slug", "status", "title") SELECT new_values."body", clock_timestamp(), \'update\', new_values."id", new_values."published_at", new_values."slug", new_values."status", new_values."title" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values."body" IS DISTINCT FROM (new_values."body") OR old_values."published_at" IS DISTINCT FROM (new_values."published_at") OR old_values."slug" IS DISTINCT FROM (new_values."slug") OR old_values."status" IS DISTINCT FROM (new_values."status") OR old_values."title" IS DISTINCT FROM (new_values."title")) ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='33d1bcaf97ea5c7213169c30bfb145e7b2aa2f55', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_609b7', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='editorial_page', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='page',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "editorial_pageversion" ("body", "pgh_created_at", "pgh_label", "pgh_obj_id", "published_at", "slug", "status", "title") SELECT old_values."body", clock_timestamp(), \'delete\', old_values."id", old_values."published_at", old_values."slug", old_values."status", old_values."title" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='31f81c6fb7b07976583ec0a426ab87cc39a1a655', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_a97a8', referencing='REFERENCING OLD TABLE AS old_values ', table='editorial_page', when='AFTER')),
        ),
        migrations.AddField(
            model_name='pageversion',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='editorial.page'),
        ),
        migrations.AddIndex(
            model_name='pageversion',
            index=models.Index(models.F('pgh_obj'), models.OrderBy(models.F('pgh_id'), descending=True), name='editorial_page_was'),
        ),
        migrations.AddIndex(
            model_name='pageversion',
            index=models.Index(condition=models.Q(('pgh_by__isnull', False)), fields=['pgh_by'], name='editorial_page_by'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='pageversion',
            trigger=pgtrigger.compiler.Trigger(name='not_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'history is for good';", hash='7e84e2f45cbb7b7363b5060bd36b6f4e9d917651', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_not_emptied_25b83', table='editorial_pageversion', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='pageversion',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='2e6172d019847ba283ec2734892449bb560fc800', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_50d09', table='editorial_pageversion', when='BEFORE')),
        ),
        # What is there already begins its history here.
        migrations.RunSQL(BEGUN, migrations.RunSQL.noop),
    ]
