"""What carries the weekly email, by the settings: the mail server or provider of NEWSLETTER_MAIL_URL or MAIL_URL, or on
one's own machine its mailbox.
"""

from __future__ import annotations

from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage as Mime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, mailers

from newsletter.sending.connecting import Security, Server
from newsletter.sending.providers import ProviderTransport
from newsletter.sending.smtp import SmtpTransport
from newsletter.sending.transport import Kind, Outcome, Stage, Transport

_SMTP = "django.core.mail.backends.smtp.EmailBackend"


def carrier_name() -> str:
    """By which all workers know the way out that they share."""
    options, provider = _options(), _provider()
    return f"{options['host']}:{options['port']}" if options else provider or "local mailbox"


def new_transport(at: Callable[[Stage], None] = lambda _stage: None) -> Transport:
    """One for each worker."""
    options = _options()
    if options:
        return SmtpTransport(_server(options), at=at)
    return ProviderTransport(_alias(), at=at) if _provider() else Mailbox()


def _alias() -> str:
    return "newsletter" if "newsletter" in settings.MAILERS else "default"


def _options() -> dict[str, Any]:
    """Those of the mail server; nothing when there is none."""
    mailer: dict[str, Any] = settings.MAILERS[_alias()]
    return dict(mailer["OPTIONS"]) if mailer["BACKEND"] == _SMTP else {}


def _provider() -> str:
    """The name of the provider that is spoken to over HTTP, if there is one."""
    backend = str(settings.MAILERS[_alias()]["BACKEND"])
    return backend.split(".")[2] if backend.startswith("anymail.") else ""


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
        mailers[_alias()].send_messages([_Made(mime, sender, recipient)])
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
