"""Every saved version of comparisons is kept: docs/decisions/0026."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

BEGUN = """
INSERT INTO comparisons_comparisonversion ("choose_first_if", "choose_second_if", "first_tool_id", "is_featured", "pgh_created_at", "pgh_label", "pgh_obj_id", "published_at", "second_tool_id", "status", "summary")
    SELECT "choose_first_if", "choose_second_if", "first_tool_id", "is_featured", clock_timestamp(), 'begin', "id", "published_at", "second_tool_id", "status", "summary" FROM comparisons_comparison ORDER BY "id";
"""


class Migration(migrations.Migration):

    dependencies = [
        ('editorial', '0005_history'),
        ('comparisons', '0014_receipts_by_record'),
        ('tools', '0010_history'),
    ]

    operations = [
        migrations.CreateModel(
            name='ComparisonVersion',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_id', models.BigAutoField(primary_key=True, serialize=False)),
                ('pgh_save', models.TextField(db_default=models.Func(function='editorial_save', output_field=models.TextField()))),
                ('pgh_by', models.BigIntegerField(db_default=models.Func(function='editorial_who', output_field=models.BigIntegerField()), null=True)),
                ('pgh_why', models.TextField(db_default=models.Func(function='editorial_why', output_field=models.TextField()))),
                ('status', models.CharField(default='draft', max_length=10)),
                ('published_at', models.DateTimeField(blank=True, null=True)),
                ('summary', models.TextField(blank=True)),
                ('choose_first_if', models.TextField(blank=True)),
                ('choose_second_if', models.TextField(blank=True)),
                ('is_featured', models.BooleanField(default=False)),
            ],
            options={
                'abstract': False,
                'default_permissions': (),
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='comparison',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "comparisons_comparisonversion" ("choose_first_if", "choose_second_if", "first_tool_id", "is_featured", "pgh_created_at", "pgh_label", "pgh_obj_id", "published_at", "second_tool_id", "status", "summary") SELECT new_values."choose_first_if", new_values."choose_second_if", new_values."first_tool_id", new_values."is_featured", clock_timestamp(), \'insert\', new_values."id", new_values."published_at", new_values."second_tool_id", new_values."status", new_values."summary" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='b147cadc9df3f0314a50d7d45656084ed72dbddf', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_88452', referencing='REFERENCING NEW TABLE AS new_values ', table='comparisons_comparison', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='comparison',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "comparisons_comparisonversion" ("choose_first_if", "choose_second_if", "first_tool_id", "is_featured", "pgh_created_at", "pgh_label", "pgh_obj_id", "published_at", "second_tool_id", "status", "summary") SELECT new_values."choose_first_if", new_values."choose_second_if", new_values."first_tool_id", new_values."is_featured", clock_timestamp(), \'update\', new_values."id", new_values."published_at", new_values."second_tool_id", new_values."status", new_values."summary" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values."choose_first_if" IS DISTINCT FROM (new_values."choose_first_if") OR old_values."choose_second_if" IS DISTINCT FROM (new_values."choose_second_if") OR old_values."first_tool_id" IS DISTINCT FROM (new_values."first_tool_id") OR old_values."is_featured" IS DISTINCT FROM (new_values."is_featured") OR old_values."published_at" IS DISTINCT FROM (new_values."published_at") OR old_values."second_tool_id" IS DISTINCT FROM (new_values."second_tool_id") OR old_values."status" IS DISTINCT FROM (new_values."status") OR old_values."summary" IS DISTINCT FROM (new_values."summary")) ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='173d08963d61aa3cf45691ebfc449f7e3ee30852', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_bfd15', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='comparisons_comparison', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='comparison',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "comparisons_comparisonversion" ("choose_first_if", "choose_second_if", "first_tool_id", "is_featured", "pgh_created_at", "pgh_label", "pgh_obj_id", "published_at", "second_tool_id", "status", "summary") SELECT old_values."choose_first_if", old_values."choose_second_if", old_values."first_tool_id", old_values."is_featured", clock_timestamp(), \'delete\', old_values."id", old_values."published_at", old_values."second_tool_id", old_values."status", old_values."summary" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='d900072788653034c3f0fd89afc8b7e0a55d70e4', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_bc0bd', referencing='REFERENCING OLD TABLE AS old_values ', table='comparisons_comparison', when='AFTER')),
        ),
        migrations.AddField(
            model_name='comparisonversion',
            name='first_tool',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='tools.tool'),
        ),
        migrations.AddField(
            model_name='comparisonversion',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='comparisons.comparison'),
        ),
        migrations.AddField(
            model_name='comparisonversion',
            name='second_tool',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='tools.tool'),
        ),
        migrations.AddIndex(
            model_name='comparisonversion',
            index=models.Index(models.F('pgh_obj'), models.OrderBy(models.F('pgh_id'), descending=True), name='comparisons_comparison_was'),
        ),
        migrations.AddIndex(
            model_name='comparisonversion',
            index=models.Index(condition=models.Q(('pgh_by__isnull', False)), fields=['pgh_by'], name='comparisons_comparison_by'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='comparisonversion',
            trigger=pgtrigger.compiler.Trigger(name='not_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'history is for good';", hash='36a968347340aaa9879b70917e3514e7d4ffbcf9', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_not_emptied_70557', table='comparisons_comparisonversion', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='comparisonversion',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='2386a7b68472530d376c45b2b001f475c0462dc2', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_5114b', table='comparisons_comparisonversion', when='BEFORE')),
        ),
        # What is there already begins its history here.
        migrations.RunSQL(BEGUN, migrations.RunSQL.noop),
    ]
