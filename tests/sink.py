"""An SMTP server on loopback that keeps the truth, what it accepted, and misbehaves as it is told.

    with Sink(tmp_path / "mail.log") as sink:              # a thread of this process
        sink.script(Rule("rcpt", "550 5.1.1 Nobody", match="@gone"))
        ... send to 127.0.0.1, sink.port ...
        assert [mail.recipient for mail in sink.accepted()] == [...]

    with SinkProcess(tmp_path / "mail.log") as sink:       # the same, in a process of its own
        sink.script(...); sink.refuse(); sink.listen()

    python -m tests.sink --log mail.log --port 2525 --script '[{"at": "rcpt", "reply": "450 4.2.0 Full", "share": 0.1}]'

What is accepted is in the log before the answer goes out: one line of JSON with Message-ID, sender, recipient, size
and time. A log that exists is added to. What a rule can say: tests/sink_server.py.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Coroutine
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

from tests.sink_server import FEATURES, Mail, Rule, Server

__all__ = ["FEATURES", "Mail", "Rule", "Sink", "SinkProcess", "accepted"]


def accepted(log: Path) -> list[Mail]:
    """The truth, in order. A last line that is not whole was never answered."""
    lines = log.read_text(encoding="utf-8").splitlines(keepends=True) if log.exists() else []
    return [Mail(**json.loads(line)) for line in lines if line.endswith("\n")]


class Sink:
    """A sink in a thread of this process. `commands` and `messages` are what it heard and took, if it `keeps` them."""

    def __init__(
        self,
        log: Path,
        *rules: Rule,
        port: int = 0,
        features: tuple[str, ...] = FEATURES,
        tls: ssl.SSLContext | None = None,
        is_tls_at_once: bool = False,
        keeps: bool = True,
    ) -> None:
        self.log = log
        self._server = Server(log, features, tls, is_tls_at_once=is_tls_at_once, keeps=keeps)
        self._server.follow([*rules])
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._first_port = port

    def __enter__(self) -> Self:
        self._thread.start()
        self._call(self._server.listen(self._first_port))
        return self

    def __exit__(self, *_: object) -> None:
        self._call(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def port(self) -> int:
        return self._server.port

    @property
    def commands(self) -> list[str]:
        return self._server.commands

    def heard(self) -> list[str]:
        """The commands, once everybody has gone."""
        self._call(self._server.emptied())
        return self._server.commands

    @property
    def messages(self) -> list[bytes]:
        """As they came over the line, with their doubled dots and without the last one."""
        return self._server.messages

    def script(self, *rules: Rule) -> None:
        """From now on these rules and no others; their counts begin anew."""

        async def follow() -> None:
            self._server.follow([*rules])

        self._call(follow())

    def refuse(self) -> None:
        """Hang up on everybody and let nobody in."""
        self._call(self._server.refuse())

    def listen(self) -> None:
        """Let them in again, at the same port."""
        self._call(self._server.listen())

    def accepted(self) -> list[Mail]:
        return accepted(self.log)

    async def _end(self) -> None:
        await self._server.refuse()
        await self._server.emptied()

    def _call(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=60)


class SinkProcess:
    """A sink in a process of its own, which outlives whoever it talks to."""

    def __init__(self, log: Path, *rules: Rule, port: int = 0, features: tuple[str, ...] = FEATURES) -> None:
        self.log = log
        self._words = [sys.executable, "-m", "tests.sink", "--log", str(log), "--port", str(port)]
        self._words += ["--features", ",".join(features), "--script", _as_json(rules)]

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(self._words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self._hear())
        return self

    def __exit__(self, *_: object) -> None:
        self.process.communicate(timeout=60)  # the end of its input is the end of it

    def script(self, *rules: Rule) -> None:
        self._tell(f"script {_as_json(rules)}")

    def refuse(self) -> None:
        self._tell("refuse")

    def listen(self) -> None:
        self._tell("listen")

    def accepted(self) -> list[Mail]:
        return accepted(self.log)

    def _tell(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        self._hear()

    def _hear(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().rpartition(" ")[2]


def _as_json(rules: tuple[Rule, ...]) -> str:
    return json.dumps([asdict(rule) for rule in rules])


def _rules(text: str) -> list[Rule]:
    return [Rule(**each) for each in json.loads(text or "[]")]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--script", default="", help="rules, as JSON")
    parser.add_argument("--features", default=",".join(FEATURES))
    parser.add_argument("--stay", action="store_true", help="until it is killed, whatever its input")
    options = parser.parse_args()
    features = tuple(feature for feature in options.features.split(",") if feature)
    with Sink(options.log, *_rules(options.script), port=options.port, features=features, keeps=False) as sink:
        print(f"listening on {sink.port}", flush=True)  # noqa: T201 (whoever started it reads this)
        while options.stay:
            time.sleep(3600)
        for line in sys.stdin:
            _follow(sink, line.strip())
            print("ok", flush=True)  # noqa: T201


def _follow(sink: Sink, line: str) -> None:
    word, _, rest = line.partition(" ")
    if word == "script":
        sink.script(*_rules(rest))
    elif word == "refuse":
        sink.refuse()
    elif word == "listen":
        sink.listen()


if __name__ == "__main__":
    main()
