"""The mailbox for bounces: over IMAP, or a folder in the maildir format on this machine."""

from __future__ import annotations

import imaplib
import mailbox
import ssl
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

MOST_BYTES = 256 * 1024  # of one mail; a report says what it has to say before
MOST_AT_ONCE = 500

# Takes a mail and says whether it was a report that is now safe with us.
Take = Callable[[bytes], bool]


class MailboxError(Exception):
    """Why the mailbox could not be read, as a sentence for whoever looks after the site."""


def read_mailbox_at(url: str, take: Take) -> int:
    """Hand over every mail that nobody has seen: what was taken is deleted, all else is left there as seen.

    imaps://name:password@host/folder, or maildir:///var/mail/bounces. Returns how many were handed over; MailboxError
    says why it could not be read. Interrupted at any point it begins again with what was not yet deleted.
    """
    parts = urlsplit(url)
    try:
        if parts.scheme == "maildir":
            return _read_folder(Path(unquote(parts.path)), take)
        if parts.scheme == "imaps" and parts.hostname:
            return _read_imap(parts, take)
    except (OSError, imaplib.IMAP4.error, mailbox.Error) as error:
        said = error.args[0] if error.args else error
        words = said.decode("utf-8", "replace") if isinstance(said, bytes) else error
        raise MailboxError(f"The mailbox for bounces cannot be read: {words}") from error
    raise MailboxError("NEWSLETTER_BOUNCE_MAILBOX must look like imaps://name:password@host/INBOX or maildir:///path")


def _read_folder(path: Path, take: Take) -> int:
    box = mailbox.Maildir(path, factory=None, create=False)
    count = 0
    for key, mail in list(box.iteritems()):
        if "S" in mail.get_flags() or count >= MOST_AT_ONCE:
            continue
        with suppress(KeyError):  # another process was quicker
            count += 1
            if take(box.get_bytes(key)[:MOST_BYTES]):
                box.remove(key)
            else:
                mail.set_subdir("cur")
                mail.add_flag("S")
                box[key] = mail
    return count


def _read_imap(parts: SplitResult, take: Take) -> int:
    context = ssl.create_default_context()
    with imaplib.IMAP4_SSL(parts.hostname or "", parts.port or 993, ssl_context=context, timeout=60) as server:
        server.login(unquote(parts.username or ""), unquote(parts.password or ""))
        folder = unquote(parts.path.strip("/")) or "INBOX"
        status, _ = server.select(f'"{folder}"')
        if status != "OK":
            raise MailboxError(f"The mailbox for bounces has no folder {folder}.")
        _, found = server.uid("SEARCH", "UNSEEN")
        uids = (found[0] or b"").split()[:MOST_AT_ONCE]
        for uid in uids:
            _read_one(server, uid.decode(), take)
        server.expunge()
        return len(uids)


def _read_one(server: imaplib.IMAP4_SSL, uid: str, take: Take) -> None:
    _, fetched = server.uid("FETCH", uid, f"(BODY.PEEK[]<0.{MOST_BYTES}>)")
    raw = next((part[1] for part in fetched if isinstance(part, tuple)), None)
    if raw is not None:
        server.uid("STORE", uid, "+FLAGS", r"(\Deleted)" if take(raw) else r"(\Seen)")
