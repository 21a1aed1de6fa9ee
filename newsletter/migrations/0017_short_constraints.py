"""The same promises in fewer words, for PostgreSQL reads all of them anew for each statement: docs/decisions/0038."""

import django.db.models.lookups
from django.db import migrations, models


SHORT = """
DROP TRIGGER what_is_settled_stays ON newsletter_delivery;
DROP TRIGGER only_a_claim_is_marked ON newsletter_delivery;
DROP TRIGGER the_audience_is_frozen ON newsletter_delivery;
CREATE TRIGGER what_is_settled_stays BEFORE UPDATE OF state, final_at ON newsletter_delivery FOR EACH ROW
    WHEN (OLD.final_at IS NOT NULL AND (NEW.state <> OLD.state OR NEW.final_at IS DISTINCT FROM OLD.final_at))
    EXECUTE FUNCTION newsletter_refuse_delivery('What is settled stays so.');
CREATE TRIGGER only_a_claim_is_marked BEFORE UPDATE OF state ON newsletter_delivery FOR EACH ROW
    WHEN (NEW.state = 'transmitting' AND OLD.slot IS NULL)
    EXECUTE FUNCTION newsletter_refuse_delivery('Only what was claimed goes on the wire.');
CREATE TRIGGER the_audience_is_frozen BEFORE UPDATE OF id, issue_id, subscriber_id, address, address_key
    ON newsletter_delivery FOR EACH ROW
    WHEN (NEW.id <> OLD.id OR NEW.issue_id <> OLD.issue_id OR NEW.subscriber_id <> OLD.subscriber_id
          OR (NEW.address IS NOT NULL AND NEW.address IS DISTINCT FROM OLD.address)
          OR (NEW.address_key IS NOT NULL AND NEW.address_key IS DISTINCT FROM OLD.address_key))
    EXECUTE FUNCTION newsletter_refuse_delivery('The audience of an issue is frozen.');
"""
LONG = """
DROP TRIGGER what_is_settled_stays ON newsletter_delivery;
DROP TRIGGER only_a_claim_is_marked ON newsletter_delivery;
DROP TRIGGER the_audience_is_frozen ON newsletter_delivery;
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
"""


class Migration(migrations.Migration):
    dependencies = [
        ("newsletter", "0016_journal"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="delivery",
            name="delivery_state_is_known",
        ),
        migrations.RemoveConstraint(
            model_name="delivery",
            name="a_delivery_in_flight_has_an_owner",
        ),
        migrations.RemoveConstraint(
            model_name="delivery",
            name="a_settled_delivery_has_a_date",
        ),
        migrations.RemoveConstraint(
            model_name="delivery",
            name="nobody_gets_a_third_copy",
        ),
        migrations.AlterField(
            model_name="attempt",
            name="code",
            field=models.SmallIntegerField(null=True),
        ),
        migrations.AlterField(
            model_name="attempt",
            name="n",
            field=models.SmallIntegerField(),
        ),
        migrations.AlterField(
            model_name="attempt",
            name="slot",
            field=models.SmallIntegerField(),
        ),
        migrations.AlterField(
            model_name="delivery",
            name="attempts",
            field=models.SmallIntegerField(db_default=0, verbose_name="attempts"),
        ),
        migrations.AlterField(
            model_name="delivery",
            name="code",
            field=models.SmallIntegerField(null=True, verbose_name="answer"),
        ),
        migrations.AlterField(
            model_name="delivery",
            name="doubts",
            field=models.SmallIntegerField(db_default=0, verbose_name="doubts"),
        ),
        migrations.AlterField(
            model_name="delivery",
            name="slot",
            field=models.SmallIntegerField(null=True),
        ),
        migrations.AlterField(
            model_name="tally",
            name="shard",
            field=models.SmallIntegerField(),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        (
                            "queued",
                            "in_doubt",
                            "held",
                            "claimed",
                            "transmitting",
                            "accepted",
                            "rejected",
                            "skipped",
                            "expired",
                        ),
                    )
                ),
                name="delivery_state_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.CheckConstraint(
                condition=django.db.models.lookups.Exact(
                    models.Q(("state__in", ("claimed", "transmitting"))), models.Q(("slot__isnull", False))
                ),
                name="a_delivery_in_flight_has_a_slot",
            ),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("slot", None), models.Q(("claimed_at__isnull", False), ("token__isnull", False)), _connector="OR"
                ),
                name="a_delivery_in_flight_has_an_owner",
            ),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state", "held"),
                    django.db.models.lookups.Exact(
                        models.Q(("state__in", ("accepted", "rejected", "skipped", "expired"))),
                        models.Q(("final_at__isnull", False)),
                    ),
                    _connector="OR",
                ),
                name="a_settled_delivery_has_a_date",
            ),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("doubts__range", (0, 1)),
                    models.Q(("doubts", 2), ("slot", None), models.Q(("state", "queued"), _negated=True)),
                    _connector="OR",
                ),
                name="nobody_gets_a_third_copy",
            ),
        ),
        migrations.RunSQL(SHORT, LONG),
    ]
