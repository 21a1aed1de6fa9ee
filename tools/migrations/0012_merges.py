"""Tools that became one, and those that look as if they should: docs/decisions/0029."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# Where a website is, without what varies from one way of writing it to the next: `lathe.example.com/docs`. Found by its
# host, and whole for sites that host many makers; names are found by their letters.
FIND = """
CREATE FUNCTION tools_website_place(address text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT rtrim(regexp_replace(regexp_replace(lower(address), '^https?://(www\\.)?', ''), '[?#].*$', ''), '/')
$$;
CREATE FUNCTION tools_website_host(address text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT regexp_replace(regexp_replace(lower(address), '^https?://(www\\.)?', ''), '(:[0-9]*)?([/?#].*)?$', '')
$$;
CREATE FUNCTION tools_name_letters(folded text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT replace(folded, ' ', '')
$$;
CREATE INDEX tool_by_website ON tools_tool (tools_website_host(website), tools_website_place(website));
CREATE INDEX tool_document_by_letters ON tools_tooldocument
USING gin (tools_name_letters(name_key) gin_trgm_ops) WITH (fastupdate = off);
"""
UNDO = """
DROP INDEX tool_document_by_letters;
DROP INDEX tool_by_website;
DROP FUNCTION tools_name_letters, tools_website_host, tools_website_place;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('tools', '0011_evidence'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ComparedTool',
            fields=[
                ('tool', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='tools.tool')),
                ('name', models.CharField(max_length=120)),
                ('website', models.CharField(max_length=300)),
            ],
            options={
                'verbose_name': 'compared tool',
                'verbose_name_plural': 'compared tools',
            },
        ),
        migrations.CreateModel(
            name='Likeness',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('names', models.FloatField(verbose_name='names alike')),
                ('is_same_site', models.BooleanField(verbose_name='one website')),
                ('dismissed_at', models.DateTimeField(null=True, verbose_name='dismissed at')),
            ],
            options={
                'verbose_name': 'likely duplicate',
                'verbose_name_plural': 'likely duplicates',
                'default_permissions': (),
            },
        ),
        migrations.AddField(
            model_name='tool',
            name='merged_into',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='merged', to='tools.tool', verbose_name='merged into'),
        ),
        migrations.AddConstraint(
            model_name='tool',
            constraint=models.CheckConstraint(condition=models.Q(('merged_into__isnull', True), models.Q(models.Q(('merged_into', models.F('pk')), _negated=True), ('status__in', ('draft', 'in_review', 'withdrawn'))), _connector='OR'), name='merged_tool_is_out_of_sight'),
        ),
        migrations.AddField(
            model_name='likeness',
            name='dismissed_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='dismissed by'),
        ),
        migrations.AddField(
            model_name='likeness',
            name='first',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tools.tool'),
        ),
        migrations.AddField(
            model_name='likeness',
            name='second',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tools.tool'),
        ),
        migrations.AddConstraint(
            model_name='likeness',
            constraint=models.UniqueConstraint(fields=('first', 'second'), name='one_likeness_per_pair'),
        ),
        migrations.AddConstraint(
            model_name='likeness',
            constraint=models.CheckConstraint(condition=models.Q(('first__lt', models.F('second'))), name='likeness_has_the_lower_key_first'),
        ),
        migrations.RunSQL(FIND, UNDO),
    ]
