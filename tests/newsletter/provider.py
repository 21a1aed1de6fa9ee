"""A provider of mail, played on loopback: it answers requests as it is told, and remembers what came."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


@dataclass(frozen=True)
class Request:
    path: str
    headers: dict[str, str]
    body: Any


@dataclass
class Provider:
    """`answers` are given one after the other, the last one for ever: a status and JSON; None hangs up instead."""

    answers: list[tuple[int, Any] | None]
    requests: list[Request] = field(default_factory=list)

    def __enter__(self) -> Self:
        provider = self

        class Desk(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                provider.requests.append(Request(self.path, headers, json.loads(body)))
                answer = provider.answers.pop(0) if len(provider.answers) > 1 else provider.answers[0]
                if answer is None:
                    self.close_connection = True
                    return
                status, content = answer
                sent = content.encode() if isinstance(content, str) else json.dumps(content).encode()
                self.send_response(status)
                if status == 307:
                    self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", str(len(sent)))
                self.end_headers()
                self.wfile.write(sent)

            def log_message(self, *_: Any) -> None:
                """Nothing is written to the terminal."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Desk)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/"
