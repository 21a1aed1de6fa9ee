"""F10, F11, F12, F14 and the full disk of F20: what broker and database do to a send. They are killed for it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import psycopg
import redis
from django.conf import settings
from django.db import InternalError, connection, transaction
from django.db.models import F
from django.utils import timezone

from config.env import BASE_DIR
from newsletter.models import Delivery, Issue
from newsletter.sending.rounds import look_after
from newsletter.sending.slots import clear_deserted_slots
from newsletter.sending.waking import wake_drains
from tests.faults.faults import SLOW
from tests.faults.oracle import Verdict
from tests.faults.services import Private, Sender
from tests.faults.stage import Stage, Theatre, until
from tests.newsletter.audiences import being_sent

AFTER_RETURN = 90  # seconds in which a send goes on when the broker is back


def f10_lost(theatre: Theatre, recipients: int, private: Private) -> Verdict:
    """The broker is emptied, killed and started with nothing in it, and away for a while, in the middle of a send."""
    with Stage(theatre, being_sent(recipients)) as stage, Sender(private, theatre.sink.port, children=2):
        wake_drains(2)
        stage.until_sent(recipients // 8)
        redis.Redis.from_url(private.broker.url).flushall()
        wake_drains(5)
        stage.until_sent(recipients // 4)
        private.kill_broker()
        private.broker.start()
        stage.until_sent(recipients // 2)
        private.kill_broker()
        look_after()  # nobody can be woken, and nothing fails
        private.broker.start()
        stage.faults, back = 4, time.monotonic()
        _tick_until_done(stage.issue)
        delay = time.monotonic() - back
        return stage.finish().insist_on_once().insist(delay <= AFTER_RETURN, f"it took {delay:.0f} s")


def f10_idle(theatre: Theatre, recipients: int, private: Private) -> Verdict:
    """The broker is away when the send begins, and comes back empty to workers that have waited for it."""
    with Sender(private, theatre.sink.port) as process:
        until(lambda: _listens(private), "a worker")
        private.kill_broker()
        with Stage(theatre, being_sent(recipients)) as stage:
            look_after()
            assert not stage.mails()
            private.broker.start()
            stage.faults, back = 1, time.monotonic()
            _tick_until_done(stage.issue)
            delay = time.monotonic() - back
            assert process.poll() is None, "the worker did not outlive the broker"
            return stage.finish().insist_on_once().insist(delay <= AFTER_RETURN, f"it took {delay:.0f} s")


def _listens(private: Private) -> bool:
    """Whether anybody waits for something to do."""
    clients = redis.Redis.from_url(private.broker.url).client_list()
    return any(client["cmd"].startswith("brpop") for client in clients)


def f10_absent(theatre: Theatre, recipients: int, private: Private) -> Verdict:
    """There is no broker at all, and one command that does the minute's work and the sending."""
    private.kill_broker()
    try:
        with Stage(theatre, being_sent(recipients)) as stage:
            stage.faults = 1
            look_after()
            subprocess.run(
                [sys.executable, "manage.py", "send_mail"],
                cwd=BASE_DIR,
                env={**private.environment, "NEWSLETTER_MAIL_URL": f"smtp://127.0.0.1:{theatre.sink.port}"},
                check=True,
                stdout=subprocess.DEVNULL,
            )
            is_complete = not stage.has_work()
            return stage.finish().insist_on_once().insist(is_complete, "the command left something to do")
    finally:
        private.broker.start()


def _tick_until_done(issue: Issue) -> None:
    """The minute, a little more often."""
    deadline = time.monotonic() + 2 * AFTER_RETURN
    while Issue.objects.get(pk=issue.pk).status == "sending":
        assert time.monotonic() < deadline, "the send did not come to its end"
        look_after()
        time.sleep(0.5)


def f11(theatre: Theatre, recipients: int, private: Private, restarts: int) -> Verdict:
    """PostgreSQL goes down at once, without a word to anybody, and comes back, again and again. One of those who send
    is the command of a site without a queue.
    """
    with Stage(theatre, being_sent(recipients)) as stage, _for_ever(private, theatre.sink.port) as command:
        crew = [stage.start() for _ in range(3)]
        for number in range(1, restarts + 1):
            stage.until_sent(number * recipients // (restarts + 2))
            private.crash()
            private.recover()
            stage.faults += 1
        codes = [stage.wait(pid) for pid in crew]
        command.terminate()
        codes.append(command.wait(timeout=120))
        verdict = stage.finish(workers=2)
        return verdict.insist(not verdict.duplicates, "somebody got it twice").insist(
            codes == [0, 0, 0, 0], f"workers ended with {codes}"
        )


@contextmanager
def _for_ever(private: Private, port: int) -> Iterator[subprocess.Popen[bytes]]:
    words = [sys.executable, "manage.py", "send_mail", "--forever"]
    environment = {**private.environment, "NEWSLETTER_MAIL_URL": f"smtp://127.0.0.1:{port}"}
    process = subprocess.Popen(words, cwd=BASE_DIR, env=environment, stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def f12(theatre: Theatre, recipients: int, private: Private, times: int) -> Verdict:
    """PostgreSQL goes down just after the end of a message, and is back two minutes later, by its own clock. The
    tick comes first: it finds the slot deserted and doubts the row.
    """
    with Stage(theatre, being_sent(recipients)) as stage:
        for _ in range(times):
            pid = stage.start(at="dot", nth=2, do="stop")
            with stage.stopped(pid):
                (sent,) = Delivery.objects.filter(state="transmitting").values_list("pk", flat=True)
                private.crash()
            private.recover()
            clear_deserted_slots()
            minutes = timedelta(minutes=2)
            Delivery.objects.filter(state="in_doubt").update(doubt_until=timezone.now() + 6 * minutes)
            look_after()
            until(lambda pk=sent: Delivery.objects.get(pk=pk).state == "accepted", "the late record")  # type: ignore[misc]
            stage.tell(pid)
            stage.faults += 1
        verdict = stage.finish(workers=2)
        return verdict.insist(not verdict.duplicates, "somebody got it twice")


def f20_disk(theatre: Theatre, recipients: int, private: Private, times: int) -> Verdict:
    """The disk under PostgreSQL is full: nothing more can be written down, until there is room again."""
    with Stage(theatre, being_sent(recipients), SLOW) as stage, _nothing_is_cleaned_up(private):
        _bloat()
        crew = [stage.start() for _ in range(3)]
        for number in range(1, times + 1):
            stage.until_sent(number * recipients // (times + 2))
            private.limit_files(_size())
            until(_is_full, "a full disk")
            stage.until_quiet()
            assert stage.has_work(), "nothing was left to send"
            private.limit_files(None)
            stage.faults += 1
        codes = [stage.wait(pid) for pid in crew]
        verdict = stage.finish(workers=2)
        return verdict.insist_on_once().insist(codes == [0, 0, 0], f"workers ended with {codes}")


@contextmanager
def _nothing_is_cleaned_up(private: Private) -> Iterator[None]:
    """Nobody sweeps, and somebody looks at an old state of everything: every change needs room of its own."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE newsletter_delivery SET (autovacuum_enabled = off)")
    with psycopg.connect(private.postgres.url) as session:
        session.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        session.execute("SELECT count(*) FROM newsletter_delivery")
        try:
            yield
        finally:
            private.limit_files(None)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE newsletter_delivery RESET (autovacuum_enabled)")


def _bloat() -> None:
    """What is written and taken back leaves a table as large as it was made: larger than a file of the log of changes,
    which must go on.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO newsletter_delivery (issue_id, subscriber_id, provider_id) "
            "SELECT 0, n, repeat('x', 200) FROM generate_series(1, 60000) AS n"
        )
        transaction.set_rollback(True)
    assert _size() > 16 * 1024**2


def _size() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_relation_size('newsletter_delivery')")
        return int(cursor.fetchone()[0])


def _is_full() -> bool:
    try:
        Delivery.objects.update(stage=F("stage"))
    except InternalError as error:
        return "could not extend file" in str(error)
    return False


def f14(theatre: Theatre, recipients: int, private: Private, wakes: int) -> Verdict:
    """The same task, a hundred times at once."""
    broker = redis.Redis.from_url(private.broker.url)
    with Stage(theatre, being_sent(recipients)) as stage, Sender(private, theatre.sink.port, children=4):
        wake_drains(wakes)
        stage.faults = wakes
        until(lambda: Issue.objects.get(pk=stage.issue.pk).status == "done", "the end of the send")
        prefix = str(settings.CELERY_BROKER_TRANSPORT_OPTIONS.get("global_keyprefix", ""))
        until(lambda: not broker.llen(f"{prefix}send") and not broker.hlen(f"{prefix}unacked"), "the last of the tasks")
        return stage.finish().insist_on_once()
