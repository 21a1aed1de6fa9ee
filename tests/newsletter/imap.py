"""A mailbox over IMAP on loopback, just enough of it for a program that reads, marks and deletes."""

from __future__ import annotations

import re
import socketserver
import ssl
import threading
from dataclasses import dataclass, field
from typing import Self


@dataclass
class Imap:
    """`mails` by their UIDs, each with its flags; `logins` are the names and passwords that were tried."""

    context: ssl.SSLContext
    mails: dict[int, tuple[bytes, set[str]]] = field(default_factory=dict)
    password: str = "s@lt"
    logins: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        box = self

        class Desk(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                try:
                    secure = box.context.wrap_socket(self.request, server_side=True)
                except OSError:
                    return
                with secure, secure.makefile("rwb") as line:
                    line.write(b"* OK ready\r\n")
                    line.flush()
                    while command := line.readline():
                        for part in box.answer(command.decode().strip()):
                            line.write(part)
                        line.flush()

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = daemon_threads = True

        self._server = Server(("127.0.0.1", 0), Desk)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def answer(self, line: str) -> list[bytes]:  # noqa: PLR0911 (one for each command)
        tag, _, command = line.partition(" ")
        ok = f"{tag} OK done\r\n".encode()
        if command.startswith("CAPABILITY"):
            return [b"* CAPABILITY IMAP4rev1\r\n", ok]
        if command.startswith("LOGIN"):
            self.logins.append(command)
            return [ok if f'"{self.password}"' in command else f"{tag} NO wrong\r\n".encode()]
        if command.startswith("SELECT"):
            if command != 'SELECT "INBOX"':
                return [f"{tag} NO no such folder\r\n".encode()]
            return [f"* {len(self.mails)} EXISTS\r\n".encode(), ok]
        if command == "UID SEARCH UNSEEN":
            unseen = [str(uid) for uid, (_, flags) in self.mails.items() if "\\Seen" not in flags]
            return [f"* SEARCH {' '.join(unseen)}\r\n".encode(), ok]
        if fetched := re.fullmatch(r"UID FETCH (\d+) \(BODY\.PEEK\[\]<0\.(\d+)>\)", command):
            uid, raw = int(fetched[1]), self.mails[int(fetched[1])][0][: int(fetched[2])]
            return [f"* 1 FETCH (UID {uid} BODY[]<0> {{{len(raw)}}}\r\n".encode(), raw, b")\r\n", ok]
        if stored := re.fullmatch(r"UID STORE (\d+) \+FLAGS \((\\\w+)\)", command):
            self.mails[int(stored[1])][1].add(stored[2])
            return [ok]
        if command == "EXPUNGE":
            self.mails = {uid: mail for uid, mail in self.mails.items() if "\\Deleted" not in mail[1]}
            return [ok]
        return [b"* BYE\r\n", ok] if command == "LOGOUT" else [f"{tag} BAD what?\r\n".encode()]
