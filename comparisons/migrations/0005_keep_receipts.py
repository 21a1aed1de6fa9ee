"""The triggers and functions that write receipts, and those that refuse to have one changed: docs/decisions/0019."""

from django.db import migrations

# The one definition of what the public sees or is going to see of each row. Columns are named one by one: a column that
# a table gets later is public here only once somebody says so. `dated_at` is the day that the piece itself bears.
SHOWN = """
CREATE FUNCTION comparisons_picked(line jsonb, names text[]) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_object_agg(name, line -> name) FROM unnest(names) AS name
$$;
CREATE VIEW comparisons_shown AS
WITH public_tool AS NOT MATERIALIZED (
    SELECT t.*, c.name AS category_name FROM tools_tool t JOIN tools_category c ON c.id = t.category_id
    WHERE t.status IN ('published', 'scheduled')
)
SELECT 'category'::text AS kind, c.id AS piece, NULL::bigint AS tool_id, NULL::bigint AS other_tool_id,
       c.id AS category_id, NULL::bigint AS reviewer_id, '-infinity'::timestamptz AS visible_at,
       '-infinity'::timestamptz AS dated_at, jsonb_build_object('category', c.name) AS about,
       comparisons_picked(to_jsonb(c), '{slug,name,description}') AS after
FROM tools_category c
UNION ALL
SELECT 'criterion', c.id, NULL, NULL, NULL, NULL, '-infinity', '-infinity', jsonb_build_object('criterion', c.name),
       comparisons_picked(to_jsonb(c), '{slug,name,kind,unit,help,position}')
FROM tools_criterion c
UNION ALL
SELECT 'reviewer', r.id, NULL, NULL, NULL, r.id, '-infinity', '-infinity', jsonb_build_object('reviewer', r.name),
       comparisons_picked(to_jsonb(r), '{slug,name,lens,motto,excites,tires,emblem,written_by,disclosure,is_active,'
                                       'position,joined_on}')
FROM reviews_reviewer r
UNION ALL
SELECT 'tool', t.id, t.id, NULL, t.category_id, NULL, t.published_at, t.published_at,
       jsonb_build_object('tool', t.name, 'slug', t.slug, 'category', t.category_name),
       comparisons_picked(to_jsonb(t), '{slug,name,maker,tagline,category_id,website,licence,launched_on,description,'
                                       'published_at}')
FROM public_tool t
UNION ALL
SELECT 'price', p.id, t.id, NULL, t.category_id, NULL, t.published_at, greatest(t.published_at, p.checked_on),
       jsonb_build_object('tool', t.name, 'slug', t.slug, 'category', t.category_name),
       comparisons_picked(to_jsonb(p), '{name,amount,currency,period,unit,note,source,checked_on,position}')
FROM tools_plan p JOIN public_tool t ON t.id = p.tool_id
UNION ALL
SELECT 'fact', f.id, t.id, NULL, t.category_id, NULL, t.published_at, greatest(t.published_at, f.checked_on),
       jsonb_build_object('tool', t.name, 'slug', t.slug, 'category', t.category_name, 'criterion', c.name,
                          'kind', c.kind, 'unit', c.unit),
       comparisons_picked(to_jsonb(f), '{criterion_id,value,note,source,checked_on}')
FROM tools_fact f JOIN tools_criterion c ON c.id = f.criterion_id JOIN public_tool t ON t.id = f.tool_id
UNION ALL
SELECT 'verdict', r.id, t.id, NULL, t.category_id, r.reviewer_id, greatest(t.published_at, r.published_at),
       greatest(t.published_at, r.published_at),
       jsonb_build_object('tool', t.name, 'slug', t.slug, 'category', t.category_name, 'reviewer', p.name),
       comparisons_picked(to_jsonb(r), '{reviewer_id,verdict,headline,body,published_at}')
FROM reviews_review r JOIN reviews_reviewer p ON p.id = r.reviewer_id JOIN public_tool t ON t.id = r.tool_id
WHERE r.status IN ('published', 'scheduled')
UNION ALL
SELECT 'comparison', c.id, a.id, b.id, a.category_id, NULL, greatest(a.published_at, b.published_at, c.published_at),
       greatest(a.published_at, b.published_at, c.published_at),
       jsonb_build_object('tool', a.name, 'slug', a.slug, 'category', a.category_name, 'other_tool', b.name,
                          'other_slug', b.slug),
       comparisons_picked(to_jsonb(c), '{first_tool_id,second_tool_id,summary,choose_first_if,choose_second_if,'
                                       'published_at}')
FROM comparisons_comparison c JOIN public_tool a ON a.id = c.first_tool_id JOIN public_tool b ON b.id = c.second_tool_id
WHERE c.status IN ('published', 'scheduled');
"""

# Compares what is shown with what the last receipt says, and writes the difference: calling it twice writes nothing
# the second time. The clock is read after the locks are held, so that receipts of one piece follow each other in time.
# Every row is looked up by index: in the midst of a load the statistics still say that the tables are small, and reading
# one whole for each of its rows would take minutes. `id + 0` keeps the primary key from being walked backwards instead.
RECORD = """
CREATE FUNCTION comparisons_record(what text, pieces bigint[]) RETURNS void LANGUAGE plpgsql
SET timezone = 'UTC' SET enable_seqscan = off AS $$
DECLARE moment timestamptz := clock_timestamp();
BEGIN
    INSERT INTO comparisons_receipt (kind, piece, act, tool_id, other_tool_id, category_id, reviewer_id, about, before,
                                     after, recorded_at, effective_at)
    SELECT what, k.piece, step.act,
           CASE WHEN step.act IN ('withdrawn', 'cancelled') THEN l.tool_id ELSE s.tool_id END,
           CASE WHEN step.act IN ('withdrawn', 'cancelled') THEN l.other_tool_id ELSE s.other_tool_id END,
           CASE WHEN step.act IN ('withdrawn', 'cancelled') THEN l.category_id ELSE s.category_id END,
           CASE WHEN step.act IN ('withdrawn', 'cancelled') THEN l.reviewer_id ELSE s.reviewer_id END,
           CASE WHEN step.act IN ('withdrawn', 'cancelled') THEN l.about ELSE s.about END,
           CASE step.act
               WHEN 'changed' THEN (SELECT coalesce(jsonb_object_agg(e.key, e.value), '{}') FROM jsonb_each(l.after) e
                                    WHERE s.after -> e.key IS DISTINCT FROM e.value)
               WHEN 'published' THEN NULL
               ELSE l.after END,
           CASE WHEN step.act IN ('withdrawn', 'cancelled') THEN NULL ELSE s.after END,
           moment, step.at
    FROM (SELECT DISTINCT unnest(pieces) AS piece) k
    LEFT JOIN LATERAL (
        SELECT * FROM comparisons_shown s WHERE s.kind = what AND s.piece = k.piece OFFSET 0) s ON true
    LEFT JOIN LATERAL (
        SELECT * FROM comparisons_receipt r WHERE r.kind = what AND r.piece = k.piece ORDER BY r.id + 0 DESC LIMIT 1
    ) l ON true
    CROSS JOIN LATERAL (
        SELECT s.piece IS NOT NULL AND s.visible_at <= moment AS is_shown,
               s.piece IS NOT NULL AND s.visible_at > moment AS is_to_come,
               coalesce(l.after IS NOT NULL AND l.effective_at <= moment, false) AS was_shown,
               coalesce(l.after IS NOT NULL AND l.effective_at > moment, false) AS was_to_come,
               s.tool_id IS NOT DISTINCT FROM l.tool_id AS stays
    ) st
    CROSS JOIN LATERAL (
        SELECT 1 AS place, 'withdrawn' AS act, moment AS at WHERE was_shown AND NOT (is_shown AND stays)
        UNION ALL
        SELECT 2, 'changed', moment WHERE was_shown AND is_shown AND stays AND l.after <> s.after
        UNION ALL
        -- A tool that arrives with its history brings its dates; later nothing is dated before it was recorded.
        SELECT 2, 'published', CASE
                WHEN l.id IS NULL AND NOT EXISTS (
                    SELECT FROM comparisons_receipt r
                    WHERE r.tool_id = s.tool_id AND r.recorded_at < transaction_timestamp())
                    AND s.tool_id IS NOT NULL
                THEN least(s.dated_at, moment) ELSE moment END
        WHERE is_shown AND NOT (was_shown AND stays)
        UNION ALL
        SELECT 2, 'published', s.visible_at
        WHERE is_to_come AND NOT (was_to_come AND stays AND l.after = s.after AND l.effective_at = s.visible_at)
        UNION ALL
        SELECT 2, 'cancelled', moment WHERE was_to_come AND NOT is_shown AND NOT is_to_come
    ) step
    ORDER BY k.piece, step.place;
END $$;
"""

# The arguments are the kind, and the tools that a row belongs to. Their standings are locked as in migration 0003: of
# two transactions about one tool, the second records what the first has left.
KEEP = """
CREATE FUNCTION comparisons_keep_receipts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE pieces bigint[]; tools bigint[]; moved bigint[];
BEGIN
    EXECUTE format('SELECT array_agg(DISTINCT row.id), array_agg(DISTINCT tool) FROM (%s) row LEFT JOIN LATERAL'
                   ' unnest(%s) AS tool ON true', concat_ws(' UNION ALL ',
        CASE WHEN TG_OP <> 'INSERT' THEN 'SELECT * FROM old_rows' END,
        CASE WHEN TG_OP <> 'DELETE' THEN 'SELECT * FROM new_rows' END), TG_ARGV[1]) INTO pieces, tools;
    IF pieces IS NULL THEN
        RETURN NULL;
    END IF;
    PERFORM FROM comparisons_toolstanding WHERE tool_id = ANY(tools) ORDER BY tool_id FOR UPDATE;
    PERFORM comparisons_record(TG_ARGV[0], pieces);
    IF TG_ARGV[0] = 'tool' AND TG_OP = 'UPDATE' THEN
        SELECT array_agg(o.id) INTO moved FROM old_rows o JOIN new_rows n USING (id)
        WHERE (o.status IN ('published', 'scheduled'), o.published_at)
              IS DISTINCT FROM (n.status IN ('published', 'scheduled'), n.published_at);
        IF moved IS NOT NULL THEN
            PERFORM comparisons_record('price', ARRAY(SELECT id FROM tools_plan WHERE tool_id = ANY(moved)));
            PERFORM comparisons_record('fact', ARRAY(SELECT id FROM tools_fact WHERE tool_id = ANY(moved)));
            PERFORM comparisons_record('verdict', ARRAY(SELECT id FROM reviews_review WHERE tool_id = ANY(moved)));
            PERFORM comparisons_record('comparison', ARRAY(
                SELECT id FROM comparisons_comparison WHERE first_tool_id = ANY(moved) OR second_tool_id = ANY(moved)));
        END IF;
    END IF;
    RETURN NULL;
END $$;
"""

FOR_GOOD = """
CREATE FUNCTION comparisons_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Receipts are for good: they can be neither changed nor deleted.'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER receipt_is_for_good BEFORE UPDATE OR DELETE ON comparisons_receipt
FOR EACH STATEMENT EXECUTE FUNCTION comparisons_refuse();
CREATE TRIGGER receipts_are_not_emptied BEFORE TRUNCATE ON comparisons_receipt
FOR EACH STATEMENT EXECUTE FUNCTION comparisons_refuse();
"""

KEPT = {
    "tools_category": ("category", "ARRAY[]::bigint[]"),
    "tools_criterion": ("criterion", "ARRAY[]::bigint[]"),
    "reviews_reviewer": ("reviewer", "ARRAY[]::bigint[]"),
    "tools_tool": ("tool", "ARRAY[row.id]"),
    "tools_plan": ("price", "ARRAY[row.tool_id]"),
    "tools_fact": ("fact", "ARRAY[row.tool_id]"),
    "reviews_review": ("verdict", "ARRAY[row.tool_id]"),
    "comparisons_comparison": ("comparison", "ARRAY[row.first_tool_id, row.second_tool_id]"),
}
ROWS = {
    "INSERT": "NEW TABLE AS new_rows",
    "UPDATE": "OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "DELETE": "OLD TABLE AS old_rows",
}
FOLLOW = "".join(
    f"CREATE TRIGGER receipt_of_{event.lower()} AFTER {event} ON {table} REFERENCING {rows}\n"
    f"FOR EACH STATEMENT EXECUTE FUNCTION comparisons_keep_receipts('{kind}', '{tools}');\n"
    for table, (kind, tools) in KEPT.items()
    for event, rows in ROWS.items()
)
FILL = "".join(
    f"SELECT comparisons_record('{kind}', ARRAY(SELECT id FROM {table}));\n" for table, (kind, _) in KEPT.items()
)
UNDO = "".join(
    f"DROP TRIGGER receipt_of_{event.lower()} ON {table};\n" for table in KEPT for event in ROWS
) + (
    "DROP TRIGGER receipts_are_not_emptied ON comparisons_receipt;\n"
    "DROP TRIGGER receipt_is_for_good ON comparisons_receipt;\n"
    "DROP FUNCTION comparisons_refuse, comparisons_keep_receipts, comparisons_record;\n"
    "DROP VIEW comparisons_shown;\n"
    "DROP FUNCTION comparisons_picked;\n"
)


class Migration(migrations.Migration):
    dependencies = [("comparisons", "0004_receipts")]

    operations = [migrations.RunSQL(SHOWN + RECORD + KEEP + FOR_GOOD + FOLLOW + FILL, UNDO)]
