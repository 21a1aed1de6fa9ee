"""The triggers that keep the promises of votes: revisions advance, tallies move with the rows, events are for good."""

from django.db import migrations

ADVANCE = """
CREATE FUNCTION votes_advance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.revision := OLD.revision + 1;
    NEW.changed_at := statement_timestamp();
    RETURN NEW;
END $$;
CREATE TRIGGER vote_advances BEFORE UPDATE ON votes_vote FOR EACH ROW
WHEN ((OLD.choice, OLD.state, OLD.crowd) IS DISTINCT FROM (NEW.choice, NEW.state, NEW.crowd))
EXECUTE FUNCTION votes_advance();
"""

# The slot follows the voter, so that what one vote added is taken from the same row and no slot goes below nothing.
COUNT = """
CREATE FUNCTION votes_count(tool bigint, crowd_name text, voter bigint, choice integer, step integer)
RETURNS void LANGUAGE sql AS $$
    INSERT INTO votes_tally (tool_id, crowd, slot, ship, skip)
    VALUES (tool, crowd_name, voter % 16,
            CASE WHEN choice = 1 THEN step ELSE 0 END, CASE WHEN choice = -1 THEN step ELSE 0 END)
    ON CONFLICT (tool_id, crowd, slot)
    DO UPDATE SET ship = votes_tally.ship + EXCLUDED.ship, skip = votes_tally.skip + EXCLUDED.skip;
$$;
CREATE FUNCTION votes_uncount(tool bigint, crowd_name text, voter bigint, choice integer)
RETURNS void LANGUAGE sql AS $$
    UPDATE votes_tally
    SET ship = ship - CASE WHEN choice = 1 THEN 1 ELSE 0 END, skip = skip - CASE WHEN choice = -1 THEN 1 ELSE 0 END
    WHERE tool_id = tool AND crowd = crowd_name AND slot = voter % 16;
$$;
"""

RECORD = """
CREATE FUNCTION votes_record() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.state = 'counted' THEN
        PERFORM votes_uncount(OLD.tool_id, OLD.crowd, OLD.voter_id, OLD.choice);
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.state = 'counted' THEN
        PERFORM votes_count(NEW.tool_id, NEW.crowd, NEW.voter_id, NEW.choice, 1);
    END IF;
    IF TG_OP = 'DELETE' THEN
        INSERT INTO votes_voteevent
            (tool_id, voter_id, revision, old_choice, new_choice, old_state, new_state, crowd, reason, actor_id)
        VALUES (OLD.tool_id, OLD.voter_id, OLD.revision + 1, OLD.choice, 0, OLD.state, '', OLD.crowd, 'deleted', NULL);
    ELSE
        INSERT INTO votes_voteevent
            (tool_id, voter_id, revision, old_choice, new_choice, old_state, new_state, crowd, reason, actor_id)
        VALUES (NEW.tool_id, NEW.voter_id, NEW.revision,
                CASE WHEN TG_OP = 'INSERT' THEN 0 ELSE OLD.choice END, NEW.choice,
                CASE WHEN TG_OP = 'INSERT' THEN '' ELSE OLD.state END, NEW.state,
                NEW.crowd, NEW.reason, NEW.actor_id);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER vote_is_counted AFTER INSERT OR DELETE ON votes_vote FOR EACH ROW EXECUTE FUNCTION votes_record();
CREATE TRIGGER vote_is_recounted AFTER UPDATE ON votes_vote FOR EACH ROW
WHEN ((OLD.choice, OLD.state, OLD.crowd) IS DISTINCT FROM (NEW.choice, NEW.state, NEW.crowd))
EXECUTE FUNCTION votes_record();
"""

# TRUNCATE is left to the owner of the table, like dropping it: `manage.py flush` needs it.
FOR_GOOD = """
CREATE FUNCTION votes_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Vote events are for good: they can be neither changed nor deleted.'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER vote_event_is_for_good BEFORE UPDATE OR DELETE ON votes_voteevent
FOR EACH STATEMENT EXECUTE FUNCTION votes_refuse();
CREATE FUNCTION votes_refuse_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A vote stays with its tool and its voter: cast another one.'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER vote_stays BEFORE UPDATE ON votes_vote FOR EACH ROW
WHEN ((OLD.tool_id, OLD.voter_id) IS DISTINCT FROM (NEW.tool_id, NEW.voter_id)) EXECUTE FUNCTION votes_refuse_move();
"""

UNDO = """
DROP TRIGGER vote_stays ON votes_vote;
DROP TRIGGER vote_event_is_for_good ON votes_voteevent;
DROP TRIGGER vote_is_recounted ON votes_vote;
DROP TRIGGER vote_is_counted ON votes_vote;
DROP TRIGGER vote_advances ON votes_vote;
DROP FUNCTION votes_refuse_move, votes_refuse, votes_record, votes_uncount, votes_count, votes_advance;
"""


class Migration(migrations.Migration):
    dependencies = [("votes", "0001_initial")]

    operations = [migrations.RunSQL(ADVANCE + COUNT + RECORD + FOR_GOOD, UNDO)]
