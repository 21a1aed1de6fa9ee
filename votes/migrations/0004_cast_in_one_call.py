"""One call casts, changes or withdraws a vote with every check: the voter, the limits, the cases, the row, the answer.

Everything happens in the caller's one transaction and one round trip. The figures come from votes/rules.py as
`p_most`, so that the published rules and the code cannot differ.
"""

from django.db import migrations

# True while fewer than p_most happened in this window. A refused attempt writes nothing.
TAKE = """
CREATE FUNCTION votes_take(p_scope text, p_key bytea, p_window timestamptz, p_most integer) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO votes_limitslot AS slot (scope, key_tag, window_start, n) VALUES (p_scope, p_key, p_window, 1)
    ON CONFLICT (scope, key_tag, window_start) DO UPDATE SET n = slot.n + 1 WHERE slot.n < p_most;
    RETURN FOUND;
END $$;
"""

# A new reader beyond the day's number for its network is held: every vote of a held reader waits for review.
ENROL = """
CREATE FUNCTION votes_enrol(
    p_user bigint, p_secret bytea, p_is_established boolean, p_tag bytea, p_group bytea, p_day timestamptz,
    p_most integer[], OUT voter bigint, OUT voter_state text
) LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO votes_voter (user_id, secret_hash, state, is_young)
    VALUES (p_user, CASE WHEN p_user IS NULL THEN p_secret END, 'open', p_user IS NOT NULL AND NOT p_is_established)
    ON CONFLICT DO NOTHING RETURNING id INTO voter;
    IF voter IS NULL THEN -- the same reader's other click was quicker
        SELECT v.id, v.state INTO voter, voter_state FROM votes_voter v
        WHERE CASE WHEN p_user IS NULL THEN v.secret_hash = p_secret ELSE v.user_id = p_user END;
        RETURN;
    END IF;
    voter_state := 'open';
    IF NOT (CASE WHEN p_user IS NULL THEN votes_take('new readers', p_tag, p_day, p_most[4])
                 ELSE votes_take('new accounts', p_group, p_day, p_most[6]) END) THEN
        voter_state := 'held';
        UPDATE votes_voter SET state = 'held' WHERE id = voter;
    END IF;
END $$;
"""

# What state a vote begins in. p_adopted is the state of the browser's vote that an account takes over.
JUDGE = """
CREATE FUNCTION votes_is_burst(p_tool bigint, p_crowd text) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN EXISTS (SELECT FROM votes_case c
                   WHERE c.tool_id = p_tool AND c.crowd = p_crowd AND c.closed_at IS NULL AND c.is_burst);
END $$;
CREATE FUNCTION votes_judge(
    p_tool bigint, p_crowd text, p_voter_state text, p_before text, p_adopted text, p_tag bytea, p_group bytea,
    p_day timestamptz, p_most integer[]
) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    IF p_voter_state = 'held' OR coalesce(p_before, p_adopted) IN ('pending', 'quarantined') THEN
        RETURN 'pending';
    END IF;
    IF p_crowd = 'passing' AND p_before IS NULL AND p_adopted IS NULL THEN
        IF NOT votes_take('tool and address', p_tag || int8send(p_tool), p_day, p_most[3]) THEN
            RETURN 'pending';
        END IF;
        IF NOT votes_take('tool and group', p_group || int8send(p_tool), p_day, p_most[5]) THEN
            RETURN 'pending';
        END IF;
    END IF;
    RETURN CASE WHEN votes_is_burst(p_tool, p_crowd) THEN 'pending' ELSE 'counted' END;
END $$;
CREATE FUNCTION votes_open_case(p_tool bigint, p_crowd text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    found_case bigint;
BEGIN
    INSERT INTO votes_case (tool_id, crowd, is_burst) VALUES (p_tool, p_crowd, false)
    ON CONFLICT (tool_id, crowd) WHERE closed_at IS NULL DO NOTHING;
    SELECT id INTO found_case FROM votes_case WHERE tool_id = p_tool AND crowd = p_crowd AND closed_at IS NULL;
    RETURN found_case;
END $$;
"""

# A choice of 0 withdraws. The advisory lock lets one reader's clicks pass one after the other, so that a click that
# changes nothing writes nothing. Locks are taken in one order (reader, slots, vote, tally): no deadlock.
CAST = """
CREATE FUNCTION votes_cast(
    p_tool bigint, p_user bigint, p_secret bytea, p_is_established boolean, p_choice integer,
    p_tag bytea, p_group bytea, p_at timestamptz, p_most integer[], p_adopted text,
    OUT outcome text, OUT voter bigint, OUT choice integer, OUT state text, OUT crowd text
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    today timestamptz := date_trunc('day', p_at, 'UTC');
    old votes_vote%ROWTYPE;
    held_as text;
    before text;
    reader text;
    is_live boolean;
BEGIN
    outcome := 'unchanged';
    IF p_adopted IS NULL AND EXISTS (SELECT FROM votes_freeze f WHERE f.tool_id = p_tool AND f.lifted_at IS NULL) THEN
        outcome := 'frozen';
        RETURN;
    END IF;
    IF p_user IS NULL THEN
        SELECT v.id, v.state INTO voter, reader FROM votes_voter v WHERE v.secret_hash = p_secret;
    ELSE
        SELECT v.id, v.state INTO voter, reader FROM votes_voter v WHERE v.user_id = p_user;
    END IF;
    IF voter IS NULL THEN
        IF p_choice = 0 THEN
            RETURN;
        END IF;
        SELECT e.voter, e.voter_state INTO voter, reader
        FROM votes_enrol(p_user, p_secret, p_is_established, p_tag, p_group, today, p_most) e;
    END IF;
    IF reader = 'adopted' THEN
        outcome := 'adopted';
        RETURN;
    END IF;
    IF p_user IS NOT NULL AND NOT p_is_established THEN -- an address may have to be proven anew: it grows up again
        UPDATE votes_voter v SET is_young = true WHERE v.id = voter AND NOT v.is_young;
    END IF;
    PERFORM pg_advisory_xact_lock(7021, (voter % 2147483647)::integer);

    SELECT * INTO old FROM votes_vote v WHERE v.tool_id = p_tool AND v.voter_id = voter;
    is_live := FOUND AND old.state <> 'withdrawn';
    choice := CASE WHEN is_live THEN old.choice ELSE 0 END;
    state := old.state;
    crowd := old.crowd;
    IF p_choice = choice OR (old.state = 'void' AND p_choice = 0) OR (is_live AND p_adopted IS NOT NULL) THEN
        RETURN;
    END IF;
    IF p_adopted IS NULL AND NOT (
        votes_take('changes a minute', int8send(voter), date_trunc('minute', p_at), p_most[1])
        AND votes_take('changes an hour', int8send(voter), date_trunc('hour', p_at), p_most[2])
    ) THEN
        outcome := 'limited';
        RETURN;
    END IF;

    outcome := 'changed';
    choice := p_choice;
    IF p_choice = 0 THEN
        state := 'withdrawn';
        UPDATE votes_vote v SET state = 'withdrawn', reason = 'withdrawn', actor_id = NULL
        WHERE v.tool_id = p_tool AND v.voter_id = voter;
    ELSIF is_live THEN
        -- A change of mind during a burst waits like a new vote: old accounts must not decide it meanwhile.
        IF state = 'counted' AND votes_is_burst(p_tool, crowd) THEN
            state := 'pending';
        END IF;
        UPDATE votes_vote v
        SET choice = p_choice, state = votes_cast.state, reason = 'cast', actor_id = NULL,
            case_id = CASE WHEN votes_cast.state <> v.state THEN votes_open_case(p_tool, v.crowd) ELSE v.case_id END
        WHERE v.tool_id = p_tool AND v.voter_id = voter;
    ELSE
        IF old.voter_id IS NOT NULL THEN -- taken back earlier: it returns to where it stood
            SELECT e.old_state INTO before FROM votes_voteevent e
            WHERE e.tool_id = p_tool AND e.voter_id = voter AND e.revision = old.revision;
        END IF;
        crowd := CASE WHEN p_user IS NOT NULL AND p_is_established THEN 'account' ELSE 'passing' END;
        state := votes_judge(p_tool, crowd, reader, before, p_adopted, p_tag, p_group, today, p_most);
        INSERT INTO votes_vote AS v (tool_id, voter_id, choice, crowd, state, revision, reason, case_id, cast_at,
                                     changed_at, net_tag, net_group_tag, tag_day)
        VALUES (p_tool, voter, p_choice, crowd, state, 1, CASE WHEN p_adopted IS NULL THEN 'cast' ELSE 'adopted' END,
                CASE WHEN state = 'pending' THEN votes_open_case(p_tool, crowd) END, p_at, p_at, p_tag, p_group,
                (today AT TIME ZONE 'UTC')::date)
        ON CONFLICT (tool_id, voter_id) DO UPDATE
        SET choice = EXCLUDED.choice, state = EXCLUDED.state, crowd = EXCLUDED.crowd, reason = EXCLUDED.reason,
            case_id = EXCLUDED.case_id, actor_id = NULL, net_tag = EXCLUDED.net_tag,
            net_group_tag = EXCLUDED.net_group_tag, tag_day = EXCLUDED.tag_day;
    END IF;
    -- Signing in may have taken this browser's votes over while we waited: then this one is void like the others.
    IF p_user IS NULL AND (SELECT v.state = 'adopted' FROM votes_voter v WHERE v.id = voter) THEN
        UPDATE votes_vote v SET state = 'void', reason = 'adopted' WHERE v.tool_id = p_tool AND v.voter_id = voter;
        outcome := 'adopted';
    END IF;
END $$;
"""

FOR_GOOD = """
CREATE FUNCTION votes_refuse_log() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The moderation log is for good: it can be neither changed nor deleted.'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER moderation_is_for_good BEFORE UPDATE OR DELETE ON votes_moderation
FOR EACH STATEMENT EXECUTE FUNCTION votes_refuse_log();
"""

UNDO = """
DROP TRIGGER moderation_is_for_good ON votes_moderation;
DROP FUNCTION votes_refuse_log, votes_cast, votes_open_case, votes_judge, votes_is_burst, votes_enrol, votes_take;
"""


class Migration(migrations.Migration):
    dependencies = [("votes", "0003_defence_and_records")]

    operations = [migrations.RunSQL(TAKE + ENROL + JUDGE + CAST + FOR_GOOD, UNDO)]
