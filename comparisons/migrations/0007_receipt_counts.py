"""How many receipts there are of each kind, class and reviewer: docs/decisions/0019."""

from django.db import migrations, models

# Rows are added and never changed: of two who publish at once, neither waits for the other.
KEEP = """
CREATE FUNCTION comparisons_count_receipts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO comparisons_receiptcount (kind, category_id, reviewer_id, number)
    SELECT kind, category_id, reviewer_id, count(*) FROM new_rows
    WHERE effective_at <= recorded_at AND act <> 'cancelled' GROUP BY 1, 2, 3;
    RETURN NULL;
END $$;
CREATE TRIGGER receipts_are_counted AFTER INSERT ON comparisons_receipt REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION comparisons_count_receipts();
INSERT INTO comparisons_receiptcount (kind, category_id, reviewer_id, number)
SELECT kind, category_id, reviewer_id, count(*) FROM comparisons_receipt
WHERE effective_at <= recorded_at AND act <> 'cancelled' GROUP BY 1, 2, 3;
"""
UNDO = "DROP TRIGGER receipts_are_counted ON comparisons_receipt; DROP FUNCTION comparisons_count_receipts;"


class Migration(migrations.Migration):
    dependencies = [("comparisons", "0006_reasons")]

    operations = [
        migrations.CreateModel(
            name="ReceiptCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=10)),
                ("category_id", models.BigIntegerField(null=True)),
                ("reviewer_id", models.BigIntegerField(null=True)),
                ("number", models.BigIntegerField()),
            ],
        ),
        migrations.RemoveIndex(model_name="receipt", name="receipt_at_once"),
        migrations.RunSQL(KEEP, UNDO),
    ]
