"""That what is asked while an issue goes out finds its rows by an index, also once PostgreSQL has planned for good."""

from __future__ import annotations

import pytest
from django.db import connection

from newsletter.sending.accounting import account_for
from newsletter.sending.doubts import held_rows
from newsletter.sending.rounds import look_after
from tests.newsletter.audiences import being_sent

pytestmark = pytest.mark.django_db
OFTEN = 7  # from the sixth time on a connection keeps what it has planned


def test_no_question_looks_at_everybody() -> None:
    being_sent(20)
    issue = being_sent(2_000)
    for _ in range(OFTEN):
        account_for(issue), held_rows(issue), look_after()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT statement FROM pg_prepared_statements WHERE statement ~ %s", ['(FROM|UPDATE) "?newsletter_delivery']
        )
        statements = [statement for (statement,) in cursor.fetchall()]
        assert len(statements) >= 5, statements
        for name in ("seqscan", "hashjoin", "mergejoin"):  # which are the right thing for so few
            cursor.execute(f"SET LOCAL enable_{name} = off")
        for statement in statements:
            cursor.execute(f"EXPLAIN (GENERIC_PLAN) {statement}")
            plan = "\n".join(line for (line,) in cursor.fetchall())
            assert "Seq Scan on newsletter_delivery" not in plan, f"{statement}\n{plan}"
            # The key of the table is no help where it is not asked for.
            assert "newsletter_delivery_pkey" not in plan or "Index Cond: (id = " in plan, f"{statement}\n{plan}"
