"""Whether workers are at work, and who is told when they are not."""

from __future__ import annotations

import logging
import re
from datetime import timedelta
from io import StringIO

import pytest
from celery.contrib.testing.worker import start_worker
from django.core.management import CommandError, call_command
from django.db.models.functions import Now
from django.utils import timezone

from accounts.roles import PUBLISHER
from config.celery import app
from config.env import BASE_DIR
from config.rounds import ROUNDS
from newsletter import heartbeats
from newsletter.models import Heartbeat
from newsletter.tasks import drain_task, heartbeat_task, tick_task
from tests.editorial.people import at_desk, person
from tests.newsletter.audiences import being_sent
from tests.pages import text_of

pytestmark = pytest.mark.django_db
SILENCE = "Nothing has come out of the queue “send” since"


def fall_silent(queue: str = "send", seconds: int = 181) -> None:
    Heartbeat.objects.filter(queue=queue).update(at=Now() - timedelta(seconds=seconds))


def told() -> str:
    out = StringIO()
    call_command("check_workers", stdout=out)
    return out.getvalue()


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_takes_something_writes_it_down() -> None:
    heartbeats.listen()
    fall_silent()
    with start_worker(app, perform_ping_check=False, shutdown_timeout=30, queues=["send"]):
        heartbeat_task.apply_async(["send"], queue="send")
        deadline = timezone.now() + timedelta(seconds=20)
        while heartbeats.silent() and timezone.now() < deadline:
            pass
    app.amqp.queues.select([app.conf.task_default_queue])  # what a worker of this process hears is kept for the next
    assert heartbeats.silent() == []


def test_beat_asks_in_every_queue_and_nobody_answers_late() -> None:
    asked = [entry for entry in ROUNDS.values() if entry["task"] == heartbeat_task.name]
    served = re.findall(r"--queues (\w+)", (BASE_DIR / "Procfile").read_text())
    assert heartbeats.queues() == sorted([app.conf.task_default_queue, *served])
    for entry in asked:
        assert entry["options"].get("queue", app.conf.task_default_queue) == entry["args"][0]
        assert entry["schedule"] == entry["options"]["expires"] == 60


def test_who_is_busy_sending_is_not_missed() -> None:
    heartbeats.listen()
    fall_silent()
    drain_task()
    assert heartbeats.silent() == []


def test_a_queue_that_nobody_serves_is_missed_from_the_first_tick_on(caplog: pytest.LogCaptureFixture) -> None:
    tick_task()
    assert (heartbeats.silence(), Heartbeat.objects.count()) == ("", 3)
    fall_silent(seconds=170)
    tick_task()
    assert heartbeats.silence() == ""
    fall_silent()
    with caplog.at_level(logging.ERROR):
        tick_task()
    assert SILENCE in caplog.text


def test_what_takes_long_is_missed_later_and_what_was_never_there_as_well() -> None:
    heartbeat_task("send")
    assert sorted(Heartbeat.objects.values_list("queue", flat=True)) == heartbeats.queues()
    fall_silent("cron", 19 * 60)
    fall_silent("celery")
    Heartbeat.objects.create(queue="gone", at=timezone.now() - timedelta(days=9))
    assert [each.queue for each in heartbeats.silent()] == ["celery"]
    fall_silent("cron", 21 * 60)
    assert [each.queue for each in heartbeats.silent()] == ["celery", "cron"]


def test_a_site_without_a_queue_misses_nobody() -> None:
    call_command("tick", stdout=StringIO())
    assert heartbeats.silence() == ""
    with pytest.raises(CommandError, match="worker or beat does not run"):
        told()


def test_the_desk_and_the_command_say_so() -> None:
    issue, client = being_sent(2), at_desk(person(PUBLISHER))
    pages = ("/admin/", f"/admin/newsletter/issue/{issue.pk}/sending/")
    heartbeats.listen()
    assert all(SILENCE not in text_of(client.get(page)) for page in pages)
    assert re.fullmatch(r"celery: \d+ seconds ago\ncron: \d+ seconds ago\nsend: \d+ seconds ago\n", told())
    fall_silent()
    assert all(SILENCE in text_of(client.get(page)) for page in pages)
    with pytest.raises(CommandError, match=SILENCE):
        told()
