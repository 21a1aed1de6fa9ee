"""Account mail: written in the transaction that causes it, sent after the commit, once."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from celery.contrib.testing.worker import start_worker
from django.core import mail
from django.db import connection, transaction
from django.utils import timezone
from pytest_django import Settings as SettingsWrapper

from accounts.models import OutgoingMail
from accounts.services import post_mail, send_mail
from accounts.tasks import send_waiting_mail_task
from config.celery import app
from config.env import BASE_DIR


@pytest.mark.django_db(transaction=True)
def test_a_worker_sends_after_the_commit_and_forgets_the_mail(settings: SettingsWrapper) -> None:
    # Set anew, so that no mailer which an earlier test has made is used again.
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
    app.control.purge()  # what earlier tests have asked for and no worker has done
    with start_worker(app, perform_ping_check=False):
        with transaction.atomic():
            post_mail(
                to="mate@example.org", subject="Ahoy", text="Plain.", html="<p>Rich.</p>", headers={"X-Mark": "1"}
            )
            assert mail.outbox == []
        deadline = timezone.now() + timedelta(seconds=20)
        while OutgoingMail.objects.exists() and timezone.now() < deadline:
            pass
    (sent,) = mail.outbox
    assert (sent.to, sent.subject, sent.body, sent.extra_headers) == (
        ["mate@example.org"],
        "Ahoy",
        "Plain.",
        {"X-Mark": "1"},
    )
    assert not OutgoingMail.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_nothing_is_sent_when_the_cause_was_rolled_back() -> None:
    with transaction.atomic():
        post_mail(to="mate@example.org", subject="Ahoy", text="Plain.")
        transaction.set_rollback(True)
    assert (mail.outbox, OutgoingMail.objects.count()) == ([], 0)


@pytest.mark.django_db(transaction=True)
def test_without_a_broker_it_is_sent_at_once(tmp_path: Path) -> None:
    code = "from accounts.services import post_mail; post_mail(to='mate@example.org', subject='Ahoy', text='Plain.')"
    server, _, _ = os.environ["DATABASE_URL"].rpartition("/")
    variables = {
        "DATABASE_URL": f"{server}/{connection.settings_dict['NAME']}",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "STATE_DIR": str(tmp_path),
    }
    subprocess.run(
        [sys.executable, "manage.py", "shell", "-v0", "-c", code],
        cwd=BASE_DIR,
        env={**os.environ, **variables},
        check=True,
        timeout=60,
    )
    written = [path.read_text() for path in (tmp_path / "mail").rglob("*") if path.is_file()]
    assert sum("Subject: Ahoy" in text for text in written) == 1
    assert not OutgoingMail.objects.exists()


@pytest.mark.django_db
def test_a_second_call_sends_nothing() -> None:
    post_mail(to="mate@example.org", subject="Ahoy", text="Plain.")
    pk = OutgoingMail.objects.get().pk
    assert [send_mail(pk), send_mail(pk)] == [True, False]
    assert len(mail.outbox) == 1


@pytest.mark.django_db
def test_what_waits_is_tried_again_and_given_up_after_a_day() -> None:
    for hours in (0, 1, 25):
        post_mail(to="mate@example.org", subject=f"{hours} hours old", text="Plain.")
        OutgoingMail.objects.filter(subject=f"{hours} hours old").update(
            written_at=timezone.now() - timedelta(hours=hours)
        )
    send_waiting_mail_task()
    assert [message.subject for message in mail.outbox] == ["1 hours old"]
    assert [waiting.subject for waiting in OutgoingMail.objects.all()] == ["0 hours old"]
