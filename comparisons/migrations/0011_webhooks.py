"""Receivers, and the trigger that queues a delivery to each of them when a receipt is written: docs/decisions/0024."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

# In the transaction that writes the receipt, so that none is ever skipped, however late it commits. What is scheduled
# is due at its moment. The lock makes a deletion of a receiver wait, or this statement pass it over: a publication never
# fails because of a receiver.
QUEUE = """
CREATE FUNCTION comparisons_queue_deliveries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO comparisons_webhookdelivery (webhook_id, receipt_id, state, due_at, not_before, attempts, error)
    SELECT w.id, r.id, 'queued', greatest(r.effective_at, now()), greatest(r.effective_at, now()), 0, ''
    FROM comparisons_webhook w JOIN new_rows r ON w.kinds = '{}' OR r.kind = ANY(w.kinds)
    WHERE w.is_active AND r.act <> 'cancelled'
    ORDER BY w.id, r.id
    FOR KEY SHARE OF w;
    RETURN NULL;
END $$;
CREATE TRIGGER receipt_is_queued AFTER INSERT ON comparisons_receipt REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION comparisons_queue_deliveries();
"""
UNDO = "DROP TRIGGER receipt_is_queued ON comparisons_receipt; DROP FUNCTION comparisons_queue_deliveries;"


class Migration(migrations.Migration):

    dependencies = [
        ('comparisons', '0009_sitemap_files'),
    ]

    operations = [
        migrations.CreateModel(
            name='Webhook',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(help_text='For the desk alone: whose it is.', max_length=80, unique=True, verbose_name='name')),
                ('url', models.CharField(help_text='https://…, without a name or password, and the final one: no redirects.', max_length=500, verbose_name='address')),
                ('kinds', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('verdict', 'Verdicts'), ('price', 'Prices'), ('fact', 'Facts'), ('tool', 'Tools'), ('comparison', 'Advice on pairs'), ('reviewer', 'Reviewers'), ('category', 'Classes'), ('criterion', 'Criteria')], max_length=10), blank=True, default=list, help_text='Which receipts it wants; none chosen means all.', verbose_name='kinds')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('secret', models.CharField(editable=False, max_length=60)),
                ('old_secret', models.CharField(blank=True, default='', editable=False, max_length=60)),
                ('old_secret_until', models.DateTimeField(editable=False, null=True)),
                ('busy_until', models.DateTimeField(editable=False, null=True)),
                ('failing_since', models.DateTimeField(editable=False, null=True)),
                ('last_ok_at', models.DateTimeField(editable=False, null=True, verbose_name='last success')),
                ('paused_at', models.DateTimeField(editable=False, null=True)),
                ('pause_reason', models.CharField(blank=True, default='', editable=False, max_length=400)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
            ],
            options={
                'ordering': ['name'],
                'verbose_name': 'webhook',
                'verbose_name_plural': 'webhooks',
                'constraints': [models.CheckConstraint(condition=models.Q(('url__regex', '^https?://')), name='webhook_address_is_of_the_web'), models.CheckConstraint(condition=models.Q(('kinds__contained_by', ['verdict', 'price', 'fact', 'tool', 'comparison', 'reviewer', 'category', 'criterion'])), name='webhook_kinds_are_known'), models.CheckConstraint(condition=models.Q(('secret__regex', '^whsec_.{44}$')), name='webhook_has_a_secret'), models.CheckConstraint(condition=models.Q(models.Q(('old_secret', ''), ('old_secret_until__isnull', True)), models.Q(models.Q(('old_secret', ''), _negated=True), ('old_secret_until__isnull', False)), _connector='OR'), name='webhook_old_secret_has_an_end'), models.CheckConstraint(condition=models.Q(models.Q(('pause_reason', ''), ('paused_at__isnull', True)), models.Q(('paused_at__isnull', False), models.Q(('pause_reason', ''), _negated=True)), _connector='OR'), name='webhook_pause_has_a_reason')],
            },
        ),
        migrations.CreateModel(
            name='WebhookDelivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('queued', 'waiting'), ('delivered', 'delivered'), ('failed', 'given up'), ('expired', 'expired')], default='queued', max_length=9, verbose_name='state')),
                ('due_at', models.DateTimeField()),
                ('not_before', models.DateTimeField(verbose_name='not before')),
                ('attempts', models.PositiveIntegerField(default=0, verbose_name='attempts')),
                ('first_tried_at', models.DateTimeField(null=True)),
                ('status_code', models.PositiveSmallIntegerField(null=True, verbose_name='last status')),
                ('error', models.CharField(blank=True, default='', max_length=300, verbose_name='last error')),
                ('settled_at', models.DateTimeField(null=True, verbose_name='settled at')),
                ('receipt', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='comparisons.receipt', verbose_name='receipt')),
                ('webhook', models.ForeignKey(on_delete=django.db.models.deletion.DB_CASCADE, related_name='deliveries', to='comparisons.webhook', verbose_name='webhook')),
            ],
            options={
                'verbose_name': 'delivery to a webhook',
                'verbose_name_plural': 'deliveries to webhooks',
                'ordering': ['-pk'],
                'indexes': [models.Index(condition=models.Q(('state', 'queued')), fields=['webhook', 'due_at', 'receipt'], name='delivery_waiting'), models.Index(condition=models.Q(('state', 'queued'), _negated=True), fields=['settled_at'], name='delivery_settled')],
                'constraints': [models.UniqueConstraint(fields=('webhook', 'receipt'), name='one_delivery_per_webhook_and_receipt'), models.CheckConstraint(condition=models.Q(models.Q(('settled_at__isnull', True), ('state', 'queued')), models.Q(('settled_at__isnull', False), ('state__in', ('delivered', 'failed', 'expired'))), _connector='OR'), name='delivery_is_queued_or_settled'), models.CheckConstraint(condition=models.Q(('not_before__gte', models.F('due_at'))), name='delivery_waits_for_its_time'), models.CheckConstraint(condition=models.Q(models.Q(('attempts', 0), ('first_tried_at__isnull', True)), models.Q(('attempts__gt', 0), ('first_tried_at__isnull', False)), _connector='OR'), name='delivery_knows_its_first_try')],
            },
        ),
        migrations.RunSQL(QUEUE, UNDO),
    ]
