"""Every saved version of reviews and reviewers is kept: docs/decisions/0026."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

BEGUN = """
INSERT INTO reviews_reviewerversion ("disclosure", "emblem", "excites", "is_active", "joined_on", "lens", "motto", "name", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "slug", "tires", "written_by")
    SELECT "disclosure", "emblem", "excites", "is_active", "joined_on", "lens", "motto", "name", clock_timestamp(), 'begin', "id", "position", "slug", "tires", "written_by" FROM reviews_reviewer ORDER BY "id";
INSERT INTO reviews_reviewversion ("body", "headline", "pgh_created_at", "pgh_label", "pgh_obj_id", "published_at", "reviewer_id", "status", "tool_id", "verdict")
    SELECT "body", "headline", clock_timestamp(), 'begin', "id", "published_at", "reviewer_id", "status", "tool_id", "verdict" FROM reviews_review ORDER BY "id";
"""


class Migration(migrations.Migration):

    dependencies = [
        ('editorial', '0005_history'),
        ('reviews', '0005_desk'),
        ('tools', '0010_history'),
    ]

    operations = [
        migrations.CreateModel(
            name='ReviewerVersion',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_id', models.BigAutoField(primary_key=True, serialize=False)),
                ('pgh_save', models.TextField(db_default=models.Func(function='editorial_save', output_field=models.TextField()))),
                ('pgh_by', models.BigIntegerField(db_default=models.Func(function='editorial_who', output_field=models.BigIntegerField()), null=True)),
                ('pgh_why', models.TextField(db_default=models.Func(function='editorial_why', output_field=models.TextField()))),
                ('slug', models.CharField(max_length=100)),
                ('name', models.CharField(max_length=60)),
                ('lens', models.CharField(max_length=160)),
                ('motto', models.CharField(max_length=120)),
                ('excites', models.TextField(blank=True)),
                ('tires', models.TextField(blank=True)),
                ('emblem', models.CharField(max_length=10)),
                ('written_by', models.CharField(max_length=8)),
                ('disclosure', models.CharField(max_length=300)),
                ('is_active', models.BooleanField(default=True)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('joined_on', models.DateField(blank=True, null=True)),
            ],
            options={
                'abstract': False,
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='ReviewVersion',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_id', models.BigAutoField(primary_key=True, serialize=False)),
                ('pgh_save', models.TextField(db_default=models.Func(function='editorial_save', output_field=models.TextField()))),
                ('pgh_by', models.BigIntegerField(db_default=models.Func(function='editorial_who', output_field=models.BigIntegerField()), null=True)),
                ('pgh_why', models.TextField(db_default=models.Func(function='editorial_why', output_field=models.TextField()))),
                ('status', models.CharField(default='draft', max_length=10)),
                ('published_at', models.DateTimeField(blank=True, null=True)),
                ('verdict', models.CharField(max_length=4)),
                ('headline', models.CharField(max_length=200)),
                ('body', models.TextField(blank=True)),
            ],
            options={
                'abstract': False,
                'default_permissions': (),
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='review',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "reviews_reviewversion" ("body", "headline", "pgh_created_at", "pgh_label", "pgh_obj_id", "published_at", "reviewer_id", "status", "tool_id", "verdict") SELECT new_values."body", new_values."headline", clock_timestamp(), \'insert\', new_values."id", new_values."published_at", new_values."reviewer_id", new_values."status", new_values."tool_id", new_values."verdict" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='3e8abb29973e90a471d3ed9b8aece94fd4808b9e', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_7a7c1', referencing='REFERENCING NEW TABLE AS new_values ', table='reviews_review', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='review',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "reviews_reviewversion" ("body", "headline", "pgh_created_at", "pgh_label", "pgh_obj_id", "published_at", "reviewer_id", "status", "tool_id", "verdict") SELECT new_values."body", new_values."headline", clock_timestamp(), \'update\', new_values."id", new_values."published_at", new_values."reviewer_id", new_values."status", new_values."tool_id", new_values."verdict" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values."body" IS DISTINCT FROM (new_values."body") OR old_values."headline" IS DISTINCT FROM (new_values."headline") OR old_values."published_at" IS DISTINCT FROM (new_values."published_at") OR old_values."reviewer_id" IS DISTINCT FROM (new_values."reviewer_id") OR old_values."status" IS DISTINCT FROM (new_values."status") OR old_values."tool_id" IS DISTINCT FROM (new_values."tool_id") OR old_values."verdict" IS DISTINCT FROM (new_values."verdict")) ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='4fa72f10a2507e38a8b673e77ff9e328c8dc180c', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_b34c8', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='reviews_review', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='review',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "reviews_reviewversion" ("body", "headline", "pgh_created_at", "pgh_label", "pgh_obj_id", "published_at", "reviewer_id", "status", "tool_id", "verdict") SELECT old_values."body", old_values."headline", clock_timestamp(), \'delete\', old_values."id", old_values."published_at", old_values."reviewer_id", old_values."status", old_values."tool_id", old_values."verdict" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='bfd4eb1025107a56d591ff862889edb37dde0dcf', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_98b05', referencing='REFERENCING OLD TABLE AS old_values ', table='reviews_review', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='reviewer',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "reviews_reviewerversion" ("disclosure", "emblem", "excites", "is_active", "joined_on", "lens", "motto", "name", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "slug", "tires", "written_by") SELECT new_values."disclosure", new_values."emblem", new_values."excites", new_values."is_active", new_values."joined_on", new_values."lens", new_values."motto", new_values."name", clock_timestamp(), \'insert\', new_values."id", new_values."position", new_values."slug", new_values."tires", new_values."written_by" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='7d2a6903ce9cefab186cc8b61908905ea5f82e78', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_b4532', referencing='REFERENCING NEW TABLE AS new_values ', table='reviews_reviewer', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='reviewer',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "reviews_reviewerversion" ("disclosure", "emblem", "excites", "is_active", "joined_on", "lens", "motto", "name", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "slug", "tires", "written_by") SELECT new_values."disclosure", new_values."emblem", new_values."excites", new_values."is_active", new_values."joined_on", new_values."lens", new_values."motto", new_values."name", clock_timestamp(), \'update\', new_values."id", new_values."position", new_values."slug", new_values."tires", new_values."written_by" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values."disclosure" IS DISTINCT FROM (new_values."disclosure") OR old_values."emblem" IS DISTINCT FROM (new_values."emblem") OR old_values."excites" IS DISTINCT FROM (new_values."excites") OR old_values."is_active" IS DISTINCT FROM (new_values."is_active") OR old_values."joined_on" IS DISTINCT FROM (new_values."joined_on") OR old_values."lens" IS DISTINCT FROM (new_values."lens") OR old_values."motto" IS DISTINCT FROM (new_values."motto") OR old_values."name" IS DISTINCT FROM (new_values."name") OR old_values."position" IS DISTINCT FROM (new_values."position") OR old_values."slug" IS DISTINCT FROM (new_values."slug") OR old_values."tires" IS DISTINCT FROM (new_values."tires") OR old_values."written_by" IS DISTINCT FROM (new_values."written_by")) ) AS new_values, _pgh_attached_context; RETURN NULL;', hash='f143dec0c93f1d9b125a9806ec1f338352cd8307', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_update_update_1bf93', referencing='REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ', table='reviews_reviewer', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='reviewer',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "reviews_reviewerversion" ("disclosure", "emblem", "excites", "is_active", "joined_on", "lens", "motto", "name", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "slug", "tires", "written_by") SELECT old_values."disclosure", old_values."emblem", old_values."excites", old_values."is_active", old_values."joined_on", old_values."lens", old_values."motto", old_values."name", clock_timestamp(), \'delete\', old_values."id", old_values."position", old_values."slug", old_values."tires", old_values."written_by" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;', hash='cd8a2c68e568dd74b52dd8c813005bb9918274a3', level='STATEMENT', operation='DELETE', pgid='pgtrigger_delete_delete_e9421', referencing='REFERENCING OLD TABLE AS old_values ', table='reviews_reviewer', when='AFTER')),
        ),
        migrations.AddField(
            model_name='reviewerversion',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='reviews.reviewer'),
        ),
        migrations.AddField(
            model_name='reviewversion',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='reviews.review'),
        ),
        migrations.AddField(
            model_name='reviewversion',
            name='reviewer',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='reviews.reviewer'),
        ),
        migrations.AddField(
            model_name='reviewversion',
            name='tool',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='tools.tool'),
        ),
        migrations.AddIndex(
            model_name='reviewerversion',
            index=models.Index(models.F('pgh_obj'), models.OrderBy(models.F('pgh_id'), descending=True), name='reviews_reviewer_was'),
        ),
        migrations.AddIndex(
            model_name='reviewerversion',
            index=models.Index(condition=models.Q(('pgh_by__isnull', False)), fields=['pgh_by'], name='reviews_reviewer_by'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='reviewerversion',
            trigger=pgtrigger.compiler.Trigger(name='not_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'history is for good';", hash='8ef5be1565837db052c7ef4a1cfc00ec1f557c19', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_not_emptied_46de8', table='reviews_reviewerversion', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='reviewerversion',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='7c564e13cbf83ff130004c8de9a25939b6c3eb32', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_d25ae', table='reviews_reviewerversion', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='reviewversion',
            index=models.Index(models.F('pgh_obj'), models.OrderBy(models.F('pgh_id'), descending=True), name='reviews_review_was'),
        ),
        migrations.AddIndex(
            model_name='reviewversion',
            index=models.Index(condition=models.Q(('pgh_by__isnull', False)), fields=['pgh_by'], name='reviews_review_by'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='reviewversion',
            trigger=pgtrigger.compiler.Trigger(name='not_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'history is for good';", hash='04dc86d10e0b001106791d86690ab4b0b94b91ea', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_not_emptied_51969', table='reviews_reviewversion', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='reviewversion',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='4d08a0e3c8638ebdac4f0ec382fb273595170469', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_b6710', table='reviews_reviewversion', when='BEFORE')),
        ),
        # What is there already begins its history here.
        migrations.RunSQL(BEGUN, migrations.RunSQL.noop),
    ]
