"""The database keeps what search reads: a tool's words follow each write of the tool, in the same statement."""

from django.db import migrations

# One folding for what is stored and what is typed: no accents, no case, and between words nothing but one space.
# PostgreSQL's own parser would make one token of "Node.js" and another of "node".
FOLD = """
CREATE FUNCTION tools_search_text(words text) RETURNS text LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
    SELECT trim(regexp_replace(lower(unaccent(words)), '[^[:alnum:]]+', ' ', 'g'))
$$;
"""

# The forms under which one word may stand in a document: as it is written (names), and its English stem (sentences).
FORMS = """
CREATE FUNCTION tools_search_forms(word text) RETURNS tsquery LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
    SELECT to_tsquery('simple', word) || to_tsquery('english', word)
$$;
"""

WRITE = """
CREATE FUNCTION tools_write_documents(keys bigint[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO tools_tooldocument AS old (tool_id, status, published_at, name_key, name_words, words)
    SELECT id, status, published_at, name, to_tsvector('simple', name) || to_tsvector('english', name),
           setweight(to_tsvector('simple', name) || to_tsvector('english', name), 'A')
           || setweight(to_tsvector('simple', maker) || to_tsvector('english', maker), 'B')
           || setweight(to_tsvector('english', tagline), 'B')
           || setweight(to_tsvector('simple', class) || to_tsvector('english', class), 'C')
           || setweight(to_tsvector('english', description), 'D')
    FROM (
        SELECT tool.id, tool.status, tool.published_at,
               tools_search_text(tool.name) AS name, tools_search_text(tool.maker) AS maker,
               tools_search_text(tool.tagline) AS tagline,
               tools_search_text(category.name || ' ' || tool.licence) AS class,
               tools_search_text(left(tool.description, 20000)) AS description
        FROM tools_tool AS tool JOIN tools_category AS category ON category.id = tool.category_id
        WHERE tool.id = ANY(keys)
    ) AS folded
    ON CONFLICT (tool_id) DO UPDATE SET
        status = EXCLUDED.status, published_at = EXCLUDED.published_at,
        name_key = EXCLUDED.name_key, name_words = EXCLUDED.name_words, words = EXCLUDED.words;

    INSERT INTO tools_searchterm (word)
    SELECT DISTINCT word
    FROM tools_tool AS tool JOIN tools_category AS category ON category.id = tool.category_id,
         regexp_split_to_table(
             tools_search_text(concat_ws(' ', tool.name, tool.maker, tool.tagline, category.name)), ' '
         ) AS word
    WHERE tool.id = ANY(keys) AND length(word) BETWEEN 3 AND 60 AND word ~ '[^0-9]'
    ORDER BY word  -- one order for all, so that two writers never wait for each other
    ON CONFLICT DO NOTHING;
$$;
"""

# A statement at a time, not a row: a publication of thousands is loaded in a few statements.
FOLLOW = """
CREATE FUNCTION tools_follow_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM tools_write_documents(ARRAY(SELECT id FROM new_rows));
    RETURN NULL;
END $$;
CREATE TRIGGER tool_document_is_made AFTER INSERT ON tools_tool
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION tools_follow_insert();

CREATE FUNCTION tools_follow_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM tools_write_documents(keys) FROM (
        SELECT array_agg(id) AS keys FROM new_rows AS now JOIN old_rows AS was USING (id)
        WHERE (now.name, now.maker, now.tagline, now.licence, now.category_id, now.description,
               now.status, now.published_at)
           IS DISTINCT FROM (was.name, was.maker, was.tagline, was.licence, was.category_id, was.description,
                             was.status, was.published_at)
    ) AS changed WHERE keys IS NOT NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER tool_document_follows AFTER UPDATE ON tools_tool
REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION tools_follow_update();

CREATE FUNCTION tools_follow_delete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM tools_tooldocument WHERE tool_id IN (SELECT id FROM old_rows);
    RETURN NULL;
END $$;
CREATE TRIGGER tool_document_goes AFTER DELETE ON tools_tool
REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION tools_follow_delete();

CREATE FUNCTION tools_follow_category() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM tools_write_documents(ARRAY(SELECT id FROM tools_tool WHERE category_id = NEW.id));
    RETURN NULL;
END $$;
CREATE TRIGGER tool_document_follows_category AFTER UPDATE OF name ON tools_category FOR EACH ROW
WHEN (OLD.name IS DISTINCT FROM NEW.name) EXECUTE FUNCTION tools_follow_category();
"""

UNDO = """
DROP TRIGGER tool_document_follows_category ON tools_category;
DROP TRIGGER tool_document_goes ON tools_tool;
DROP TRIGGER tool_document_follows ON tools_tool;
DROP TRIGGER tool_document_is_made ON tools_tool;
DROP FUNCTION tools_follow_category, tools_follow_delete, tools_follow_update, tools_follow_insert;
DROP FUNCTION tools_write_documents, tools_search_forms, tools_search_text;
"""


class Migration(migrations.Migration):

    dependencies = [("tools", "0003_search")]

    operations = [
        migrations.RunSQL(FOLD + FORMS + WRITE + FOLLOW, UNDO),
        migrations.RunSQL("SELECT tools_write_documents(ARRAY(SELECT id FROM tools_tool))", migrations.RunSQL.noop),
    ]
