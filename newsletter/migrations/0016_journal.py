"""Numbers for the lines of the journal, and by which name it knows this database: docs/decisions/0040."""

import secrets

from django.db import migrations

# Both are part of every dump and every base backup, and a database that is made anew has others.
MAKE = f"""
CREATE SEQUENCE newsletter_journal_number;
CREATE FUNCTION newsletter_lineage() RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT '{secrets.token_hex(8)}' $$;
"""
TAKE = """
DROP FUNCTION newsletter_lineage();
DROP SEQUENCE newsletter_journal_number;
"""


class Migration(migrations.Migration):
    dependencies = [("newsletter", "0015_restorations")]

    operations = [migrations.RunSQL(MAKE, TAKE)]
