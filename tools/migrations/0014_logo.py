"""A tool may have a logo out of the library: docs/decisions/0031."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('editorial', '0007_media'),
        ('tools', '0013_cockpit'),
    ]

    operations = [
        migrations.AddField(
            model_name='tool',
            name='logo',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='logo_of', to='editorial.image', verbose_name='logo'),
        ),
    ]
