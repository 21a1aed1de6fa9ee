"""Changes of many votes are counted and recorded once a statement, not once a vote.

Holding 20,000 votes wrote each of the 16 slots of a tally 1,250 times, one version of the row behind the other, and
every reader of the tool waited for the slots meanwhile. Here the events are written first and each slot is touched
once, at the very end.
"""

from django.db import migrations

# No join of the old rows with the new ones: its plan is kept from the first time, when it may have been one vote, and
# would compare each of 20,000 votes with all others.
RECORD = """
CREATE FUNCTION votes_record_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO votes_voteevent
        (tool_id, voter_id, revision, old_choice, new_choice, old_state, new_state, crowd, reason, actor_id)
    SELECT tool_id, voter_id, revision, was_choice, choice, was_state, state, crowd, reason, actor_id
    FROM (SELECT x.*, lag(choice) OVER w AS was_choice, lag(state) OVER w AS was_state, lag(crowd) OVER w AS was_crowd
          FROM (SELECT 0 AS side, tool_id, voter_id, revision, choice, state, crowd, reason, actor_id FROM old_rows
                UNION ALL
                SELECT 1, tool_id, voter_id, revision, choice, state, crowd, reason, actor_id FROM new_rows) x
          WINDOW w AS (PARTITION BY tool_id, voter_id ORDER BY side)) y
    WHERE side = 1 AND (choice, state, crowd) IS DISTINCT FROM (was_choice, was_state, was_crowd)
    ORDER BY tool_id, voter_id;

    INSERT INTO votes_tally (tool_id, crowd, slot, ship, skip)
    SELECT DISTINCT tool_id, crowd, voter_id % 16, 0, 0 FROM new_rows WHERE state = 'counted'
    ON CONFLICT (tool_id, crowd, slot) DO NOTHING;
    UPDATE votes_tally t SET ship = t.ship + d.ship, skip = t.skip + d.skip
    FROM (SELECT tool_id, crowd, voter_id % 16 AS slot,
                 sum(CASE choice WHEN 1 THEN step ELSE 0 END) AS ship,
                 sum(CASE choice WHEN -1 THEN step ELSE 0 END) AS skip
          FROM (SELECT -1 AS step, tool_id, crowd, voter_id, choice, state FROM old_rows
                UNION ALL
                SELECT 1, tool_id, crowd, voter_id, choice, state FROM new_rows) x
          WHERE state = 'counted' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3) d
    WHERE (t.tool_id, t.crowd, t.slot) = (d.tool_id, d.crowd, d.slot) AND (d.ship, d.skip) <> (0, 0);
    RETURN NULL;
END $$;
CREATE FUNCTION votes_record_deletions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO votes_voteevent
        (tool_id, voter_id, revision, old_choice, new_choice, old_state, new_state, crowd, reason, actor_id)
    SELECT tool_id, voter_id, revision + 1, choice, 0, state, '', crowd, 'deleted', NULL FROM old_rows
    ORDER BY tool_id, voter_id;
    UPDATE votes_tally t SET ship = t.ship - d.ship, skip = t.skip - d.skip
    FROM (SELECT tool_id, crowd, voter_id % 16 AS slot,
                 count(*) FILTER (WHERE choice = 1) AS ship, count(*) FILTER (WHERE choice = -1) AS skip
          FROM old_rows WHERE state = 'counted' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3) d
    WHERE (t.tool_id, t.crowd, t.slot) = (d.tool_id, d.crowd, d.slot);
    RETURN NULL;
END $$;
"""

# A single vote is cheaper row by row (a quarter of the whole call), so whoever moves many says so for the transaction:
# votes.services.moderation.one_at_a_time sets votes.many. Whatever it says, exactly one of the two triggers works.
TRIGGERS = """
DROP TRIGGER vote_is_counted ON votes_vote;
DROP TRIGGER vote_is_recounted ON votes_vote;
CREATE TRIGGER vote_is_counted AFTER INSERT ON votes_vote FOR EACH ROW EXECUTE FUNCTION votes_record();
CREATE TRIGGER vote_is_recounted AFTER UPDATE ON votes_vote FOR EACH ROW
WHEN ((OLD.choice, OLD.state, OLD.crowd) IS DISTINCT FROM (NEW.choice, NEW.state, NEW.crowd)
      AND current_setting('votes.many', true) IS DISTINCT FROM 'on')
EXECUTE FUNCTION votes_record();
CREATE TRIGGER votes_are_recounted AFTER UPDATE ON votes_vote
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT
WHEN (current_setting('votes.many', true) = 'on') EXECUTE FUNCTION votes_record_changes();
CREATE TRIGGER votes_are_uncounted AFTER DELETE ON votes_vote
REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION votes_record_deletions();
"""

UNDO = """
DROP TRIGGER votes_are_uncounted ON votes_vote;
DROP TRIGGER votes_are_recounted ON votes_vote;
DROP TRIGGER vote_is_recounted ON votes_vote;
DROP TRIGGER vote_is_counted ON votes_vote;
CREATE TRIGGER vote_is_counted AFTER INSERT OR DELETE ON votes_vote FOR EACH ROW EXECUTE FUNCTION votes_record();
CREATE TRIGGER vote_is_recounted AFTER UPDATE ON votes_vote FOR EACH ROW
WHEN ((OLD.choice, OLD.state, OLD.crowd) IS DISTINCT FROM (NEW.choice, NEW.state, NEW.crowd))
EXECUTE FUNCTION votes_record();
DROP FUNCTION votes_record_deletions, votes_record_changes;
"""


class Migration(migrations.Migration):
    dependencies = [("votes", "0004_cast_in_one_call")]

    operations = [migrations.RunSQL(RECORD + TRIGGERS, UNDO)]
