"""The conversations of tests/sink.py, all in one event loop."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import random
import re
import ssl
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

FEATURES = ("PIPELINING", "SIZE 10485760", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES")
_END, _HEADS = b"\r\n.\r\n", 4_096
_MESSAGE_ID = re.compile(rb"^message-id:\s*(\S+)", re.IGNORECASE | re.MULTILINE)
_PATH = re.compile(r":\s*<([^>]*)>")
_USUAL = {
    **{"greeting": "220 sink.example ESMTP", "helo": "250 sink.example", "rset": "250 2.0.0 Ok", "noop": "250 Ok"},
    **{"starttls": "220 2.0.0 Go ahead", "auth": "235 2.7.0 Come in", "mail": "250 2.1.0 Ok", "rcpt": "250 2.1.5 Ok"},
    **{"data": "354 Go ahead", "quit": "221 2.0.0 Bye", "body": "", "idle": ""},
}


@dataclass(frozen=True)
class Rule:
    """What to do otherwise than usual at one point of a conversation.

    `at` is greeting, ehlo, starttls, auth, mail, rcpt, data, body (its first bytes), dot, or idle (after the answer to
    the dot). `match` is a pattern looked for in the recipient (for auth in the login, for mail in the sender). `share`
    of what matches is meant, drawn by `seed`, the recipient and how often it was tried; the first `skip` are let by,
    and after `times` the rule is used up. The first rule that is meant decides.
    """

    at: str
    reply: str = ""  # instead of the usual one; after a 421 the line is dropped
    drop: bool = False  # hang up: instead of the reply, or after it when one is given
    is_silent: bool = False  # never answer
    accepts: bool = False  # at the dot: keep the message all the same
    delay: float = 0.0  # seconds before the reply
    match: str = ""
    share: float = 1.0
    seed: int = 0
    skip: int = 0
    times: int | None = None

    @property
    def is_usual(self) -> bool:
        return not (self.reply or self.drop or self.is_silent)


@dataclass(frozen=True)
class Mail:
    """One message that the sink has accepted, for one recipient."""

    message_id: str
    sender: str
    recipient: str
    size: int
    at: float


class Server:
    """What all connections of one sink share. `keeps` also keeps the commands and messages, in memory."""

    def __init__(
        self, log: Path, features: tuple[str, ...], tls: ssl.SSLContext | None, *, is_tls_at_once: bool, keeps: bool
    ) -> None:
        self.features, self.tls, self.is_tls_at_once, self.keeps = features, tls, is_tls_at_once, keeps
        self.log = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        self.connections: set[Conversation] = set()
        self.commands: list[str] = []
        self.messages: list[bytes] = []
        self.port = 0
        self._count = 0
        self._listening: asyncio.Server | None = None
        self.follow([])

    def follow(self, rules: list[Rule]) -> None:
        self._rules = rules
        self._met: Counter[int] = Counter()
        self._tries: Counter[tuple[int, str]] = Counter()

    def rule(self, at: str, about: str) -> Rule | None:
        for number, rule in enumerate(self._rules):
            if rule.at == at and re.search(rule.match, about) and self._is_drawn(number, about):
                self._met[number] += 1
                met = self._met[number] - rule.skip
                if met > 0 and (rule.times is None or met <= rule.times):
                    return rule
        return None

    def _is_drawn(self, number: int, about: str) -> bool:
        rule = self._rules[number]
        if rule.share >= 1:
            return True
        self._tries[number, about] += 1
        chance = random.Random(f"{rule.seed} {number} {about} {self._tries[number, about]}")  # noqa: S311
        return chance.random() < rule.share

    def write_down(self, sender: str, recipients: list[str], heads: bytes, size: int) -> str:
        """The truth, with the kernel before anybody hears of it; returns the message's name here."""
        found = _MESSAGE_ID.search(heads)
        message_id = found[1].decode("utf-8", "replace") if found else ""
        mails = [Mail(message_id, sender, recipient, size, time.time()) for recipient in recipients]
        os.write(self.log, "".join(json.dumps(asdict(mail)) + "\n" for mail in mails).encode())
        self._count += 1
        return f"{self._count:08X}"

    async def listen(self, port: int = 0) -> None:
        if self._listening is None:
            self._listening = await asyncio.get_running_loop().create_server(
                lambda: Conversation(self),
                "127.0.0.1",
                port or self.port,
                ssl=self.tls if self.is_tls_at_once else None,
                backlog=1024,
            )
            self.port = self._listening.sockets[0].getsockname()[1]

    async def emptied(self) -> None:
        """Until nobody is connected."""
        while self.connections:
            await asyncio.sleep(0)

    async def refuse(self) -> None:
        """Nobody gets in, and whoever is in is thrown out."""
        if self._listening is not None:
            self._listening.close()
            self._listening = None
        for conversation in list(self.connections):
            conversation.hang_up()


class Conversation(asyncio.Protocol):
    """One connection. Commands are answered one by one, also when they come together."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._transport: asyncio.Transport | None = None
        self._unread, self._out = bytearray(), bytearray()
        self._is_waiting = False  # for a delay, for TLS, or for ever
        self._is_secure = server.is_tls_at_once
        self._reply_to: Callable[[str], None] | None = None  # what the next line is, when it is no command
        self._in_body = self._is_foreign = False
        self._sender: str | None = None
        self._recipients: list[str] = []
        self._heads, self._tail, self._size = b"", b"\r\n", 0
        self._parts: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._server.connections.add(self)
        self._note("(connected)")
        self._meet("greeting", "")
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        self._is_waiting = True
        self._server.connections.discard(self)

    def data_received(self, data: bytes) -> None:
        if self._in_body and not self._is_waiting:
            self._take(data)
        else:
            self._unread += data
        self._go_on()

    def hang_up(self) -> None:
        self._is_waiting = True
        if self._transport is not None:
            self._transport.abort()

    # --- Reading ------------------------------------------------------------------------------------------------------

    def _go_on(self) -> None:
        while not self._is_waiting and self._unread:
            if self._in_body:
                data = bytes(self._unread)
                self._unread.clear()
                self._take(data)
                continue
            end = self._unread.find(b"\n")
            if end < 0:
                break
            line = self._unread[:end].decode("utf-8", "replace").rstrip("\r")
            del self._unread[: end + 1]
            reply_to, self._reply_to = self._reply_to or self._command, None
            reply_to(line)
        self._flush()

    def _take(self, data: bytes) -> None:
        """A part of a message."""
        if not self._size and not self._is_past("body"):
            return
        window = self._tail + data
        end = window.find(_END)
        part = data if end < 0 else window[len(self._tail) : end + 2]
        self._size += len(part)
        if len(self._heads) < _HEADS:
            self._heads += part[:_HEADS]
        if self._server.keeps:
            self._parts.append(part)
        if end < 0:
            self._tail = window[-4:]
        else:
            self._unread += window[end + len(_END) :]
            self._in_body = False
            self._dot()

    def _is_past(self, at: str) -> bool:
        rule = self._server.rule(at, self._about)
        if rule is not None:
            self._obey(rule, "")
        return rule is None

    # --- Answering ----------------------------------------------------------------------------------------------------

    def _meet(self, at: str, about: str) -> bool:
        """Answer as usual, or as a rule has it; whether the answer was a friendly one."""
        rule = self._server.rule(at, about)
        if rule is None:
            self._say(_USUAL[at])
            return True
        self._obey(rule, _USUAL[at])
        return rule.is_usual or rule.reply[:1] in {"2", "3"}

    def _obey(self, rule: Rule, usual: str) -> None:
        reply = rule.reply or ("" if rule.drop else usual)
        if rule.is_silent:
            self._is_waiting = True
        elif rule.delay:
            self._is_waiting = True
            asyncio.get_running_loop().call_later(rule.delay, self._say_later, reply, rule.drop)
        else:
            self._say(reply, is_last=rule.drop)

    def _say_later(self, reply: str, is_last: bool) -> None:  # noqa: FBT001 (the loop knows no names)
        if self._transport is not None and not self._transport.is_closing():
            self._is_waiting = False
            self._say(reply, is_last=is_last)
            self._go_on()

    def _say(self, reply: str, *, is_last: bool = False) -> None:
        if reply:
            self._out += f"{reply}\r\n".encode()
        if is_last or reply.startswith("421"):
            self._is_waiting = True
            self._flush()
            if self._transport is not None:
                self._transport.close()

    def _flush(self) -> None:
        if self._out and self._transport is not None:
            self._transport.write(bytes(self._out))
            self._out.clear()

    # --- What is said -------------------------------------------------------------------------------------------------

    def _command(self, line: str) -> None:
        self._note(line)
        verb = line[:4].upper()
        known = {"EHLO": self._ehlo, "HELO": self._helo, "STAR": self._starttls, "AUTH": self._auth}
        known |= {"MAIL": self._mail, "RCPT": self._rcpt, "DATA": self._start, "RSET": self._rset, "QUIT": self._quit}
        if self._unread and ("PIPELINING" not in self._server.features or verb in {"EHLO", "STAR", "DATA", "QUIT"}):
            self._say("503 5.5.0 One after the other, please", is_last=True)
        elif verb in known:
            known[verb](line)
        else:
            self._say(_USUAL["noop"] if verb == "NOOP" else "500 5.5.2 What?")

    def _note(self, line: str) -> None:
        if self._server.keeps:
            self._server.commands.append(line)

    def _ehlo(self, line: str) -> None:
        rule = self._server.rule("ehlo", line)
        features = [*self._server.features]
        if self._server.tls and not self._is_secure:
            features.append("STARTTLS")
        lines = ["sink.example", *features]
        usual = [f"250{' ' if number == len(lines) else '-'}{text}" for number, text in enumerate(lines, start=1)]
        self._obey(rule or Rule("ehlo"), "\r\n".join(usual))
        self._forget()

    def _helo(self, line: str) -> None:
        self._say(_USUAL["helo"])
        self._forget()

    def _starttls(self, line: str) -> None:
        if self._meet("starttls", ""):
            self._flush()
            self._is_waiting = True
            self._upgrade = asyncio.get_running_loop().create_task(self._secure())

    async def _secure(self) -> None:
        assert self._transport is not None
        assert self._server.tls is not None
        loop, plain = asyncio.get_running_loop(), self._transport
        try:
            upgraded = await loop.start_tls(plain, self, self._server.tls, server_side=True)
        except OSError:
            upgraded = None
        if upgraded is None or plain.is_closing():  # the client did not like the certificate, or has gone
            self.connection_lost(None)
            return
        self._transport, self._is_secure, self._is_waiting = upgraded, True, False
        self._forget()
        self._go_on()

    def _auth(self, line: str) -> None:
        _, method, *given = line.split(" ")
        if method.upper() == "PLAIN" and given:
            self._meet("auth", base64.b64decode(given[0]).decode().replace("\0", " "))
        elif method.upper() == "LOGIN":
            self._say("334 UGFzc3dvcmQ6")
            name = base64.b64decode(given[0]).decode()
            self._reply_to = lambda secret: self._log_in(name, secret)
        else:
            self._say("504 5.5.4 No such way")

    def _log_in(self, name: str, secret: str) -> None:
        self._meet("auth", f"{name} {base64.b64decode(secret).decode()}")

    def _mail(self, line: str) -> None:
        sender = _PATH.search(line)
        if self._sender is not None or sender is None:
            self._say("503 5.5.1 Not now" if sender else "501 5.5.4 From whom?")
        elif not line.isascii() and "SMTPUTF8" not in line:
            self._say("553 5.6.7 Say SMTPUTF8")
        elif self._meet("mail", sender[1]):
            self._sender, self._is_foreign = sender[1], "SMTPUTF8" in line

    def _rcpt(self, line: str) -> None:
        recipient = _PATH.search(line)
        if self._sender is None or recipient is None:
            self._say("503 5.5.1 Not now" if recipient else "501 5.5.4 To whom?")
        elif not line.isascii() and not self._is_foreign:
            self._say("553 5.6.7 Say SMTPUTF8")
        elif self._meet("rcpt", recipient[1]):
            self._recipients.append(recipient[1])

    def _start(self, line: str) -> None:
        if not self._recipients:
            self._say("554 5.5.1 No valid recipients")
        elif self._meet("data", self._about):
            self._in_body = True

    def _dot(self) -> None:
        about, rule = self._about, self._server.rule("dot", self._about)
        name = ""
        if rule is None or rule.is_usual or rule.accepts or rule.reply.startswith("2"):
            name = self._server.write_down(self._sender or "", self._recipients, self._heads, self._size)
            if self._server.keeps:
                self._server.messages.append(b"".join(self._parts))
        self._forget()
        self._obey(rule or Rule("dot"), f"250 2.0.0 Ok: queued as {name}")
        after = self._server.rule("idle", about)
        if after is not None:
            self._obey(after, "")

    def _rset(self, line: str) -> None:
        self._forget()
        self._say(_USUAL["rset"])

    def _quit(self, line: str) -> None:
        self._say(_USUAL["quit"], is_last=True)

    @property
    def _about(self) -> str:
        return " ".join(self._recipients)

    def _forget(self) -> None:
        self._in_body = self._is_foreign = False
        self._sender, self._recipients, self._parts = None, [], []
        self._heads, self._tail, self._size = b"", b"\r\n", 0
