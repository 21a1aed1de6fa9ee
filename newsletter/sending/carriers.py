"""What carries the weekly email, by the settings: the mail server of MAIL_URL, or on one's own machine its mailbox."""

from __future__ import annotations

from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage as Mime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, mailers

from newsletter.sending.connecting import Security, Server
from newsletter.sending.smtp import SmtpTransport
from newsletter.sending.transport import Kind, Outcome, Stage, Transport

_SMTP = "django.core.mail.backends.smtp.EmailBackend"


def carrier_name() -> str:
    """By which all workers know the way out that they share."""
    options = _options()
    return f"{options['host']}:{options['port']}" if options else "local mailbox"


def new_transport(at: Callable[[Stage], None] = lambda _stage: None) -> Transport:
    """One for each worker."""
    options = _options()
    return SmtpTransport(_server(options), at=at) if options else Mailbox()


def _options() -> dict[str, Any]:
    """Those of the mail server; nothing when there is none."""
    mailer: dict[str, Any] = settings.MAILERS["default"]
    return dict(mailer["OPTIONS"]) if mailer["BACKEND"] == _SMTP else {}


def _server(options: dict[str, Any]) -> Server:
    security = Security.TLS if options["use_ssl"] else Security.STARTTLS if options["use_tls"] else Security.PLAIN
    return Server(
        *(options["host"], options["port"], security, options["username"], options["password"]),
        name=urlsplit(settings.SITE_URL).hostname or "localhost",
    )


class Mailbox:
    """Django's own way out, for a machine without a mail server."""

    def open(self) -> None:
        """There is nothing to open."""

    def deliver(self, message: bytes, sender: str, recipient: str, mark: Callable[[], bool]) -> Outcome:
        mime = message_from_bytes(message, policy=policy.default)
        if not mark():
            return Outcome(Kind.ABORTED, Stage.MARK)
        mailers["default"].send_messages([_Made(mime, sender, recipient)])
        return Outcome(Kind.ACCEPTED, Stage.ANSWER)

    def close(self) -> None:
        """There is nothing to close."""


class _Made(EmailMessage):
    """A message that needs no making any more."""

    def __init__(self, mime: Mime, sender: str, recipient: str) -> None:
        super().__init__(subject=str(mime["Subject"]), from_email=sender, to=[recipient])
        self._mime = mime

    def message(self, **_options: Any) -> Any:
        return self._mime


__all__ = ["Mailbox", "carrier_name", "new_transport"]
