from __future__ import annotations

import pytest
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """A test that commits is cleaned up by emptying every table, which the database refuses for these."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE comparisons_receipt DISABLE TRIGGER receipts_are_not_emptied")
        cursor.execute("ALTER TABLE accounts_auditentry DISABLE TRIGGER audit_is_not_emptied")
