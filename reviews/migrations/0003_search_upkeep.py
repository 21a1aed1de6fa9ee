"""The database keeps what search reads of reviews, and how well a tool stands with the panel."""

from django.db import migrations

WRITE = """
CREATE FUNCTION reviews_write_documents(keys bigint[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO reviews_reviewdocument (review_id, tool_id, status, published_at, words)
    SELECT review.id, review.tool_id, review.status, review.published_at,
           setweight(to_tsvector('simple', tool.name) || to_tsvector('english', tool.name), 'B')
           || setweight(to_tsvector('simple', reviewer.name) || to_tsvector('english', reviewer.name), 'C')
           || setweight(to_tsvector('english', tools_search_text(review.headline)), 'A')
           || setweight(to_tsvector('english', tools_search_text(left(review.body, 20000))), 'D')
    FROM reviews_review AS review,
         LATERAL (SELECT tools_search_text(name) AS name FROM tools_tool WHERE id = review.tool_id) AS tool,
         LATERAL (SELECT tools_search_text(name) AS name FROM reviews_reviewer WHERE id = review.reviewer_id) AS reviewer
    WHERE review.id = ANY(keys)
    ON CONFLICT (review_id) DO UPDATE SET
        tool_id = EXCLUDED.tool_id, status = EXCLUDED.status,
        published_at = EXCLUDED.published_at, words = EXCLUDED.words;
$$;
CREATE FUNCTION reviews_stand(tools bigint[]) RETURNS void LANGUAGE sql AS $$
    UPDATE tools_tooldocument AS document SET standing = counted.standing
    FROM (
        SELECT tool.id, count(review.id) + count(review.id) FILTER (WHERE review.verdict = 'ship') AS standing
        FROM unnest(tools) AS tool (id) LEFT JOIN reviews_review AS review
            ON review.tool_id = tool.id AND review.status IN ('published', 'scheduled')
        GROUP BY tool.id
    ) AS counted
    WHERE document.tool_id = counted.id AND document.standing <> counted.standing;
$$;
"""

FOLLOW = """
CREATE FUNCTION reviews_follow_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM reviews_write_documents(ARRAY(SELECT id FROM new_rows));
    PERFORM reviews_stand(ARRAY(SELECT DISTINCT tool_id FROM new_rows ORDER BY tool_id));
    RETURN NULL;
END $$;
CREATE TRIGGER review_document_is_made AFTER INSERT ON reviews_review
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION reviews_follow_insert();

CREATE FUNCTION reviews_follow_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM reviews_write_documents(ARRAY(SELECT id FROM new_rows));
    PERFORM reviews_stand(
        ARRAY(SELECT tool_id FROM new_rows UNION SELECT tool_id FROM old_rows ORDER BY tool_id)
    );
    RETURN NULL;
END $$;
CREATE TRIGGER review_document_follows AFTER UPDATE ON reviews_review
REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION reviews_follow_update();

CREATE FUNCTION reviews_follow_delete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM reviews_reviewdocument WHERE review_id IN (SELECT id FROM old_rows);
    PERFORM reviews_stand(ARRAY(SELECT DISTINCT tool_id FROM old_rows ORDER BY tool_id));
    RETURN NULL;
END $$;
CREATE TRIGGER review_document_goes AFTER DELETE ON reviews_review
REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION reviews_follow_delete();

CREATE FUNCTION reviews_follow_names() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_ARGV[0] = 'tool' THEN
        PERFORM reviews_write_documents(ARRAY(SELECT id FROM reviews_review WHERE tool_id = NEW.id));
    ELSE
        PERFORM reviews_write_documents(ARRAY(SELECT id FROM reviews_review WHERE reviewer_id = NEW.id));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER review_document_follows_tool AFTER UPDATE OF name ON tools_tool FOR EACH ROW
WHEN (OLD.name IS DISTINCT FROM NEW.name) EXECUTE FUNCTION reviews_follow_names('tool');
CREATE TRIGGER review_document_follows_reviewer AFTER UPDATE OF name ON reviews_reviewer FOR EACH ROW
WHEN (OLD.name IS DISTINCT FROM NEW.name) EXECUTE FUNCTION reviews_follow_names('reviewer');
"""

UNDO = """
DROP TRIGGER review_document_follows_reviewer ON reviews_reviewer;
DROP TRIGGER review_document_follows_tool ON tools_tool;
DROP TRIGGER review_document_goes ON reviews_review;
DROP TRIGGER review_document_follows ON reviews_review;
DROP TRIGGER review_document_is_made ON reviews_review;
DROP FUNCTION reviews_follow_names, reviews_follow_delete, reviews_follow_update, reviews_follow_insert;
DROP FUNCTION reviews_stand, reviews_write_documents;
"""

FILL = """
SELECT reviews_write_documents(ARRAY(SELECT id FROM reviews_review));
SELECT reviews_stand(ARRAY(SELECT DISTINCT tool_id FROM reviews_review));
"""


class Migration(migrations.Migration):

    dependencies = [("reviews", "0002_search"), ("tools", "0004_search_upkeep")]

    operations = [migrations.RunSQL(WRITE + FOLLOW, UNDO), migrations.RunSQL(FILL, migrations.RunSQL.noop)]
