"""Who began a piece, who changed it last, and who may publish: docs/decisions/0025."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('reviews', '0003_search_upkeep'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='review',
            name='author',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='author'),
        ),
        migrations.AddField(
            model_name='review',
            name='changed_by',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='changed by'),
        ),
        migrations.AddField(
            model_name='reviewer',
            name='writers',
            field=models.ManyToManyField(blank=True, help_text="Who may write this reviewer's reviews, and in the role Reviewer's writer no others.", limit_choices_to={'is_staff': True}, related_name='writes_for', to=settings.AUTH_USER_MODEL, verbose_name='writers'),
        ),
    ]
