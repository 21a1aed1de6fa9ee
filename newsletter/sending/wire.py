"""One connection to a mail server: smtplib's, with replies of our own reading.

smtplib waits for ever or for one time-out whatever it waits for, and hides what came in early. The send engine needs to
know both: how long an answer may take depends on the question, and a server that has hung up is to be noticed before
anything is marked.
"""

from __future__ import annotations

import select
import smtplib
import socket
import ssl
import time
from dataclasses import dataclass

_MOST = 65_536  # a reply longer than that is no reply
_CHUNK = 4_096


class LostError(OSError):
    """The line is gone, or the answer did not come in time, or was none."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply of the server: `code` is -1 when it was none that the protocol knows."""

    code: int
    text: str


class Wire(smtplib.SMTP):
    """A connection, plain or under TLS. Everything that goes wrong on it is an OSError."""

    def __init__(self, name: str) -> None:
        self._unread = bytearray()
        super().__init__(local_hostname=name)
        self.patience = 60.0  # seconds for the next answer, or for sending
        self.is_used = False  # whether a message went over it before
        self.is_open_transaction = False  # whether the server must be told to forget one

    def connect_to(self, host: str, port: int, seconds: float) -> None:
        """Open the connection, without reading the greeting."""
        self.sock = socket.create_connection((host, port), timeout=seconds)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # the end of a message is 3 bytes, at once

    def secure(self, context: ssl.SSLContext, host: str) -> None:
        """TLS from here on, verified; what was said before it counts for nothing."""
        if self._unread:
            raise LostError("The server went on talking in the clear after it agreed to TLS.")
        plain = self._socket
        plain.settimeout(self.patience)
        self.sock = context.wrap_socket(plain, server_hostname=host)
        self.helo_resp = self.ehlo_resp = None
        self.esmtp_features, self.does_esmtp = {}, False

    def put(self, sent: bytes) -> None:
        self._socket.settimeout(self.patience)
        self._socket.sendall(sent)

    def answer(self) -> Answer:
        """The next reply, waited for as long as `patience` says in all."""
        code, text = self.getreply()
        return Answer(code, _readable(text))

    def getreply(self) -> tuple[int, bytes]:
        deadline = time.monotonic() + self.patience
        lines: list[bytes] = []
        while True:
            line = self._line(deadline)
            lines.append(line[4:].strip())
            if not line[:3].isdigit():
                return -1, line
            if line[3:4] != b"-":
                return int(line[:3]), b"\n".join(lines)

    def spoke_up(self) -> Answer | None:
        """What the server said without being asked, or that it hung up (LostError); None while it waits for us."""
        if not self._unread:
            if not self._stirs():
                return None
            self._socket.settimeout(0)
            try:
                self._read()
            except (BlockingIOError, ssl.SSLWantReadError):
                return None
            finally:
                self._socket.settimeout(self.patience)
        return self.answer()

    def _stirs(self) -> bool:
        """Whether reading is worth a try: asked three times a message, and nearly always in vain."""
        line = self._socket
        if isinstance(line, ssl.SSLSocket) and line.pending():
            return True
        poll = select.poll()
        poll.register(line, select.POLLIN)
        return bool(poll.poll(0))

    def close(self) -> None:
        """Hang up without a word. Harmless twice."""
        self._unread.clear()
        super().close()

    @property
    def _socket(self) -> socket.socket:
        if self.sock is None:
            raise LostError("The connection is closed.")
        return self.sock

    def _line(self, deadline: float) -> bytes:
        while (end := self._unread.find(b"\n")) < 0:
            if len(self._unread) > _MOST:
                raise LostError("The answer has no end.")
            self._socket.settimeout(max(deadline - time.monotonic(), 0.001))
            try:
                self._read()
            except TimeoutError as error:
                raise LostError("No answer in time.") from error
        line = bytes(self._unread[:end])
        del self._unread[: end + 1]
        return line

    def _read(self) -> None:
        received = self._socket.recv(_CHUNK)
        if not received:
            raise LostError("The server hung up.")
        self._unread += received


def _readable(text: bytes) -> str:
    words = text.decode("utf-8", "replace")[:500]
    if words.isprintable():
        return words
    return "".join(letter if letter.isprintable() else " " for letter in words).strip()
