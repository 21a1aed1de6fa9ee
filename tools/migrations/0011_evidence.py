"""Prices and facts by the day of their check: what the desk's list of old evidence reads, oldest first."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tools', '0010_history'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='plan',
            index=models.Index(fields=['checked_on'], name='plan_by_its_check'),
        ),
        migrations.AddIndex(
            model_name='fact',
            index=models.Index(fields=['checked_on'], name='fact_by_its_check'),
        ),
    ]
