"""Pictures that editors show, and files that wait to be imported: docs/decisions/0031."""

import django.db.models.deletion
import django.db.models.functions.datetime
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('editorial', '0006_preview'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='WaitingImport',
            fields=[
                ('key', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(max_length=40)),
                ('ending', models.CharField(max_length=4)),
                ('content', models.TextField()),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('brought_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'waiting import',
                'verbose_name_plural': 'waiting imports',
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Image',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('file', models.FileField(editable=False, max_length=60, unique=True, upload_to='', verbose_name='file')),
                ('small', models.CharField(editable=False, max_length=60)),
                ('width', models.PositiveSmallIntegerField(editable=False, verbose_name='width')),
                ('height', models.PositiveSmallIntegerField(editable=False, verbose_name='height')),
                ('weight', models.PositiveIntegerField(editable=False, verbose_name='bytes')),
                ('alt', models.CharField(help_text='What the picture shows, for whoever cannot see it. Of a logo: the name, and that it is the logo.', max_length=200, verbose_name='alt text')),
                ('uploaded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='uploaded at')),
                ('uploaded_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='uploaded by')),
            ],
            options={
                'verbose_name': 'picture',
                'verbose_name_plural': 'pictures',
                'ordering': ['-uploaded_at', '-pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('alt', ''), _negated=True), name='image_has_an_alt_text'), models.CheckConstraint(condition=models.Q(('file__regex', '^[0-9a-f]{40}\\.(png|jpg|webp)$'), ('small__regex', '^[0-9a-f]{40}\\.(png|jpg|webp)$')), name='image_is_called_by_its_content')],
            },
        ),
    ]
