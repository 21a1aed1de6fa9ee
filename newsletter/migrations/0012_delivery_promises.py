"""What the database keeps of a send by itself: docs/decisions/0038."""

from django.db import migrations

KEEP = """
CREATE FUNCTION newsletter_refuse_delivery() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% (% of %)', TG_ARGV[0], TG_OP, TG_TABLE_NAME USING ERRCODE = '23514';
END $$;

CREATE TRIGGER attempts_are_for_good BEFORE UPDATE OR DELETE ON newsletter_attempt
    FOR EACH ROW EXECUTE FUNCTION newsletter_refuse_delivery('An attempt is for good.');
CREATE TRIGGER attempts_are_not_emptied BEFORE TRUNCATE ON newsletter_attempt
    FOR EACH STATEMENT EXECUTE FUNCTION newsletter_refuse_delivery('An attempt is for good.');

CREATE TRIGGER deliveries_are_not_deleted BEFORE DELETE ON newsletter_delivery
    FOR EACH ROW EXECUTE FUNCTION newsletter_refuse_delivery('Every recipient is accounted for.');
CREATE TRIGGER deliveries_are_not_emptied BEFORE TRUNCATE ON newsletter_delivery
    FOR EACH STATEMENT EXECUTE FUNCTION newsletter_refuse_delivery('Every recipient is accounted for.');
CREATE TRIGGER what_is_settled_stays BEFORE UPDATE ON newsletter_delivery FOR EACH ROW
    WHEN (OLD.final_at IS NOT NULL AND (NEW.state <> OLD.state OR NEW.final_at IS DISTINCT FROM OLD.final_at))
    EXECUTE FUNCTION newsletter_refuse_delivery('What is settled stays so.');
CREATE TRIGGER only_a_claim_is_marked BEFORE UPDATE ON newsletter_delivery FOR EACH ROW
    WHEN (NEW.state = 'transmitting' AND OLD.state NOT IN ('claimed', 'transmitting'))
    EXECUTE FUNCTION newsletter_refuse_delivery('Only what was claimed goes on the wire.');
CREATE TRIGGER the_audience_is_frozen BEFORE UPDATE ON newsletter_delivery FOR EACH ROW
    WHEN (NEW.id <> OLD.id OR NEW.issue_id <> OLD.issue_id OR NEW.subscriber_id <> OLD.subscriber_id
          OR (NEW.address IS NOT NULL AND NEW.address IS DISTINCT FROM OLD.address))
    EXECUTE FUNCTION newsletter_refuse_delivery('The audience of an issue is frozen.');
CREATE TRIGGER frozen_issues_are_not_deleted BEFORE DELETE ON newsletter_issue FOR EACH ROW
    WHEN (OLD.frozen_at IS NOT NULL)
    EXECUTE FUNCTION newsletter_refuse_delivery('Every recipient is accounted for.');

CREATE FUNCTION newsletter_count_settled() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO newsletter_tally AS t (issue_id, shard, state, reason, count, since, until)
    VALUES (NEW.issue_id, coalesce(OLD.slot, 0), NEW.state, NEW.reason, 1, NEW.final_at, NEW.final_at)
    ON CONFLICT (issue_id, shard, state, reason) DO UPDATE SET count = t.count + 1, until = excluded.until;
    RETURN NULL;
END $$;
CREATE TRIGGER settled_deliveries_are_counted AFTER UPDATE ON newsletter_delivery FOR EACH ROW
    WHEN (OLD.final_at IS NULL AND NEW.final_at IS NOT NULL) EXECUTE FUNCTION newsletter_count_settled();

CREATE FUNCTION newsletter_keep_open() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    settled bigint; all_of_them bigint;
BEGIN
    SELECT count(final_at), count(*) INTO settled, all_of_them FROM newsletter_delivery WHERE issue_id = NEW.id;
    IF settled <> all_of_them OR all_of_them <> coalesce(NEW.expected, 0) THEN
        RAISE EXCEPTION 'Issue % is not done: % of % are settled, % were expected.',
            NEW.number, settled, all_of_them, coalesce(NEW.expected, 0) USING ERRCODE = '23514';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER a_done_issue_adds_up BEFORE UPDATE ON newsletter_issue FOR EACH ROW
    WHEN (NEW.status = 'done' AND OLD.status <> 'done') EXECUTE FUNCTION newsletter_keep_open();

CREATE FUNCTION newsletter_keep_audience() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Issue % is frozen, and who gets it with it.', OLD.number USING ERRCODE = '23514';
END $$;
CREATE TRIGGER frozen_audiences_stay BEFORE UPDATE ON newsletter_issue FOR EACH ROW
    WHEN (OLD.frozen_at IS NOT NULL
          AND (NEW.candidates, NEW.excluded, NEW.expected, NEW.message_tail, NEW.frozen_at)
              IS DISTINCT FROM (OLD.candidates, OLD.excluded, OLD.expected, OLD.message_tail, OLD.frozen_at))
    EXECUTE FUNCTION newsletter_keep_audience();
"""
LET_GO = """
DROP TRIGGER frozen_audiences_stay ON newsletter_issue;
DROP TRIGGER a_done_issue_adds_up ON newsletter_issue;
DROP TRIGGER frozen_issues_are_not_deleted ON newsletter_issue;
DROP TRIGGER settled_deliveries_are_counted ON newsletter_delivery;
DROP TRIGGER the_audience_is_frozen ON newsletter_delivery;
DROP TRIGGER only_a_claim_is_marked ON newsletter_delivery;
DROP TRIGGER what_is_settled_stays ON newsletter_delivery;
DROP TRIGGER deliveries_are_not_emptied ON newsletter_delivery;
DROP TRIGGER deliveries_are_not_deleted ON newsletter_delivery;
DROP TRIGGER attempts_are_not_emptied ON newsletter_attempt;
DROP TRIGGER attempts_are_for_good ON newsletter_attempt;
DROP FUNCTION newsletter_keep_audience();
DROP FUNCTION newsletter_keep_open();
DROP FUNCTION newsletter_count_settled();
DROP FUNCTION newsletter_refuse_delivery();
"""


class Migration(migrations.Migration):
    dependencies = [("newsletter", "0011_deliveries")]

    operations = [migrations.RunSQL(KEEP, LET_GO)]
