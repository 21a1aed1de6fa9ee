"""What the database keeps by itself: a consent is for good, and what is frozen cannot change."""

from django.db import migrations

KEEP = """
CREATE FUNCTION newsletter_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A consent is for good: % of % is refused.', TG_OP, TG_TABLE_NAME USING ERRCODE = '23514';
END $$;
CREATE TRIGGER consents_are_for_good BEFORE UPDATE OR DELETE ON newsletter_consent
    FOR EACH ROW EXECUTE FUNCTION newsletter_refuse();
CREATE TRIGGER consents_are_not_emptied BEFORE TRUNCATE ON newsletter_consent
    FOR EACH STATEMENT EXECUTE FUNCTION newsletter_refuse();

CREATE FUNCTION newsletter_keep_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.content_sha256 IS NOT NULL
       AND (NEW.subject, NEW.preheader, NEW.introduction, NEW.html, NEW.text, NEW.content_sha256, NEW.number,
            NEW.iso_week)
           IS DISTINCT FROM
           (OLD.subject, OLD.preheader, OLD.introduction, OLD.html, OLD.text, OLD.content_sha256, OLD.number,
            OLD.iso_week) THEN
        RAISE EXCEPTION 'Issue % is frozen: what was sent to some must be what is sent to all.', OLD.number
            USING ERRCODE = '23514';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER frozen_issues_stay BEFORE UPDATE ON newsletter_issue
    FOR EACH ROW EXECUTE FUNCTION newsletter_keep_frozen();

CREATE FUNCTION newsletter_keep_frozen_blocks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM newsletter_issue
               WHERE id IN (OLD.issue_id, NEW.issue_id) AND content_sha256 IS NOT NULL) THEN
        RAISE EXCEPTION 'The issue is frozen, and its blocks with it.' USING ERRCODE = '23514';
    END IF;
    RETURN coalesce(NEW, OLD);
END $$;
CREATE TRIGGER frozen_blocks_stay BEFORE INSERT OR UPDATE OR DELETE ON newsletter_block
    FOR EACH ROW EXECUTE FUNCTION newsletter_keep_frozen_blocks();
"""
LET_GO = """
DROP TRIGGER frozen_blocks_stay ON newsletter_block;
DROP TRIGGER frozen_issues_stay ON newsletter_issue;
DROP TRIGGER consents_are_not_emptied ON newsletter_consent;
DROP TRIGGER consents_are_for_good ON newsletter_consent;
DROP FUNCTION newsletter_keep_frozen_blocks();
DROP FUNCTION newsletter_keep_frozen();
DROP FUNCTION newsletter_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("newsletter", "0001_initial")]

    operations = [migrations.RunSQL(KEEP, LET_GO)]
