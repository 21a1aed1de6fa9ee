"""Receipts by when they were written: what the API and a replay ask for since a day."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('comparisons', '0013_desk'),
        ('reviews', '0005_desk'),
        ('tools', '0009_desk'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='receipt',
            index=models.Index(fields=['recorded_at'], name='receipt_by_record'),
        ),
    ]
