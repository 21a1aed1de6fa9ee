from __future__ import annotations

from uuid import uuid4

import pytest
from celery.signals import setup_logging
from django.conf import settings
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """A test that commits is cleaned up by emptying every table, which the database refuses for what is for good."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass, tgname FROM pg_trigger WHERE tgname LIKE '%not_emptied%'")
        for table, trigger in cursor.fetchall():
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")


@pytest.fixture(autouse=True)
def _own_journal(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests empty the database as no site does; to a journal that outlives them that looks like a restore."""
    path = str(tmp_path_factory.getbasetemp() / f"journal-{uuid4().hex}")
    monkeypatch.setenv("NEWSLETTER_JOURNAL", path)
    monkeypatch.setattr(settings, "NEWSLETTER_JOURNAL", path)


def _keep_logging(**_: object) -> None:
    """A worker that a test starts in this process would take the log over for good, from later tests, too."""


setup_logging.connect(_keep_logging)
