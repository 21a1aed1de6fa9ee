"""Where tools were before they were renamed: old addresses lead to them for good."""

import django.db.models.deletion
import editorial.models
from django.db import migrations, models
from django.db.models import Q
from django.db.models.functions import Now

# A tool that nobody could have seen leaves no address behind. The refusal comes after the write, when the unique index
# has made whoever takes a slug wait for whoever leaves it.
KEEP = """
CREATE FUNCTION tools_keep_slug() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM tools_formerslug WHERE slug = NEW.slug AND tool_id <> NEW.id) THEN
        RAISE EXCEPTION 'The address % was that of another tool, and still leads there.', NEW.slug
            USING ERRCODE = 'unique_violation', CONSTRAINT = 'tool_slug_was_never_anothers';
    END IF;
    IF TG_OP = 'UPDATE' THEN
        DELETE FROM tools_formerslug WHERE slug = NEW.slug;
        IF OLD.published_at IS NOT NULL AND OLD.slug <> NEW.slug THEN
            INSERT INTO tools_formerslug (slug, tool_id) VALUES (OLD.slug, NEW.id);
        END IF;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER tool_slug_is_its_own AFTER INSERT ON tools_tool FOR EACH ROW EXECUTE FUNCTION tools_keep_slug();
CREATE TRIGGER tool_slug_is_kept AFTER UPDATE OF slug ON tools_tool FOR EACH ROW
WHEN (OLD.slug IS DISTINCT FROM NEW.slug) EXECUTE FUNCTION tools_keep_slug();

CREATE FUNCTION tools_refuse_slug() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM tools_tool WHERE slug = NEW.slug) THEN
        RAISE EXCEPTION 'The address % is that of a tool today.', NEW.slug
            USING ERRCODE = 'unique_violation', CONSTRAINT = 'former_slug_is_no_tools';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER former_slug_is_former AFTER INSERT OR UPDATE ON tools_formerslug FOR EACH ROW
EXECUTE FUNCTION tools_refuse_slug();
"""
UNDO = """
DROP TRIGGER former_slug_is_former ON tools_formerslug;
DROP TRIGGER tool_slug_is_kept ON tools_tool;
DROP TRIGGER tool_slug_is_its_own ON tools_tool;
DROP FUNCTION tools_refuse_slug, tools_keep_slug;
"""


class Migration(migrations.Migration):
    dependencies = [("tools", "0006_freshness")]

    operations = [
        migrations.CreateModel(
            name="FormerSlug",
            fields=[
                ("slug", editorial.models.SlugField(max_length=100, primary_key=True, serialize=False)),
                ("left_at", models.DateTimeField(db_default=Now())),
                (
                    "tool",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="former_slugs", to="tools.tool"
                    ),
                ),
            ],
            options={
                "verbose_name": "former address",
                "verbose_name_plural": "former addresses",
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(("slug__regex", "^[a-z0-9]+(-[a-z0-9]+)*$")), name="former_slug_is_clean"
                    )
                ],
            },
        ),
        migrations.RunSQL(KEEP, UNDO),
    ]
