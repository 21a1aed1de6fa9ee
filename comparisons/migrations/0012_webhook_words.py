"""Words of webhooks, as translators know them."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('comparisons', '0011_webhooks'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='webhook',
            options={'ordering': ['name'], 'verbose_name': 'webhook', 'verbose_name_plural': 'webhooks'},
        ),
        migrations.AlterField(
            model_name='webhook',
            name='kinds',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('verdict', 'Verdicts'), ('price', 'Prices'), ('fact', 'Facts'), ('tool', 'Tools'), ('comparison', 'Advice on pairs'), ('reviewer', 'Reviewers'), ('category', 'Classes'), ('criterion', 'Criteria')], max_length=10), blank=True, default=list, help_text='Which receipts it wants; none chosen means all.', verbose_name='kinds'),
        ),
        migrations.AlterField(
            model_name='webhook',
            name='name',
            field=models.CharField(help_text='For the desk alone: whose it is.', max_length=80, unique=True, verbose_name='name'),
        ),
        migrations.AlterField(
            model_name='webhookdelivery',
            name='attempts',
            field=models.PositiveIntegerField(default=0, verbose_name='attempts'),
        ),
        migrations.AlterField(
            model_name='webhookdelivery',
            name='not_before',
            field=models.DateTimeField(verbose_name='not before'),
        ),
        migrations.AlterField(
            model_name='webhookdelivery',
            name='receipt',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='comparisons.receipt', verbose_name='receipt'),
        ),
        migrations.AlterField(
            model_name='webhookdelivery',
            name='settled_at',
            field=models.DateTimeField(null=True, verbose_name='settled at'),
        ),
        migrations.AlterField(
            model_name='webhookdelivery',
            name='state',
            field=models.CharField(choices=[('queued', 'waiting'), ('delivered', 'delivered'), ('failed', 'given up'), ('expired', 'expired')], default='queued', max_length=9, verbose_name='state'),
        ),
        migrations.AlterField(
            model_name='webhookdelivery',
            name='webhook',
            field=models.ForeignKey(on_delete=django.db.models.deletion.DB_CASCADE, related_name='deliveries', to='comparisons.webhook', verbose_name='webhook'),
        ),
    ]
