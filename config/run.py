"""`make run`: everything Drydock needs on one machine, started in order, watched, and stopped in order.

python -m config.run          PostgreSQL, Valkey, migrations, demo content, then the lines of the Procfile
python -m config.run stop     stop whatever this checkout started
python -m config.run clean    stop it and delete its state

DATABASE_URL and REDIS_URL are used as they are when set; what is not set is embedded.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import http.client
import io
import json
import os
import secrets
import shutil
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO, TypedDict

from config import embedded
from config.env import BASE_DIR, STATE_DIR
from config.processes import MARK, Crew, Interrupted, Interrupts, RunError, end_all, say, survivors

READY_SECONDS = 60
STOP_SECONDS = 20
TAIL_LINES = 15
WRITTEN_DOWN = ("LOCAL", "SECRET_KEY", "DATABASE_URL", "REDIS_URL", "SITE_URL")


class Login(TypedDict):
    """The last line that `manage.py prepare_demo` prints; the password is null when the editor was there before."""

    editor_email: str
    editor_password: str | None


def run(state: Path) -> None:
    """Start everything, watch it until somebody asks for the end, stop everything."""
    begun, interrupts = time.monotonic(), Interrupts()
    port = _port(os.environ.get("PORT") or "8000")
    state.mkdir(parents=True, exist_ok=True)
    record = state / "run.json"
    with _only_supervisor(state):
        if survivors(record):
            with _step("Ending a killed run"):
                end_all(record)
        _check_port(port)
        stopping = time.monotonic()
        with contextlib.suppress(Interrupted), embedded.in_use(state):
            try:
                servers = _needed_servers(state)
                urls = _start_services(servers, interrupts)
                crew = Crew(BASE_DIR, record, _environment(state, port, urls), interrupts)
                login = _start_crew(crew, state)
                _wait_until_ready(crew, port)
                say(f"Ready after {time.monotonic() - begun:.1f} s")
                say(_box(crew.environment["SITE_URL"], login))
                while True:
                    crew.check()
                    _check_services(servers)
                    time.sleep(0.2)
            finally:
                stopping = time.monotonic()
                say("Stopping ...")
                end_all(record, is_impatient=interrupts.is_repeated)
        say(f"Everything has stopped, {time.monotonic() - stopping:.1f} s.")


def stop(state: Path) -> None:
    """Stop whatever this checkout started: a live supervisor, what a killed one left, and all embedded services."""
    if state.exists():
        with _without_supervisor(state):
            end_all(state / "run.json")
            embedded.stop(state)
            embedded.stop(state, test=True)
    say("Nothing of this checkout runs any more.")


def clean(state: Path) -> None:
    """Stop everything and delete the state folder, but none that could hold anything else."""
    stop(state)
    if state.parent != BASE_DIR or not state.name.startswith(".state"):
        raise RunError(f"STATE_DIR names a folder of your own: delete {state} yourself.")
    for folder in (state, embedded.outside(state)):
        if folder.exists():
            say(f"Deleting {folder}: the development database, the queue, the demo editor and the mail.")
            shutil.rmtree(folder)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= 65535):
        raise RunError(f"PORT is {text!r}: choose a number from 1 to 65535, for example `PORT=8001 make run`.")
    return int(text)


def _check_port(port: int) -> None:
    with socket.socket() as client, socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        another = f"`PORT={8000 if port < 1024 else port % 65535 + 1} make run`"
        try:
            is_taken = client.connect_ex(("127.0.0.1", port)) == 0
            server.bind(("127.0.0.1", port))
        except PermissionError:
            raise RunError(f"Port {port} is reserved for the administrator: use another, {another}.") from None
        except OSError:
            is_taken = True
    if is_taken:
        raise RunError(f"Port {port} is used by another program: stop that one or use another port, {another}.")


@contextlib.contextmanager
def _only_supervisor(state: Path) -> Iterator[None]:
    with (state / "run.lock").open("a+") as lock:
        if not _takes(lock):
            raise RunError("Drydock already runs from this checkout: use that one, or stop it with `make stop`.")
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        try:
            yield
        finally:
            lock.truncate(0)  # by the next start the number may be a stranger's


@contextlib.contextmanager
def _without_supervisor(state: Path) -> Iterator[None]:
    """End a live supervisor and keep others from starting meanwhile; its number is true while it holds the lock."""
    with (state / "run.lock").open("a+") as lock:
        deadline = time.monotonic() + STOP_SECONDS
        is_asked = False
        while not _takes(lock):
            lock.seek(0)
            number = int(lock.read() or 0)
            with contextlib.suppress(ProcessLookupError):
                if number and not is_asked:
                    is_asked = True
                    os.kill(number, signal.SIGTERM)
                elif number and time.monotonic() > deadline:
                    os.kill(number, signal.SIGKILL)
            time.sleep(0.1)
        yield


def _takes(lock: TextIO) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _needed_servers(state: Path) -> list[embedded.Server]:
    needed: list[embedded.Server] = []
    for server in embedded.servers(state):
        if os.environ.get(server.variable):
            say(f"Using {server.variable} from the environment, not the embedded {server.name}")
        else:
            needed.append(server)
    return needed


def _start_services(servers: list[embedded.Server], interrupts: Interrupts) -> dict[str, str]:
    urls = {}
    for server in servers:
        with _step(f"Starting {server.name}"):
            urls[server.variable] = server.start()
        interrupts.check()
    return urls


def _check_services(servers: list[embedded.Server]) -> None:
    for server in servers:
        if server.has_died():
            raise RunError(f"{server.name} ended by itself: its log is {server.log}.")


def _environment(state: Path, port: int, urls: dict[str, str]) -> dict[str, str]:
    """What every child gets. A setting meant for another project must not leak in, hence the fixed ones."""
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {
        **inherited,
        **urls,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "GRANIAN_LOG_ACCESS_ENABLED": "1",
        "HOST": "127.0.0.1",  # a local run is for this machine alone
        "LOCAL": "1",
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
        "PORT": str(port),
        "SECRET_KEY": _secret_key(state),
        "SITE_URL": f"http://127.0.0.1:{port}",
        "STATE_DIR": str(state),
        MARK: secrets.token_hex(8),
    }


def _secret_key(state: Path) -> str:
    """Made once and kept, so that nobody is logged out by a restart."""
    with contextlib.suppress(OSError):
        for line in (state / "env").read_text().splitlines():
            name, _, value = line.partition("=")
            if name == "SECRET_KEY" and value:
                return value
    return secrets.token_urlsafe(64)


def _start_crew(crew: Crew, state: Path) -> Login:
    crew.write_record()
    _write_private(state / "env", "".join(f"{name}={crew.environment[name]}\n" for name in WRITTEN_DOWN))
    with _step("Migrating the database"):
        crew.run("manage.py migrate", [sys.executable, "manage.py", "migrate", "--no-input"])
    with _step("Preparing the demo content"):
        printed = crew.run("manage.py prepare_demo", [sys.executable, "manage.py", "prepare_demo"])
        login = _with_password(json.loads(printed.splitlines()[-1]), state / "demo-login.json")
    say("Starting web, worker, cron, sender and beat")
    for line in (BASE_DIR / "Procfile").read_text().splitlines():
        name, is_entry, command = line.partition(":")
        if is_entry and not name.startswith("#"):
            crew.start(name.strip(), command.strip())
    return login


def _with_password(login: Login, note: Path) -> Login:
    """The password is known only while it is made, so it is noted down for the later starts to show again."""
    if login["editor_password"]:
        _write_private(note, json.dumps(login))
        return login
    try:
        noted: Login = json.loads(note.read_text())
    except OSError:
        return login
    return {**noted, "editor_password": f"{noted['editor_password']} (unless you changed it)"}


def _wait_until_ready(crew: Crew, port: int) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not _is_live(port):
        crew.check()
        if time.monotonic() > deadline:
            raise RunError(f"The web server did not answer within {READY_SECONDS} seconds: see its lines above.")
        time.sleep(0.1)


def _is_live(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/livez")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _box(site: str, login: Login) -> str:
    rows = [
        ("Drydock", site),
        ("Admin", f"{site}/admin/"),
        ("  email", login["editor_email"]),
        ("  password", login["editor_password"] or "(manage.py changepassword sets a new one)"),
        ("Mail", f"{site}/__mail__/"),
        ("", "Ctrl-C stops everything"),
    ]
    width = max(len(text) for _, text in rows)
    rule = "+" + "-" * (width + 14) + "+"
    return "\n".join([rule, *(f"| {title:<11} {text:<{width}} |" for title, text in rows), rule])


@contextlib.contextmanager
def _step(label: str) -> Iterator[None]:
    begun = time.monotonic()
    say(f"{label} ".ljust(30, ".") + " ", end="")
    try:
        yield
    except BaseException:
        say("")
        raise
    say(f"{time.monotonic() - begun:.1f} s")


def _write_private(path: Path, text: str) -> None:
    draft = path.with_suffix(".draft")
    draft.touch(mode=0o600)
    draft.write_text(text)
    draft.replace(path)


def _fail(error: Exception) -> int:
    output = error.output if isinstance(error, RunError) else ""
    for line in output.splitlines()[-TAIL_LINES:]:
        say(f"  {line}")
    sentence = str(error)
    if os.strerror(errno.ENOSPC) in output + sentence:
        sentence = f"The disk is full: free some space for {STATE_DIR} and try again."
    elif isinstance(error, OSError):
        sentence = f"{error.filename or STATE_DIR} cannot be used: {error.strerror or error}."
    print(sentence, file=sys.stderr)
    return 1


def main(arguments: list[str]) -> int:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a plain terminal must not stop us over a dash
    commands = {(): run, ("stop",): stop, ("clean",): clean}
    command = commands.get(tuple(arguments))
    if command is None:
        print("Use `python -m config.run`, if you like with `stop` or `clean` behind it.", file=sys.stderr)
        return 2
    try:
        command(STATE_DIR.resolve())
    except (RunError, embedded.EmbeddedError, OSError) as error:
        return _fail(error)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
