"""The weekly email through a provider's HTTP interface, as django-anymail speaks it.

An HTTP request cannot stop just before its end. So the mark is set before the request begins, and from then on only an
answer, or a connection that never was, leaves no doubt. Where a provider folds requests that carry the same key, the
second copy of a doubtful message carries the key of the first.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from contextlib import suppress
from email import message_from_bytes, policy
from email.message import EmailMessage as Mime
from typing import Any

import requests
from anymail.exceptions import AnymailError, AnymailInvalidAddress, AnymailRecipientsRefused
from django.core.mail import EmailMultiAlternatives, mailers
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NameResolutionError, NewConnectionError

from newsletter.sending.transport import Kind, Outcome, Stage

SECONDS = (30, 300)  # to connect, and for the answer
# What the provider writes itself, from what it is told.
_MADE_BY_THEM = {"from", "to", "subject", "date", "mime-version", "content-type", "content-transfer-encoding"}
_LATER = frozenset({408, 409, 423, 425, 429, 503})
_BAD_INPUT = frozenset({400, 406, 422})
_ABOUT_RECIPIENT = re.compile(r"\brecipient|[`'\"]to[`'\"]", re.IGNORECASE)
_NEVER_CONNECTED = (NewConnectionError, NameResolutionError, ConnectTimeoutError)


class _RefusedError(Exception):
    """The mark said no: nothing was sent."""


class ProviderTransport:
    """One session with the provider of a mailer: `alias` names an entry of MAILERS whose backend is Anymail's."""

    def __init__(self, alias: str = "default", *, at: Callable[[Stage], None] = lambda _stage: None) -> None:
        self._alias = alias
        self._gate = _Gate(at)
        self._backend: Any = None  # Anymail's AnymailRequestsBackend, which has no types

    def open(self) -> None:
        """There is nothing to do ahead of a request."""

    def deliver(self, message: bytes, sender: str, recipient: str, mark: Callable[[], bool]) -> Outcome:
        """One message to one mailbox. The sender of the envelope is the provider's own choice."""
        backend = self._session()
        mime = message_from_bytes(message, policy=policy.default)
        made = _for_provider(mime, recipient, backend.esp_name)
        self._gate.expect(mark, str(mime["Message-ID"]) if backend.esp_name == "Resend" else "")
        try:
            backend.send_messages([made])
        except _RefusedError:
            return Outcome(Kind.ABORTED, Stage.MARK, text="The mark was refused.")
        except AnymailError as error:
            return _failure(error, recipient, is_sent=self._gate.is_open)
        except BaseException:
            self.close()
            raise
        return _answer(getattr(made, "anymail_status"), recipient)  # noqa: B009 (Anymail sets it)

    def close(self) -> None:
        """Let go of the session. Harmless twice."""
        if self._backend is not None:
            with suppress(requests.RequestException):
                self._backend.close()
            self._backend = None

    def _session(self) -> Any:
        if self._backend is None:
            self._backend = mailers[self._alias]
            self._backend.timeout = SECONDS
            self._backend.open()
            session = self._backend.session
            session.max_redirects = 0  # a request that is sent elsewhere is sent twice
            session.mount("https://", self._gate)
            session.mount("http://", self._gate)
        return self._backend


class _Gate(HTTPAdapter):
    """Where a request that is ready leaves for the network: the mark is set here, and nowhere else."""

    def __init__(self, at: Callable[[Stage], None]) -> None:
        super().__init__(max_retries=0)
        self._at = at
        self.expect(lambda: False, "")

    def expect(self, mark: Callable[[], bool], key: str) -> None:
        self._mark, self._key = mark, key
        self.is_open = False

    def send(self, request: requests.PreparedRequest, *arguments: Any, **options: Any) -> requests.Response:
        if self._key:
            request.headers["Idempotency-Key"] = self._key
        if not self._mark():
            raise _RefusedError
        self.is_open = True
        self._at(Stage.MARK)
        response = super().send(request, *arguments, **options)
        self._at(Stage.ANSWER)
        return response


def _for_provider(mime: Mime, recipient: str, provider: str) -> EmailMultiAlternatives:
    """The message in parts. Its Message-ID goes along as metadata, too: not every provider lets us choose it."""
    text, html = mime.get_body(("plain",)), mime.get_body(("html",))
    message_id = str(mime["Message-ID"])
    headers = {name: str(value) for name, value in mime.items() if name.lower() not in _MADE_BY_THEM}
    if provider == "Brevo":
        headers["idempotencyKey"] = str(uuid.uuid5(uuid.NAMESPACE_URL, f"mid:{message_id}"))
    made = EmailMultiAlternatives(
        subject=str(mime["Subject"]),
        body=text.get_content() if text else "",
        from_email=str(mime["From"]),
        to=[recipient],
        headers=headers,
    )
    if html:
        made.attach_alternative(html.get_content(), "text/html")
    setattr(made, "metadata", {"message_id": message_id})  # noqa: B010 (Anymail reads it)
    return made


def _answer(status: Any, recipient: str) -> Outcome:
    """Anymail also takes answers that it does not understand for a yes; we do not."""
    response = status.esp_response
    if status.status and status.status <= {"sent", "queued"}:
        found = status.message_id
        name = next(iter(found)) if isinstance(found, set) else found
        return Outcome(Kind.ACCEPTED, Stage.ANSWER, response.status_code, provider_id=str(name or ""))
    kind = _kind(response.status_code, response.text, recipient)
    return Outcome(kind, Stage.ANSWER, response.status_code, text=response.text[:500])


def _failure(error: AnymailError, recipient: str, *, is_sent: bool) -> Outcome:
    response = getattr(error, "response", None)
    if isinstance(error, AnymailInvalidAddress):
        return Outcome(Kind.REJECTED, Stage.RCPT, None, "5.1.3", str(error)[:500])
    if not is_sent:
        return Outcome(Kind.SENDER_FAULT, Stage.MAIL, text=str(error)[:500])
    if response is None:
        return _silence(error.__cause__ or error)
    text = response.text[:500]
    is_refused = isinstance(error, AnymailRecipientsRefused)
    kind = Kind.REJECTED if is_refused else _kind(response.status_code, response.text, recipient)
    return Outcome(kind, Stage.ANSWER, response.status_code, text=text)


def _kind(status: int, text: str, recipient: str) -> Kind:
    """What an answer means that is no plain yes. In doubt is one that says yes in words we do not understand, and one
    that may come from something between us and a provider who has the message.
    """
    if status in _LATER:
        return Kind.DEFERRED
    if status in _BAD_INPUT and (recipient.lower() in text.lower() or _ABOUT_RECIPIENT.search(text)):
        return Kind.REJECTED
    return Kind.SENDER_FAULT if 300 <= status < 500 else Kind.IN_DOUBT


def _silence(error: BaseException) -> Outcome:
    """No answer: certain only where no connection came about."""
    reason: Any = error.args[0] if error.args else None
    if isinstance(reason, MaxRetryError):
        reason = reason.reason
    text = str(error)[:500]
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return Outcome(Kind.SENDER_FAULT, Stage.TLS, text=text)
    if isinstance(reason, _NEVER_CONNECTED):
        return Outcome(Kind.DEFERRED, Stage.CONNECT, text=text)
    if isinstance(error, requests.TooManyRedirects):
        return Outcome(Kind.SENDER_FAULT, Stage.ANSWER, text=text)
    return Outcome(Kind.IN_DOUBT, Stage.ANSWER, text=text)
