"""A real receiver of webhooks on this machine, which answers as it is told to and keeps what it got."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

from django.db import connection

from comparisons.models import Webhook, WebhookDelivery
from comparisons.webhooks.desk import register

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
_numbers = count(1)


@dataclass(frozen=True)
class Delivered:
    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> Any:
        return json.loads(self.body)

    @property
    def event_id(self) -> str:
        return self.headers["webhook-id"]

    def is_signed_with(self, secret: str) -> bool:
        """By the definition of HMAC (RFC 2104), not by the code that signs."""
        key = base64.b64decode(secret[len("whsec_") :]).ljust(64, b"\0")
        inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in key))
        inner.update(b".".join([self.event_id.encode(), self.headers["webhook-timestamp"].encode(), self.body]))
        outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in key) + inner.digest())
        given = self.headers["webhook-signature"].split(" ")
        return any(hmac.compare_digest(f"v1,{base64.b64encode(outer.digest()).decode()}", mark) for mark in given)


Reply = bytes | int | Callable[[Any], None]


@dataclass
class Receiver:
    """`replies` are taken one by one: a status, raw bytes, or what to do with the connection; then all is well."""

    port: int = 0
    scheme: str = "http"
    got: list[Delivered] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    always: Reply = OK

    @property
    def url(self) -> str:
        return f"{self.scheme}://{'localhost' if self.scheme == 'https' else '127.0.0.1'}:{self.port}/hook?from=dock"

    @property
    def ids(self) -> list[str]:
        return [delivered.event_id for delivered in self.got]

    def take(self, sock: Any) -> None:
        with sock.makefile("rb") as lines:
            line = lines.readline().decode().strip()
            headers = {}
            while (header := lines.readline().decode().strip()) != "":
                name, _, value = header.partition(":")
                headers[name.lower()] = value.strip()
            body = lines.read(int(headers["content-length"]))
        reply = self.replies.pop(0) if self.replies else self.always
        self.got.append(Delivered(line, headers, body))
        if isinstance(reply, int):
            sock.sendall(f"HTTP/1.1 {reply} Words\r\nContent-Length: 0\r\n\r\n".encode())
        elif isinstance(reply, bytes):
            sock.sendall(reply)
        else:
            reply(sock)


@contextmanager
def receiving(*, tls: ssl.SSLContext | None = None, always: Reply = OK) -> Iterator[Receiver]:
    receiver = Receiver(scheme="https" if tls else "http", always=always)

    class Door(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            try:
                if tls is None:
                    receiver.take(self.request)
                    return
                with tls.wrap_socket(self.request, server_side=True) as sock:
                    receiver.take(sock)
            except (OSError, ValueError, KeyError):
                return  # who called hung up or spoke TLS, which some tests want

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Door) as server:
        receiver.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()


def make_webhook(receiver: Receiver | str, *kinds: str, **fields: Any) -> Webhook:
    url = receiver if isinstance(receiver, str) else receiver.url
    return register(Webhook(name=f"Receiver {next(_numbers)}", url=url, kinds=list(kinds), **fields))


def wait_less(step: timedelta) -> None:
    """Time that passes for receivers and what waits for them: everything dated moves into the past."""
    dated = {
        "comparisons_webhook": ("failing_since", "busy_until", "paused_at", "old_secret_until", "last_ok_at"),
        "comparisons_webhookdelivery": ("due_at", "not_before", "first_tried_at", "settled_at"),
    }
    with connection.cursor() as cursor:
        for table, columns in dated.items():
            moved = ", ".join(f"{column} = {column} - %(step)s::interval" for column in columns)
            cursor.execute(f"UPDATE {table} SET {moved}", {"step": f"{step.total_seconds()} seconds"})  # noqa: S608


def states() -> list[str]:
    return list(WebhookDelivery.objects.order_by("receipt_id").values_list("state", flat=True))
