"""The triggers and functions that keep standings: see docs/decisions/0014."""

from django.db import migrations

# The one definition of what a standing counts. `statement_timestamp()` is the clock of `editorial.querysets`.
TRUTH = """
CREATE FUNCTION comparisons_licence(licence text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN btrim(licence) = '' THEN 'unstated'
        WHEN licence ~* '(proprietary|closed|all rights reserved)' THEN 'proprietary'
        WHEN licence ~* '(community|non-?commercial|research|rail\\M|fair.?source|business source|\\mbusl|\\mcc.by.n)'
            THEN 'community'
        WHEN licence ~* '(gpl|\\mmpl|mozilla|\\mepl|\\meupl|copyleft|cc.by.sa)' THEN 'copyleft'
        WHEN licence ~* '(apache|\\mmit\\M|\\mbsd|\\misc\\M|unlicense|\\mzlib|\\mcc0|public domain|\\mcc.by\\M)'
            THEN 'permissive'
        ELSE 'other'
    END
$$;
CREATE VIEW comparisons_truth AS
SELECT t.id AS tool_id, t.name, t.category_id,
       t.status IN ('published', 'scheduled') AND t.published_at <= statement_timestamp() AS is_listed,
       least(CASE WHEN t.status IN ('published', 'scheduled') AND t.published_at > statement_timestamp()
             THEN t.published_at END, r.next_at) AS stale_at,
       r.ship_count, r.review_count, r.reviewed_at,
       CASE WHEN r.review_count = 0 THEN 'unreviewed' WHEN 2 * r.ship_count = r.review_count THEN 'split'
            WHEN 2 * r.ship_count > r.review_count THEN 'ship' ELSE 'skip' END::varchar(10) AS word,
       comparisons_licence(t.licence)::varchar(11) AS licence,
       p.free > 0 AND p.free = p.plans AS is_free, p.free > 0 AS has_free_plan,
       p.free = 0 AND p.plans > 0 AS is_paid, p.usage > 0 AS has_usage,
       EXISTS (SELECT FROM tools_fact f JOIN tools_criterion c ON c.id = f.criterion_id
               WHERE f.tool_id = t.id AND c.slug = 'self-hosting' AND f.value = 'yes') AS is_self_hostable
FROM tools_tool t
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE published_at <= statement_timestamp())::integer AS review_count,
           count(*) FILTER (WHERE published_at <= statement_timestamp() AND verdict = 'ship')::integer AS ship_count,
           max(published_at) FILTER (WHERE published_at <= statement_timestamp()) AS reviewed_at,
           min(published_at) FILTER (WHERE published_at > statement_timestamp()) AS next_at
    FROM reviews_review WHERE tool_id = t.id AND status IN ('published', 'scheduled')) r
CROSS JOIN LATERAL (
    SELECT count(*) AS plans, count(*) FILTER (WHERE period = 'free') AS free,
           count(*) FILTER (WHERE period = 'usage') AS usage
    FROM tools_plan WHERE tool_id = t.id) p;
"""

# Rows are locked first and counted after, in a statement of its own: of two transactions that change one tool, the
# second counts what the first has committed.
STAND = """
CREATE FUNCTION comparisons_stand(tools bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM comparisons_toolstanding WHERE tool_id = ANY(tools) ORDER BY tool_id FOR UPDATE;
    INSERT INTO comparisons_shelf (category_id, word, licence, is_free, has_free_plan, is_paid, has_usage,
                                   is_self_hostable, tool_count)
    SELECT DISTINCT category_id, word, licence, is_free, has_free_plan, is_paid, has_usage, is_self_hostable, 0
    FROM comparisons_truth WHERE tool_id = ANY(tools) ORDER BY 1, 2, 3, 4, 5, 6, 7, 8
    ON CONFLICT DO NOTHING;
    UPDATE comparisons_toolstanding s
    SET shelf_id = h.id, name = t.name, is_listed = t.is_listed, stale_at = t.stale_at, ship_count = t.ship_count,
        review_count = t.review_count, reviewed_at = t.reviewed_at
    FROM comparisons_truth t JOIN comparisons_shelf h
         USING (category_id, word, licence, is_free, has_free_plan, is_paid, has_usage, is_self_hostable)
    WHERE s.tool_id = t.tool_id AND t.tool_id = ANY(tools)
      AND (s.shelf_id, s.name, s.is_listed, s.stale_at, s.ship_count, s.review_count, s.reviewed_at)
          IS DISTINCT FROM (h.id, t.name, t.is_listed, t.stale_at, t.ship_count, t.review_count, t.reviewed_at);
END $$;
CREATE FUNCTION comparisons_follow() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE tools bigint[]; key text := CASE WHEN TG_TABLE_NAME = 'tools_tool' THEN 'id' ELSE 'tool_id' END;
BEGIN
    EXECUTE format('SELECT array_agg(DISTINCT tool) FROM (%s) x', concat_ws(' UNION ALL ',
        CASE WHEN TG_OP <> 'INSERT' THEN format('SELECT %I AS tool FROM old_rows', key) END,
        CASE WHEN TG_OP <> 'DELETE' THEN format('SELECT %I AS tool FROM new_rows', key) END)) INTO tools;
    IF tools IS NULL THEN
        RETURN NULL;
    END IF;
    IF TG_TABLE_NAME = 'tools_tool' AND TG_OP = 'INSERT' THEN
        INSERT INTO comparisons_toolstanding (tool_id, name, is_listed, ship_count, review_count, community_ship,
                                              community_skip)
        SELECT unnest(tools), '', false, 0, 0, 0, 0 ON CONFLICT DO NOTHING;
    END IF;
    PERFORM comparisons_stand(tools);
    IF TG_TABLE_NAME = 'reviews_review' THEN  -- a verdict may change where no count does
        UPDATE comparisons_board SET records_are_stale = true WHERE NOT records_are_stale;
    END IF;
    RETURN NULL;
END $$;
"""


def follow(table: str, events: str = "INSERT UPDATE DELETE") -> str:
    rows = {
        "INSERT": "NEW TABLE AS new_rows",
        "UPDATE": "OLD TABLE AS old_rows NEW TABLE AS new_rows",
        "DELETE": "OLD TABLE AS old_rows",
    }
    return "".join(
        f"CREATE TRIGGER standing_follows_{event.lower()} AFTER {event} ON {table} REFERENCING {rows[event]}\n"
        f"FOR EACH STATEMENT EXECUTE FUNCTION comparisons_follow();\n"
        for event in events.split()
    )


# What hangs on standings: the number on each shelf, and whether ranks and records must be worked out anew.
SHELVE = """
CREATE FUNCTION comparisons_shelve() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        UPDATE comparisons_shelf h SET tool_count = h.tool_count + d.step FROM (
            SELECT shelf_id, sum(step) AS step FROM (
                SELECT shelf_id, -1 AS step FROM old_rows WHERE is_listed
                UNION ALL SELECT shelf_id, 1 FROM new_rows WHERE is_listed) x
            GROUP BY shelf_id HAVING sum(step) <> 0 ORDER BY shelf_id) d WHERE h.id = d.shelf_id;
        IF EXISTS (SELECT FROM old_rows o JOIN new_rows n USING (tool_id)
                   WHERE (o.is_listed, o.name, o.community_ship, o.community_skip, o.ship_count, o.review_count)
                         IS DISTINCT FROM
                         (n.is_listed, n.name, n.community_ship, n.community_skip, n.ship_count, n.review_count)) THEN
            UPDATE comparisons_board SET ranks_are_stale = true WHERE NOT ranks_are_stale;
        END IF;
        IF EXISTS (SELECT FROM old_rows o JOIN new_rows n USING (tool_id)
                   WHERE n.review_count + o.review_count > 0
                     AND (o.is_listed, o.shelf_id, o.ship_count, o.review_count,
                          sign(o.community_ship - o.community_skip), o.community_low IS NULL) IS DISTINCT FROM
                         (n.is_listed, n.shelf_id, n.ship_count, n.review_count,
                          sign(n.community_ship - n.community_skip), n.community_low IS NULL)) THEN
            UPDATE comparisons_board SET records_are_stale = true WHERE NOT records_are_stale;
        END IF;
    ELSE
        UPDATE comparisons_shelf h SET tool_count = h.tool_count - d.step FROM (
            SELECT shelf_id, count(*) AS step FROM old_rows WHERE is_listed GROUP BY shelf_id) d
        WHERE h.id = d.shelf_id;
        UPDATE comparisons_board SET ranks_are_stale = true, records_are_stale = true;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER standing_is_shelved AFTER UPDATE ON comparisons_toolstanding
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION comparisons_shelve();
CREATE TRIGGER standing_is_taken_off AFTER DELETE ON comparisons_toolstanding
REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION comparisons_shelve();
"""

COUNT = """
CREATE FUNCTION comparisons_count_votes() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO comparisons_board (id, counted_at, leaders, ranked_count, voted_count, overruled_count, divided_count,
                                   ranks_are_stale, records_are_stale)
    VALUES (1, statement_timestamp(), '{}', 0, 0, 0, 0, true, true)
    ON CONFLICT (id) DO UPDATE SET counted_at = EXCLUDED.counted_at;
    UPDATE comparisons_toolstanding s SET community_ship = v.ship, community_skip = v.skip
    FROM (SELECT s.tool_id, coalesce(t.ship, 0) AS ship, coalesce(t.skip, 0) AS skip
          FROM comparisons_toolstanding s LEFT JOIN
               (SELECT tool_id, sum(ship) AS ship, sum(skip) AS skip FROM votes_tally
                WHERE crowd = 'account' GROUP BY tool_id) t USING (tool_id)) v
    WHERE s.tool_id = v.tool_id AND (s.community_ship, s.community_skip) IS DISTINCT FROM (v.ship, v.skip);
END $$;
-- votes.intervals.shared_ranks: a group's leader is the first whose upper end lies below the lower end of the leader
-- before it. A test holds the two together.
CREATE FUNCTION comparisons_rank() RETURNS void LANGUAGE plpgsql AS $$
DECLARE line record; place integer := 0; leader_low double precision; found_leaders integer[] := '{}';
BEGIN
    PERFORM FROM comparisons_board WHERE id = 1 AND ranks_are_stale FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN;  -- somebody else is at it
    END IF;
    FOR line IN SELECT community_low AS low, community_high AS high FROM comparisons_toolstanding
                WHERE is_listed AND community_low IS NOT NULL
                ORDER BY community_low DESC NULLS LAST, vote_count DESC, name, tool_id LOOP
        place := place + 1;
        IF leader_low IS NULL OR line.high < leader_low THEN
            found_leaders := found_leaders || place;
            leader_low := line.low;
        END IF;
    END LOOP;
    UPDATE comparisons_board SET leaders = found_leaders, ranked_count = place, ranks_are_stale = false,
        voted_count = (SELECT count(*) FROM comparisons_toolstanding WHERE is_listed AND vote_count > 0),
        overruled_count = (SELECT count(*) FROM comparisons_toolstanding WHERE is_listed AND is_overruled),
        divided_count = (SELECT count(*) FROM comparisons_toolstanding WHERE is_listed AND minority_share > 0)
    WHERE id = 1;
END $$;
CREATE FUNCTION comparisons_keep_records() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM comparisons_board WHERE id = 1 AND records_are_stale FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    DELETE FROM comparisons_reviewerrecord;
    INSERT INTO comparisons_reviewerrecord
        (reviewer_id, category_id, ship_count, review_count, settled, dissents, shown, agreed)
    SELECT r.reviewer_id, h.category_id, count(*) FILTER (WHERE r.verdict = 'ship'), count(*),
           count(*) FILTER (WHERE h.word IN ('ship', 'skip')),
           count(*) FILTER (WHERE h.word IN ('ship', 'skip') AND r.verdict <> h.word),
           count(*) FILTER (WHERE s.community_low IS NOT NULL AND s.community_ship <> s.community_skip),
           count(*) FILTER (WHERE s.community_low IS NOT NULL AND s.community_ship <> s.community_skip
                            AND (r.verdict = 'ship') = (s.community_ship > s.community_skip))
    FROM reviews_review r JOIN comparisons_toolstanding s ON s.tool_id = r.tool_id AND s.is_listed
         JOIN comparisons_shelf h ON h.id = s.shelf_id
    WHERE r.status IN ('published', 'scheduled') AND r.published_at <= statement_timestamp()
    GROUP BY 1, 2;
    UPDATE comparisons_board SET records_are_stale = false WHERE id = 1;
END $$;
"""

# A reader never waits for a writer: who holds a lock for long (a publication being loaded) is left alone this time.
CATCH_UP = """
CREATE FUNCTION comparisons_catch_up(records boolean) RETURNS SETOF comparisons_board LANGUAGE plpgsql
SET lock_timeout = '250ms' AS $$
DECLARE due bigint[]; board comparisons_board;
BEGIN
    BEGIN
        SELECT array_agg(tool_id) INTO due FROM (
            SELECT tool_id FROM comparisons_toolstanding WHERE stale_at <= statement_timestamp()
            ORDER BY tool_id FOR UPDATE SKIP LOCKED) x;
        IF due IS NOT NULL THEN
            PERFORM comparisons_stand(due);
        END IF;
        SELECT * INTO board FROM comparisons_board WHERE id = 1;
        IF board.counted_at IS NULL OR (board.counted_at < statement_timestamp() - interval '2 minutes'
                                        AND pg_try_advisory_xact_lock(7022, 14)) THEN
            PERFORM comparisons_count_votes();
            SELECT * INTO board FROM comparisons_board WHERE id = 1;
        END IF;
        IF board.ranks_are_stale THEN
            PERFORM comparisons_rank();
        END IF;
        IF records AND board.records_are_stale THEN
            PERFORM comparisons_keep_records();
        END IF;
    EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
        NULL;
    END;
    RETURN QUERY SELECT * FROM comparisons_board WHERE id = 1;
END $$;
"""

FOLLOWED = ("tools_tool", "tools_plan", "tools_fact", "reviews_review")
FILL = """
INSERT INTO comparisons_toolstanding (tool_id, name, is_listed, ship_count, review_count, community_ship,
                                      community_skip)
SELECT id, '', false, 0, 0, 0, 0 FROM tools_tool;
SELECT comparisons_stand(array_agg(tool_id)) FROM comparisons_toolstanding;
SELECT comparisons_count_votes();
"""
UNDO = "".join(
    f"DROP TRIGGER standing_follows_{event} ON {table};\n"
    for table in FOLLOWED
    for event in ("insert", "update", "delete")
    if (table, event) != ("tools_tool", "delete")
) + (
    "DROP TRIGGER standing_is_shelved ON comparisons_toolstanding;\n"
    "DROP TRIGGER standing_is_taken_off ON comparisons_toolstanding;\n"
    "DROP FUNCTION comparisons_catch_up, comparisons_keep_records, comparisons_rank, comparisons_count_votes,"
    " comparisons_shelve, comparisons_follow, comparisons_stand;\n"
    "DROP VIEW comparisons_truth;\n"
    "DROP FUNCTION comparisons_licence;"
)


class Migration(migrations.Migration):
    dependencies = [
        ("comparisons", "0002_standings"),
        ("reviews", "0001_initial"),
        ("tools", "0001_initial"),
        ("votes", "0002_count_and_record"),
    ]

    operations = [
        migrations.RunSQL(
            TRUTH
            + STAND
            + follow("tools_tool", "INSERT UPDATE")
            + "".join(follow(table) for table in FOLLOWED[1:])
            + SHELVE
            + COUNT
            + CATCH_UP
            + FILL,
            UNDO,
        )
    ]
