"""A connection to a mail server that is secured and logged in as asked, or none at all."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from newsletter.sending.refusals import lost, refused
from newsletter.sending.transport import Kind, Outcome, Stage
from newsletter.sending.wire import Answer, Wire


class Security(StrEnum):
    PLAIN = "plain"
    STARTTLS = "starttls"
    TLS = "tls"


@dataclass(frozen=True, slots=True)
class Server:
    """Where to send. `name` is what we call ourselves; `context` says whom to trust, when not the system's own."""

    host: str
    port: int
    security: Security = Security.TLS
    username: str = ""
    password: str = ""
    name: str = "localhost"
    context: ssl.SSLContext | None = None


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds. The last two are of RFC 5321, 4.5.3.2: who gives up sooner sends twice."""

    connect: float = 30
    talk: float = 60
    envelope: float = 120
    body: float = 180
    answer: float = 600
    mark: float = (
        300  # from the mark's beginning to the end of the message; a third of the time after which it is doubted
    )


class FailedError(Exception):
    """The message did not go; `outcome` says how far it came."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.text)
        self.outcome = outcome


def connect(server: Server, patience: Patience, at: Callable[[Stage], None]) -> Wire:
    """FailedError says why not, and leaves nothing open: least of all a line in the clear where TLS was asked for."""
    wire = Wire(server.name)
    wire.patience = patience.talk
    stage = Stage.CONNECT
    try:
        for stage, step in _steps(wire, server, patience):
            step()
            at(stage)
    except BaseException as error:
        wire.close()
        if isinstance(error, OSError | UnicodeError):
            raise FailedError(_outcome(stage, error)) from error
        raise
    return wire


def _steps(wire: Wire, server: Server, patience: Patience) -> Iterator[tuple[Stage, Callable[[], None]]]:
    yield Stage.CONNECT, lambda: wire.connect_to(server.host, server.port, patience.connect)
    if server.security is Security.TLS:
        yield Stage.TLS, lambda: wire.secure(server.context or _system_trust(), server.host)
    yield Stage.GREETING, lambda: _expect(Stage.GREETING, wire.answer())
    yield Stage.EHLO, lambda: _say_hello(wire)
    if server.security is Security.STARTTLS:
        yield Stage.TLS, lambda: _start_tls(wire, server)
        yield Stage.EHLO, lambda: _say_hello(wire)
    if server.username:
        yield Stage.AUTH, lambda: _log_in(wire, server)


@lru_cache(maxsize=1)
def _system_trust() -> ssl.SSLContext:
    """Reading every authority takes tens of milliseconds, and is done once a process."""
    return ssl.create_default_context()


def _say_hello(wire: Wire) -> None:
    code, text = wire.ehlo()
    if code in {500, 502, 504}:  # older than 1995
        code, text = wire.helo()
    _expect(Stage.EHLO, Answer(code, text.decode("utf-8", "replace")))


def _start_tls(wire: Wire, server: Server) -> None:
    if not wire.has_extn("starttls"):
        raise FailedError(Outcome(Kind.SENDER_FAULT, Stage.TLS, text="The server offers no TLS."))
    wire.put(b"STARTTLS\r\n")
    _expect(Stage.TLS, wire.answer())
    wire.secure(server.context or _system_trust(), server.host)


def _log_in(wire: Wire, server: Server) -> None:
    try:
        wire.login(server.username, server.password)
    except smtplib.SMTPAuthenticationError as error:
        said = error.smtp_error
        text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
        raise FailedError(refused(Stage.AUTH, Answer(error.smtp_code, text))) from error


def _expect(stage: Stage, answer: Answer) -> None:
    if answer.code // 100 != 2:
        raise FailedError(refused(stage, answer))


def _outcome(stage: Stage, error: OSError | UnicodeError) -> Outcome:
    """A certificate that does not hold, or a way to log in that the server has not, is no passing trouble."""
    is_ours = isinstance(error, ssl.SSLCertVerificationError | UnicodeError) or (
        stage is Stage.AUTH
        and isinstance(error, smtplib.SMTPException)
        and not isinstance(error, smtplib.SMTPServerDisconnected)
    )
    return Outcome(Kind.SENDER_FAULT, stage, text=str(error)[:500]) if is_ours else lost(stage, error)
