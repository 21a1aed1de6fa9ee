"""The log of the desk, and the triggers that write it and refuse to have it changed: docs/decisions/0032."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models
from django.db.models.functions import Upper

# Whatever Django's admin notes, by whatever way, is an entry. What an account is called is not kept; what changed in its
# fields is handed over by accounts/desk.py in a setting of the transaction.
WRITE = """
CREATE FUNCTION accounts_write_audit() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    kind_of text := coalesce((SELECT app_label || '.' || model FROM django_content_type WHERE id = NEW.content_type_id), '');
BEGIN
    INSERT INTO accounts_auditentry (at, actor_id, action, kind, object_id, name, words, changes)
    VALUES (
        clock_timestamp(), NEW.user_id,
        CASE NEW.action_flag WHEN 1 THEN 'added' WHEN 3 THEN 'deleted' ELSE 'changed' END,
        kind_of, left(coalesce(NEW.object_id, ''), 100),
        CASE kind_of WHEN 'accounts.user' THEN '' ELSE NEW.object_repr END, NEW.change_message,
        coalesce(nullif(current_setting('drydock.changes', true), ''), '{}')::jsonb
    );
    RETURN NULL;
END $$;
CREATE TRIGGER desk_is_audited AFTER INSERT ON django_admin_log FOR EACH ROW EXECUTE FUNCTION accounts_write_audit();
INSERT INTO accounts_auditentry (at, actor_id, action, kind, object_id, name, words)
SELECT l.action_time, l.user_id,
       CASE l.action_flag WHEN 1 THEN 'added' WHEN 3 THEN 'deleted' ELSE 'changed' END,
       coalesce(c.app_label || '.' || c.model, ''), left(coalesce(l.object_id, ''), 100),
       CASE c.app_label || '.' || c.model WHEN 'accounts.user' THEN '' ELSE l.object_repr END, l.change_message
FROM django_admin_log l LEFT JOIN django_content_type c ON c.id = l.content_type_id ORDER BY l.id;
"""
KEEP = """
CREATE FUNCTION accounts_refuse_audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The log of the desk is for good: it can be neither changed nor deleted.'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER audit_is_for_good BEFORE UPDATE OR DELETE ON accounts_auditentry
    FOR EACH ROW EXECUTE FUNCTION accounts_refuse_audit();
CREATE TRIGGER audit_is_not_emptied BEFORE TRUNCATE ON accounts_auditentry EXECUTE FUNCTION accounts_refuse_audit();
CREATE TRIGGER failed_try_is_for_good BEFORE DELETE ON accounts_failedtry
    FOR EACH ROW EXECUTE FUNCTION accounts_refuse_audit();
CREATE TRIGGER failed_tries_only_grow BEFORE UPDATE ON accounts_failedtry FOR EACH ROW
    WHEN (NEW.tries <= OLD.tries OR (NEW.day, NEW.door, NEW.account) IS DISTINCT FROM (OLD.day, OLD.door, OLD.account))
    EXECUTE FUNCTION accounts_refuse_audit();
"""
UNDO_KEEP = """
DROP TRIGGER failed_tries_only_grow ON accounts_failedtry;
DROP TRIGGER failed_try_is_for_good ON accounts_failedtry;
DROP TRIGGER audit_is_not_emptied ON accounts_auditentry;
DROP TRIGGER audit_is_for_good ON accounts_auditentry;
DROP FUNCTION accounts_refuse_audit();
"""
UNDO_WRITE = "DROP TRIGGER desk_is_audited ON django_admin_log; DROP FUNCTION accounts_write_audit();"

ACTIONS = [('added', 'added'), ('changed', 'changed'), ('deleted', 'deleted'), ('exported', 'exported'), ('signed_in', 'signed in'), ('factor', 'second factor'), ('reset', 'factors reset')]


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0004_owned_sessions'),
        ('admin', '0003_logentry_add_action_flag_choices'),
        ('contenttypes', '0002_remove_content_type_name'),
    ]

    operations = [
        TrigramExtension(),
        migrations.CreateModel(
            name='AuditEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='when (UTC)')),
                ('action', models.CharField(choices=ACTIONS, max_length=9, verbose_name='what')),
                ('kind', models.CharField(blank=True, help_text='app.model', max_length=100, verbose_name='kind')),
                ('object_id', models.CharField(blank=True, max_length=100, verbose_name='number')),
                ('name', models.CharField(blank=True, max_length=200, verbose_name='name at the time')),
                ('words', models.TextField(blank=True, verbose_name='in words')),
                ('changes', models.JSONField(db_default={}, default=dict, verbose_name='fields, before and after')),
                ('actor', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='who')),
            ],
            options={
                'verbose_name': 'entry of the log',
                'verbose_name_plural': 'log of the desk',
                'ordering': ['-pk'],
                'default_permissions': ('view',),
                'indexes': [models.Index(fields=['actor', '-id'], name='audit_by_actor'), models.Index(fields=['object_id', 'kind', '-id'], name='audit_by_object'), models.Index(fields=['kind', '-id'], name='audit_by_kind'), models.Index(fields=['action', '-id'], name='audit_by_action'), models.Index(fields=['at'], name='audit_by_time'), GinIndex(OpClass(Upper('name'), name='gin_trgm_ops'), fastupdate=False, name='audit_by_name')],
            },
        ),
        migrations.CreateModel(
            name='FailedTry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(verbose_name='day')),
                ('door', models.CharField(choices=[('password', 'password'), ('code', 'emailed code'), ('factor', 'second factor')], max_length=8, verbose_name='door')),
                ('account', models.BigIntegerField(help_text='0 for whoever does not work at the desk.', verbose_name='account')),
                ('tries', models.PositiveIntegerField(default=1, verbose_name='tries')),
            ],
            options={
                'verbose_name': 'failed try',
                'verbose_name_plural': 'failed tries',
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('day', 'door', 'account'), name='one_count_a_day_door_and_account')],
            },
        ),
        migrations.RunSQL(WRITE, UNDO_WRITE),
        migrations.RunSQL(KEEP, UNDO_KEEP),
    ]
