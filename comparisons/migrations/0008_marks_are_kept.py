"""A mark that ranks or records are stale is not lost to a recount that could not see what it stood for."""

from django.db import migrations

# Whoever moves a standing shares the board until it is committed, marked before or not; a recount wants it for itself
# and comes back later. Nobody who publishes waits for another who does. It fires before what marks: by its name.
HOLD = """
CREATE FUNCTION comparisons_hold_board() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM comparisons_board WHERE id = 1 FOR KEY SHARE;
    RETURN NULL;
END $$;
CREATE TRIGGER standing_holds_the_board AFTER UPDATE OR DELETE ON comparisons_toolstanding
FOR EACH STATEMENT EXECUTE FUNCTION comparisons_hold_board();
"""
UNDO = "DROP TRIGGER standing_holds_the_board ON comparisons_toolstanding; DROP FUNCTION comparisons_hold_board;"


class Migration(migrations.Migration):
    dependencies = [("comparisons", "0007_receipt_counts")]

    operations = [migrations.RunSQL(HOLD, UNDO)]
