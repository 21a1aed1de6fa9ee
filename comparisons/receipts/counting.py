"""How many receipts there are: the database adds to the counts, this puts them together and holds them to the rows."""

from __future__ import annotations

from django.db import connection

# Whoever reads meanwhile sees the parts or their sum, never both. Only what has parts is rewritten.
_GATHER = """
WITH gone AS (
    DELETE FROM comparisons_receiptcount USING (
        SELECT kind, category_id, reviewer_id FROM comparisons_receiptcount GROUP BY 1, 2, 3 HAVING count(*) > 1
    ) parted
    WHERE (comparisons_receiptcount.kind, comparisons_receiptcount.category_id, comparisons_receiptcount.reviewer_id)
          IS NOT DISTINCT FROM (parted.kind, parted.category_id, parted.reviewer_id)
    RETURNING comparisons_receiptcount.*
)
INSERT INTO comparisons_receiptcount (kind, category_id, reviewer_id, number)
SELECT kind, category_id, reviewer_id, sum(number) FROM gone GROUP BY 1, 2, 3
"""
_MISMATCHES = """
SELECT concat_ws(', ', c.kind, 'class ' || c.category_id, 'reviewer ' || c.reviewer_id) || ': '
       || sum(c.rows) || ' receipts are there, ' || sum(c.counted) || ' are counted'
FROM (
    SELECT kind, category_id, reviewer_id, count(*) AS rows, 0 AS counted FROM comparisons_receipt
    WHERE effective_at <= recorded_at AND act <> 'cancelled' GROUP BY 1, 2, 3
    UNION ALL
    SELECT kind, category_id, reviewer_id, 0, number FROM comparisons_receiptcount
) c
GROUP BY c.kind, c.category_id, c.reviewer_id HAVING sum(c.rows) <> sum(c.counted)
"""


def gather_counts() -> None:
    """Put the parts of each count together; once a minute is enough."""
    with connection.cursor() as cursor:
        cursor.execute(_GATHER)


def find_miscounts() -> list[str]:
    """Every count that differs from the receipts, as a sentence each; normally none."""
    with connection.cursor() as cursor:
        cursor.execute(_MISMATCHES)
        return [sentence for (sentence,) in cursor.fetchall()]
