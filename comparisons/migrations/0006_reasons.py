"""Why things change, and what reviewers' verdicts add up to month by month: docs/decisions/0023."""

from importlib import import_module

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

# `comparisons_record` as it was, and with the reason that the transaction gives. A setting that nobody has made is null,
# one that a transaction has left behind is empty.
BEFORE = import_module("comparisons.migrations.0005_keep_receipts").RECORD.replace(
    "CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"
)
RECORD = BEFORE.replace("recorded_at, effective_at)", "recorded_at, effective_at, reason)").replace(
    "moment, step.at\n", "moment, step.at, left(coalesce(current_setting('drydock.reason', true), ''), 500)\n"
)
assert RECORD.count("reason") == 2, "The function of migration 0005 has changed: read it again."

# What one receipt adds to a reviewer's record. A receipt says what it replaced, so no other one is needed to know that.
# `since` is the month; what is scheduled counts from its very moment. A verdict is reversed when the reviewer changes
# it or takes it back, not when the tool goes and takes it along.
STEPS = """
CREATE VIEW comparisons_verdict_steps AS
SELECT r.id, r.piece, r.recorded_at, r.effective_at, step.reviewer_id,
       CASE WHEN r.effective_at > r.recorded_at THEN r.effective_at
            ELSE date_trunc('month', r.effective_at, 'UTC') END AS since,
       step.published, step.reviews, step.reviews * (step.verdict = 'ship')::integer AS ships, step.reversals
FROM comparisons_receipt r
CROSS JOIN LATERAL (
    SELECT (r.before ->> 'verdict') AS verdict, (r.before ->> 'reviewer_id')::bigint AS reviewer_id
) old
CROSS JOIN LATERAL (
    SELECT r.reviewer_id, 1 AS reviews, r.after ->> 'verdict' AS verdict,
           (r.act = 'published' OR old.reviewer_id IS NOT NULL)::integer AS published,
           (r.act = 'changed' AND old.verdict IS NOT NULL AND old.reviewer_id IS NULL)::integer AS reversals
    WHERE r.act IN ('published', 'changed')
    UNION ALL
    SELECT coalesce(old.reviewer_id, r.reviewer_id), -1, coalesce(old.verdict, r.after ->> 'verdict'), 0,
           (r.act = 'withdrawn' AND EXISTS (
               SELECT FROM (SELECT * FROM comparisons_receipt t WHERE t.kind = 'tool' AND t.piece = r.tool_id
                            AND t.id < r.id ORDER BY t.id + 0 DESC LIMIT 1) t
               WHERE t.after IS NOT NULL AND t.effective_at <= r.effective_at))::integer
    WHERE r.act IN ('changed', 'withdrawn')
) step
WHERE r.kind = 'verdict';
"""

# As in migration 0005, `id + 0` keeps the primary key from being walked backwards where an index finds the few rows.
# Rows are only ever added by writers, so no writer waits for another; sums over them are right at any moment. A reader
# who works out records puts those of a month together.
COUNT = """
CREATE FUNCTION comparisons_count_verdicts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE ids bigint[];
BEGIN
    SELECT array_agg(id) INTO ids FROM new_rows WHERE kind = 'verdict';
    IF ids IS NULL THEN
        RETURN NULL;
    END IF;
    INSERT INTO comparisons_reviewermonth (reviewer_id, since, published, reviews, ships, reversals)
    SELECT reviewer_id, since, sum(published), sum(reviews), sum(ships), sum(reversals)
    FROM (SELECT * FROM comparisons_verdict_steps WHERE id = ANY(ids)
          UNION ALL
          -- The receipt before may tell of something that was to come, and is void now: it is counted back.
          SELECT s.id, s.piece, s.recorded_at, s.effective_at, s.reviewer_id, s.since, -s.published, -s.reviews,
                 -s.ships, -s.reversals
          FROM new_rows n
          CROSS JOIN LATERAL (
              SELECT id FROM comparisons_receipt p WHERE p.kind = 'verdict' AND p.piece = n.piece AND p.id < n.id
              ORDER BY p.id + 0 DESC LIMIT 1) last
          JOIN comparisons_verdict_steps s ON s.id = last.id
          WHERE n.kind = 'verdict' AND s.effective_at > s.recorded_at AND s.effective_at > n.recorded_at) steps
    GROUP BY reviewer_id, since
    HAVING (sum(published), sum(reviews), sum(ships), sum(reversals)) IS DISTINCT FROM (0, 0, 0, 0);
    RETURN NULL;
END $$;
CREATE TRIGGER verdicts_are_counted AFTER INSERT ON comparisons_receipt REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION comparisons_count_verdicts();
CREATE FUNCTION comparisons_recount_verdicts() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    LOCK TABLE comparisons_receipt IN SHARE MODE;
    DELETE FROM comparisons_reviewermonth;
    INSERT INTO comparisons_reviewermonth (reviewer_id, since, published, reviews, ships, reversals)
    SELECT reviewer_id, since, sum(published), sum(reviews), sum(ships), sum(reversals)
    FROM comparisons_verdict_steps s
    WHERE effective_at <= recorded_at OR NOT EXISTS (
        SELECT FROM comparisons_receipt l
        WHERE l.kind = 'verdict' AND l.piece = s.piece AND l.id > s.id AND l.recorded_at < s.effective_at)
    GROUP BY reviewer_id, since;
END $$;
CREATE FUNCTION comparisons_fold_months() RETURNS void LANGUAGE sql AS $$
    WITH months AS (
        SELECT reviewer_id, date_trunc('month', since, 'UTC') AS month FROM comparisons_reviewermonth
        WHERE since <= statement_timestamp() GROUP BY 1, 2 HAVING count(*) > 1
    ), parts AS (
        DELETE FROM comparisons_reviewermonth p USING months m
        WHERE p.reviewer_id = m.reviewer_id AND p.since >= m.month AND p.since < m.month + interval '1 month'
              AND p.since <= statement_timestamp()
        RETURNING m.month, p.*
    )
    INSERT INTO comparisons_reviewermonth (reviewer_id, since, published, reviews, ships, reversals)
    SELECT reviewer_id, month, sum(published), sum(reviews), sum(ships), sum(reversals) FROM parts GROUP BY 1, 2;
$$;
"""
RECORDS = """
CREATE OR REPLACE FUNCTION comparisons_keep_records() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM comparisons_board WHERE id = 1 AND records_are_stale FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN;
    END IF;%s
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
FORWARD = RECORD + STEPS + COUNT + RECORDS % "\n    PERFORM comparisons_fold_months();"
BACK = (
    RECORDS % ""
    + BEFORE
    + """
DROP TRIGGER verdicts_are_counted ON comparisons_receipt;
DROP FUNCTION comparisons_fold_months, comparisons_recount_verdicts, comparisons_count_verdicts;
DROP VIEW comparisons_verdict_steps;
"""
)


class Migration(migrations.Migration):
    dependencies = [("comparisons", "0005_keep_receipts")]

    operations = [
        migrations.AddField(
            "receipt",
            "reason",
            models.TextField(blank=True, default="", max_length=500),
        ),
        migrations.AddIndex(
            "receipt",
            models.Index(
                fields=["reviewer", "-effective_at", "-id"],
                condition=Q(kind="verdict")
                & (Q(act="withdrawn") | Q(act="changed", before__has_key="verdict")),
                name="receipt_of_a_reversal",
            ),
        ),
        migrations.CreateModel(
            "ReviewerMonth",
            [
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("since", models.DateTimeField()),
                ("published", models.IntegerField()),
                ("reviews", models.IntegerField()),
                ("ships", models.IntegerField()),
                ("reversals", models.IntegerField()),
                (
                    "reviewer",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="months",
                        to="reviews.reviewer",
                    ),
                ),
            ],
            options={"indexes": [models.Index(fields=["reviewer", "since"], name="reviewer_month")]},
        ),
        migrations.RunSQL(FORWARD + "SELECT comparisons_recount_verdicts();", BACK),
    ]
