"""From whom to whom, in the words of SMTP, and the message as it goes over the line."""

from __future__ import annotations

import re
from dataclasses import dataclass

from newsletter.sending.transport import Kind, Outcome, Stage

# Nothing that ends a command or begins another one; quoted names are nobody's whom we mail.
_ADDRESS = re.compile(r"[^\s<>@\"\\,;:()\x00-\x20\x7f-\x9f]{1,64}@[^\s<>@\"\\,;:()\x00-\x20\x7f-\x9f]{1,253}")
_ALONE = re.compile(rb"\r(?!\n)|(?<!\r)\n")


class UnsendableError(Exception):
    """Nothing was said to the server: `outcome` says why."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.text)
        self.outcome = outcome


@dataclass(frozen=True, slots=True)
class Envelope:
    """Checked addresses with ASCII domains, and what the message asks of the server."""

    sender: str
    recipient: str
    size: int
    is_8bit: bool
    needs_utf8: bool

    @classmethod
    def of(cls, message: bytes, sender: str, recipient: str) -> Envelope:
        """UnsendableError for an address that could not be written into a command, whatever stands in the database."""
        ours = _plain(sender, Outcome(Kind.SENDER_FAULT, Stage.MAIL, None, "5.1.7", "The sender is no address."))
        theirs = _plain(recipient, Outcome(Kind.REJECTED, Stage.RCPT, None, "5.1.3", "The recipient is no address."))
        is_8bit = not message.isascii()
        heads = message[: message.find(b"\r\n\r\n")] if is_8bit else b""
        return cls(ours, theirs, len(message), is_8bit, not (ours + theirs).isascii() or not heads.isascii())

    def commands(self, features: dict[str, str]) -> tuple[bytes, bytes]:
        """MAIL and RCPT for a server that offers these; UnsendableError when it cannot take this message."""
        parameters = [f"SIZE={self.size}"] if "size" in features else []
        if self.is_8bit or self.needs_utf8:
            parameters.append("BODY=8BITMIME")
        if self.is_8bit and "8bitmime" not in features:
            text = "The server takes no 8-bit messages."
            raise UnsendableError(Outcome(Kind.SENDER_FAULT, Stage.MAIL, None, "5.6.3", text))
        if self.needs_utf8:
            if "smtputf8" not in features:
                raise UnsendableError(self._foreign())
            parameters.append("SMTPUTF8")
        mail = " ".join([f"MAIL FROM:<{self.sender}>", *parameters])
        return f"{mail}\r\n".encode(), f"RCPT TO:<{self.recipient}>\r\n".encode()

    def _foreign(self) -> Outcome:
        text = "The server knows no addresses beyond ASCII."
        if self.recipient.isascii():
            return Outcome(Kind.SENDER_FAULT, Stage.MAIL, None, "5.6.7", text)
        return Outcome(Kind.REJECTED, Stage.RCPT, None, "5.6.7", text)


class Prepared(bytes):
    """A message that is as it goes over the line already: what `on_the_line` gave back, or would give back.

    Whoever makes ten thousand messages of one skeleton looks at the skeleton once, and at what differs each time.
    """

    __slots__ = ()


def on_the_line(message: bytes) -> Prepared:
    """All of the message but its end: every line ends in CRLF, and none is the lone dot that would end it early.

    Another kind of line end, alone, is where one server sees an end and the next sees none (SMTP smuggling).

    >>> bytes(on_the_line(b"Ahoy\\n.\\r\\nmate"))
    b'Ahoy\\r\\n..\\r\\nmate\\r\\n'
    """
    if isinstance(message, Prepared):
        return message
    if not message.count(b"\r") == message.count(b"\n") == message.count(b"\r\n"):
        message = _ALONE.sub(b"\r\n", message)
    if b"\n." in message:
        message = message.replace(b"\n.", b"\n..")
    if message.startswith(b"."):
        message = b"." + message
    return Prepared(message if message.endswith(b"\r\n") else message + b"\r\n")


def _plain(address: str, wrong: Outcome) -> str:
    """With an ASCII domain. The empty sender of a notice is none that we would use."""
    name, _, domain = address.rpartition("@")
    try:
        plain = address if domain.isascii() else f"{name}@{domain.encode('idna').decode()}"
    except UnicodeError as error:
        raise UnsendableError(wrong) from error
    if not _ADDRESS.fullmatch(plain):
        raise UnsendableError(wrong)
    return plain
