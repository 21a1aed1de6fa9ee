"""Every saved version of tools, prices, facts, classes and criteria is kept: docs/decisions/0026."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

BEGUN = """
INSERT INTO tools_categoryversion ("description", "name", "pgh_created_at", "pgh_label", "pgh_obj_id", "slug")
    SELECT "description", "name", clock_timestamp(), 'begin', "id", "slug" FROM tools_category ORDER BY "id";
INSERT INTO tools_criterionversion ("good_for_days", "help", "kind", "name", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "slug", "unit")
    SELECT "good_for_days", "help", "kind", "name", clock_timestamp(), 'begin', "id", "position", "slug", "unit" FROM tools_criterion ORDER BY "id";
INSERT INTO tools_factversion ("checked_on", "criterion_id", "note", "pgh_created_at", "pgh_label", "pgh_obj_id", "source", "tool_id", "value")
    SELECT "checked_on", "criterion_id", "note", clock_timestamp(), 'begin', "id", "source", "tool_id", "value" FROM tools_fact ORDER BY "id";
INSERT INTO tools_planversion ("amount", "checked_on", "currency", "name", "note", "period", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "source", "tool_id", "unit")
    SELECT "amount", "checked_on", "currency", "name", "note", "period", clock_timestamp(), 'begin', "id", "position", "source", "tool_id", "unit" FROM tools_plan ORDER BY "id";
INSERT INTO tools_toolversion ("category_id", "description", "launched_on", "licence", "maker", "name", "pgh_created_at", "pgh_label", "pgh_obj_id", "published_at", "slug", "status", "tagline", "website")
    SELECT "category_id", "description", "launched_on", "licence", "maker", "name", clock_timestamp(), 'begin', "id", "published_at", "slug", "status", "tagline", "website" FROM tools_tool ORDER BY "id";
"""


class Migration(migrations.Migration):

    dependencies = [
        ('editorial', '0005_history'),
        ('tools', '0009_desk'),
    ]

    operations = [
        migrations.CreateModel(
            name='CategoryVersion',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_id', models.BigAutoField(primary_key=True, serialize=False)),
                ('pgh_save', models.TextField(db_default=models.Func(function='editorial_save', output_field=models.TextField()))),
                ('pgh_by', models.BigIntegerField(db_default=models.Func(function='editorial_who', output_field=models.BigIntegerField()), null=True)),
                ('pgh_why', models.TextField(db_default=models.Func(function='editorial_why', output_field=models.TextField()))),
                ('slug', models.CharField(max_length=100)),
                ('name', models.CharField(max_length=60)),
                ('description', models.CharField(blank=True, max_length=240)),
            ],
            options={
                'abstract': False,
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='CriterionVersion',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_id', models.BigAutoField(primary_key=True, serialize=False)),
                ('pgh_save', models.TextField(db_default=models.Func(function='editorial_save', output_field=models.TextField()))),
                ('pgh_by', models.BigIntegerField(db_default=models.Func(function='editorial_who', output_field=models.BigIntegerField()), null=True)),
                ('pgh_why', models.TextField(db_default=models.Func(function='editorial_why', output_field=models.TextField()))),
                ('slug', models.CharField(max_length=100)),
                ('name', models.CharField(max_length=60)),
                ('kind', models.CharField(max_length=6)),
                ('unit', models.CharField(blank=True, max_length=40)),
                ('help', models.CharField(blank=True, max_length=240)),
                ('good_for_days', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('position', models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                'abstract': False,
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='FactVersion',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_id', models.BigAutoField(primary_key=True, serialize=False)),
                ('pgh_save', models.TextField(db_default=models.Func(function='editorial_save', output_field=models.TextField()))),
                ('pgh_by', models.BigIntegerField(db_default=models.Func(function='editorial_who', output_field=models.BigIntegerField()), null=True)),
                ('pgh_why', models.TextField(db_default=models.Func(function='editorial_why', output_field=models.TextField()))),
                ('value', models.CharField(max_length=160)),
                ('note', models.CharField(blank=True, max_length=120)),
                ('source', models.URLField(max_length=300)),
                ('checked_on', models.DateField()),
            ],
            options={
                'abstract': False,
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='PlanVersion',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_id', models.BigAutoField(primary_key=True, serialize=False)),
                ('pgh_save', models.TextField(db_default=models.Func(function='editorial_save', output_field=models.TextField()))),
                ('pgh_by', models.BigIntegerField(db_default=models.Func(function='editorial_who', output_field=models.BigIntegerField()), null=True)),
                ('pgh_why', models.TextField(db_default=models.Func(function='editorial_why', output_field=models.TextField()))),
                ('name', models.CharField(max_length=80)),
                ('amount', models.DecimalField(blank=True, decimal_places=4, max_digits=12, null=True)),
                ('currency', models.CharField(blank=True, max_length=3)),
                ('period', models.CharField(max_length=5)),
                ('unit', models.CharField(blank=True, max_length=40)),
                ('note', models.CharField(blank=True, max_length=160)),
                ('source', models.URLField(max_length=300)),
                ('checked_on', models.DateField()),
                ('position', models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                'abstract': False,
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='ToolVersion',
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
                ('name', models.CharField(max_length=120)),
                ('maker', models.CharField(max_length=120)),
                ('tagline', models.CharField(max_length=160)),
                ('website', models.URLField(max_length=300)),
                ('licence', models.CharField(blank=True, max_length=120)),
                ('launched_on', models.DateField(blank=True, null=True)),
                ('description', models.TextField(blank=True)),
            ],
            options={
                'abstract': False,
                'default_permissions': (),
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='category',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "tools_categoryversion" ("description", "name", "pgh_created_at", "pgh_label", "pgh_obj_id", "slug") SELECT new_values."description", new_values."name", clock_timestamp(), \'insert\', new_values."id", new_values."slug" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='5012e3b6a9c2260f3ad30ea989157baa6a92c65d', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_3d0bb', referencing='REFERENCING NEW TABLE AS new_values ', table='tools_category', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='category',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "tools_categoryversion" ("description", "name", "pgh_created_at", "pgh_label", "pgh_obj_id", "slug") SELECT new_values."description", new_values."name", clock_timestamp(), \'update\', new_values."id", new_values."slug" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values."description" IS DISTINCT FROM (new_values."description") OR old_values."name" IS DISTINCT FROM (new_values."name") OR old_values."slug" IS DISTINCT FROM (new_values."slug")) ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='13b902336df52614821f71e061c28e60db9f44e4', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_93ff5', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='tools_category', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='category',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "tools_categoryversion" ("description", "name", "pgh_created_at", "pgh_label", "pgh_obj_id", "slug") SELECT old_values."description", old_values."name", clock_timestamp(), \'delete\', old_values."id", old_values."slug" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='3a931eb1b8ee6ac7da57327a0b9422894b2ea2e5', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_d85b0', referencing='REFERENCING OLD TABLE AS old_values ', table='tools_category', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='criterion',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "tools_criterionversion" ("good_for_days", "help", "kind", "name", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "slug", "unit") SELECT new_values."good_for_days", new_values."help", new_values."kind", new_values."name", clock_timestamp(), \'insert\', new_values."id", new_values."position", new_values."slug", new_values."unit" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='d0e63964112199213479e66d41232c25bfb0b26e', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_e2392', referencing='REFERENCING NEW TABLE AS new_values ', table='tools_criterion', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='criterion',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "tools_criterionversion" ("good_for_days", "help", "kind", "name", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "slug", "unit") SELECT new_values."good_for_days", new_values."help", new_values."kind", new_values."name", clock_timestamp(), \'update\', new_values."id", new_values."position", new_values."slug", new_values."unit" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values."good_for_days" IS DISTINCT FROM (new_values."good_for_days") OR old_values."help" IS DISTINCT FROM (new_values."help") OR old_values."kind" IS DISTINCT FROM (new_values."kind") OR old_values."name" IS DISTINCT FROM (new_values."name") OR old_values."position" IS DISTINCT FROM (new_values."position") OR old_values."slug" IS DISTINCT FROM (new_values."slug") OR old_values."unit" IS DISTINCT FROM (new_values."unit")) ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='92340e602e77ce10c3082c61da8ac6a7eda818cb', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_d6bb3', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='tools_criterion', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='criterion',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "tools_criterionversion" ("good_for_days", "help", "kind", "name", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "slug", "unit") SELECT old_values."good_for_days", old_values."help", old_values."kind", old_values."name", clock_timestamp(), \'delete\', old_values."id", old_values."position", old_values."slug", old_values."unit" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='ff38094677e1dd0fba92662a19973888489d0e8e', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_3acd0', referencing='REFERENCING OLD TABLE AS old_values ', table='tools_criterion', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='fact',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "tools_factversion" ("checked_on", "criterion_id", "note", "pgh_created_at", "pgh_label", "pgh_obj_id", "source", "tool_id", "value") SELECT new_values."checked_on", new_values."criterion_id", new_values."note", clock_timestamp(), \'insert\', new_values."id", new_values."source", new_values."tool_id", new_values."value" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='1cd1e8cffe08d593997f3f8c40622f772d5eb27b', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_93a5c', referencing='REFERENCING NEW TABLE AS new_values ', table='tools_fact', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='fact',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "tools_factversion" ("checked_on", "criterion_id", "note", "pgh_created_at", "pgh_label", "pgh_obj_id", "source", "tool_id", "value") SELECT new_values."checked_on", new_values."criterion_id", new_values."note", clock_timestamp(), \'update\', new_values."id", new_values."source", new_values."tool_id", new_values."value" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values."checked_on" IS DISTINCT FROM (new_values."checked_on") OR old_values."criterion_id" IS DISTINCT FROM (new_values."criterion_id") OR old_values."note" IS DISTINCT FROM (new_values."note") OR old_values."source" IS DISTINCT FROM (new_values."source") OR old_values."tool_id" IS DISTINCT FROM (new_values."tool_id") OR old_values."value" IS DISTINCT FROM (new_values."value")) ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='b9f6195221f46ba6995ede3b7b9f3a1962f8bc74', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_402e0', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='tools_fact', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='fact',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "tools_factversion" ("checked_on", "criterion_id", "note", "pgh_created_at", "pgh_label", "pgh_obj_id", "source", "tool_id", "value") SELECT old_values."checked_on", old_values."criterion_id", old_values."note", clock_timestamp(), \'delete\', old_values."id", old_values."source", old_values."tool_id", old_values."value" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='cc7fc3c006554345d15327ca7e07c86913eccb6b', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_26f9e', referencing='REFERENCING OLD TABLE AS old_values ', table='tools_fact', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='plan',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "tools_planversion" ("amount", "checked_on", "currency", "name", "note", "period", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "source", "tool_id", "unit") SELECT new_values."amount", new_values."checked_on", new_values."currency", new_values."name", new_values."note", new_values."period", clock_timestamp(), \'insert\', new_values."id", new_values."position", new_values."source", new_values."tool_id", new_values."unit" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='dc1060db7a56dc2f6e21462523c406243113e17e', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_5e90c', referencing='REFERENCING NEW TABLE AS new_values ', table='tools_plan', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='plan',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "tools_planversion" ("amount", "checked_on", "currency", "name", "note", "period", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "source", "tool_id", "unit") SELECT new_values."amount", new_values."checked_on", new_values."currency", new_values."name", new_values."note", new_values."period", clock_timestamp(), \'update\', new_values."id", new_values."position", new_values."source", new_values."tool_id", new_values."unit" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values."amount" IS DISTINCT FROM (new_values."amount") OR old_values."checked_on" IS DISTINCT FROM (new_values."checked_on") OR old_values."currency" IS DISTINCT FROM (new_values."currency") OR old_values."name" IS DISTINCT FROM (new_values."name") OR old_values."note" IS DISTINCT FROM (new_values."note") OR old_values."period" IS DISTINCT FROM (new_values."period") OR old_values."position" IS DISTINCT FROM (new_values."position") OR old_values."source" IS DISTINCT FROM (new_values."source") OR old_values."tool_id" IS DISTINCT FROM (new_values."tool_id") OR old_values."unit" IS DISTINCT FROM (new_values."unit")) ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='3822ccd25d90a9f5c19dbeed898b8604d26bf8eb', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_6d0cd', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='tools_plan', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='plan',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "tools_planversion" ("amount", "checked_on", "currency", "name", "note", "period", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "source", "tool_id", "unit") SELECT old_values."amount", old_values."checked_on", old_values."currency", old_values."name", old_values."note", old_values."period", clock_timestamp(), \'delete\', old_values."id", old_values."position", old_values."source", old_values."tool_id", old_values."unit" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='ac8efc45034ca5a1969f002ccc0ae94472e1deed', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_d1d7a', referencing='REFERENCING OLD TABLE AS old_values ', table='tools_plan', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='tool',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "tools_toolversion" ("category_id", "description", "launched_on", "licence", "maker", "name", "pgh_created_at", "pgh_label", "pgh_obj_id", "published_at", "slug", "status", "tagline", "website") SELECT new_values."category_id", new_values."description", new_values."launched_on", new_values."licence", new_values."maker", new_values."name", clock_timestamp(), \'insert\', new_values."id", new_values."published_at", new_values."slug", new_values."status", new_values."tagline", new_values."website" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='40b71f3be9b4c7f14cbc35ae36bb2321dc3dd001', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_807fe', referencing='REFERENCING NEW TABLE AS new_values ', table='tools_tool', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='tool',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "tools_toolversion" ("category_id", "description", "launched_on", "licence", "maker", "name", "pgh_created_at", "pgh_label", "pgh_obj_id", "published_at", "slug", "status", "tagline", "website") SELECT new_values."category_id", new_values."description", new_values."launched_on", new_values."licence", new_values."maker", new_values."name", clock_timestamp(), \'update\', new_values."id", new_values."published_at", new_values."slug", new_values."status", new_values."tagline", new_values."website" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values."category_id" IS DISTINCT FROM (new_values."category_id") OR old_values."description" IS DISTINCT FROM (new_values."description") OR old_values."launched_on" IS DISTINCT FROM (new_values."launched_on") OR old_values."licence" IS DISTINCT FROM (new_values."licence") OR old_values."maker" IS DISTINCT FROM (new_values."maker") OR old_values."name" IS DISTINCT FROM (new_values."name") OR old_values."published_at" IS DISTINCT FROM (new_values."published_at") OR old_values."slug" IS DISTINCT FROM (new_values."slug") OR old_values."status" IS DISTINCT FROM (new_values."status") OR old_values."tagline" IS DISTINCT FROM (new_values."tagline") OR old_values."website" IS DISTINCT FROM (new_values."website")) ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='fdacc234bdf80e57afacf914651dfd30888ae948', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_e88bc', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='tools_tool', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='tool',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "tools_toolversion" ("category_id", "description", "launched_on", "licence", "maker", "name", "pgh_created_at", "pgh_label", "pgh_obj_id", "published_at", "slug", "status", "tagline", "website") SELECT old_values."category_id", old_values."description", old_values."launched_on", old_values."licence", old_values."maker", old_values."name", clock_timestamp(), \'delete\', old_values."id", old_values."published_at", old_values."slug", old_values."status", old_values."tagline", old_values."website" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='e5d2a6ea768925d508144acb03adc3f759cfa681', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_cc2a5', referencing='REFERENCING OLD TABLE AS old_values ', table='tools_tool', when='AFTER')),
        ),
        migrations.AddField(
            model_name='categoryversion',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='tools.category'),
        ),
        migrations.AddField(
            model_name='criterionversion',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='tools.criterion'),
        ),
        migrations.AddField(
            model_name='factversion',
            name='criterion',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='tools.criterion'),
        ),
        migrations.AddField(
            model_name='factversion',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='tools.fact'),
        ),
        migrations.AddField(
            model_name='factversion',
            name='tool',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='tools.tool'),
        ),
        migrations.AddField(
            model_name='planversion',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='tools.plan'),
        ),
        migrations.AddField(
            model_name='planversion',
            name='tool',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='tools.tool'),
        ),
        migrations.AddField(
            model_name='toolversion',
            name='category',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='tools.category'),
        ),
        migrations.AddField(
            model_name='toolversion',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='tools.tool'),
        ),
        migrations.AddIndex(
            model_name='categoryversion',
            index=models.Index(models.F('pgh_obj'), models.OrderBy(models.F('pgh_id'), descending=True), name='tools_category_was'),
        ),
        migrations.AddIndex(
            model_name='categoryversion',
            index=models.Index(condition=models.Q(('pgh_by__isnull', False)), fields=['pgh_by'], name='tools_category_by'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='categoryversion',
            trigger=pgtrigger.compiler.Trigger(name='not_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'history is for good';", hash='83a30df6fb3a9905dcc25c60d9c66e97d48268b0', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_not_emptied_dba90', table='tools_categoryversion', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='categoryversion',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='6f409e35671fceebe3c614bc33387147d8749c49', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_92e5c', table='tools_categoryversion', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='criterionversion',
            index=models.Index(models.F('pgh_obj'), models.OrderBy(models.F('pgh_id'), descending=True), name='tools_criterion_was'),
        ),
        migrations.AddIndex(
            model_name='criterionversion',
            index=models.Index(condition=models.Q(('pgh_by__isnull', False)), fields=['pgh_by'], name='tools_criterion_by'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='criterionversion',
            trigger=pgtrigger.compiler.Trigger(name='not_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'history is for good';", hash='08cf43b8e7efd3df0f27da955bd0120f53205c47', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_not_emptied_711b8', table='tools_criterionversion', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='criterionversion',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='cee44935d924b1648f7391cf3958baaa71b57fcc', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_c1ab2', table='tools_criterionversion', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='factversion',
            index=models.Index(models.F('pgh_obj'), models.OrderBy(models.F('pgh_id'), descending=True), name='tools_fact_was'),
        ),
        migrations.AddIndex(
            model_name='factversion',
            index=models.Index(condition=models.Q(('pgh_by__isnull', False)), fields=['pgh_by'], name='tools_fact_by'),
        ),
        migrations.AddIndex(
            model_name='factversion',
            index=models.Index(fields=['tool', 'pgh_obj'], name='tools_fact_was_of'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='factversion',
            trigger=pgtrigger.compiler.Trigger(name='not_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'history is for good';", hash='5472783fe6d118236a41d2ef51db19a8560708e4', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_not_emptied_f9815', table='tools_factversion', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='factversion',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='e185d4ce480c5976ecead1b6bb45f1b9f64be7fa', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_d4ed7', table='tools_factversion', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='planversion',
            index=models.Index(models.F('pgh_obj'), models.OrderBy(models.F('pgh_id'), descending=True), name='tools_plan_was'),
        ),
        migrations.AddIndex(
            model_name='planversion',
            index=models.Index(condition=models.Q(('pgh_by__isnull', False)), fields=['pgh_by'], name='tools_plan_by'),
        ),
        migrations.AddIndex(
            model_name='planversion',
            index=models.Index(fields=['tool', 'pgh_obj'], name='tools_plan_was_of'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='planversion',
            trigger=pgtrigger.compiler.Trigger(name='not_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'history is for good';", hash='c100c6082b1041375268d2f8d6fe92b233309d32', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_not_emptied_038cb', table='tools_planversion', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='planversion',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='20c93697e6cf4aabe271d58222e81a06906f157b', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_eef91', table='tools_planversion', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='toolversion',
            index=models.Index(models.F('pgh_obj'), models.OrderBy(models.F('pgh_id'), descending=True), name='tools_tool_was'),
        ),
        migrations.AddIndex(
            model_name='toolversion',
            index=models.Index(condition=models.Q(('pgh_by__isnull', False)), fields=['pgh_by'], name='tools_tool_by'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='toolversion',
            trigger=pgtrigger.compiler.Trigger(name='not_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'history is for good';", hash='6cc7d006ac3ea716fd7d7c7b9f1f9156526ae375', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_not_emptied_25e12', table='tools_toolversion', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='toolversion',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='35d545daffd6b8dcda799b507074a011f4b63749', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_5b26c', table='tools_toolversion', when='BEFORE')),
        ),
        # What is there already begins its history here.
        migrations.RunSQL(BEGUN, migrations.RunSQL.noop),
    ]
