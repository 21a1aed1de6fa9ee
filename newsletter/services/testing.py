"""An issue on trial: the same message to a few people who are named, before anybody else gets it."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import audit
from accounts.models import User
from accounts.services import post_mail
from newsletter.addresses import Mailbox, address_hmac, read_mailbox
from newsletter.keys import digest
from newsletter.limits import Limit, take
from newsletter.models import Issue, Subscriber
from newsletter.rendering import (
    NoPostalAddressError,
    Reader,
    Rendered,
    fill,
    list_headers,
    readers_of,
    render,
    require_postal_address,
    sample_reader,
)
from tools.figures import number

MOST_ADDRESSES = 10
# To one mailbox, and in all: a way to try an issue out, and not to send it.
TO_ONE = Limit("tests to one", 12, timedelta(hours=1))
IN_ALL = Limit("tests", 30, timedelta(hours=1))
_EVERYBODY = "newsletter.tests"


class CannotTestError(Exception):
    """Why no test is sent, as a sentence for an editor."""


@transaction.atomic
def send_test(
    issue: Issue, addresses: Iterable[str], as_subscriber: Subscriber | None = None, by: User | None = None
) -> list[str]:
    """Send an issue as it stands to at most ten addresses, as `as_subscriber` would get it; returns the addresses.

    A worker sends it after the commit, through the mail server of all other mail. The links in it end no
    subscription but that of whoever gets it: for an address that is on no list they lead nowhere. CannotTestError
    when nothing is sent at all.
    """
    mailboxes = _read(addresses)
    try:
        require_postal_address()
    except NoPostalAddressError as problem:
        raise CannotTestError(str(problem)) from problem
    _count(mailboxes)
    rendered = render(issue)
    for mailbox in mailboxes:
        _post(rendered, _reader(mailbox, as_subscriber))
    told = ngettext("Sent a test to %(count)s address.", "Sent a test to %(count)s addresses.", len(mailboxes))
    audit.note(by=by, action=audit.Action.CHANGED, about=issue, words=told % {"count": number(len(mailboxes))})
    return [mailbox.address for mailbox in mailboxes]


def _read(addresses: Iterable[str]) -> list[Mailbox]:
    found: dict[str, Mailbox] = {}
    for typed in addresses:
        try:
            mailbox = read_mailbox(typed)
        except ValidationError as problem:
            said = _("“%(typed)s”: %(why)s")
            raise CannotTestError(
                said % {"typed": " ".join(typed.split())[:80], "why": problem.messages[0]}
            ) from problem
        found.setdefault(mailbox.key, mailbox)
    if not found:
        raise CannotTestError(_("Name somebody who is to get the test."))
    if len(found) > MOST_ADDRESSES:
        said = _("A test goes to %(most)s addresses at most.")
        raise CannotTestError(said % {"most": number(MOST_ADDRESSES)})
    return list(found.values())


def _count(mailboxes: Iterable[Mailbox]) -> None:
    if not take(IN_ALL, digest(_EVERYBODY, b"")):
        raise CannotTestError(_("There were enough tests for now. Wait a while, then send the next one."))
    for mailbox in mailboxes:
        if not take(TO_ONE, address_hmac(mailbox.key)):
            said = _("%(address)s had enough tests for now. Leave it out, or wait a while.")
            raise CannotTestError(said % {"address": mailbox.address})


def _reader(mailbox: Mailbox, like: Subscriber | None) -> Reader:
    """Whose links are in it: their own, letter for letter the same mailbox, or nobody's."""
    sample = sample_reader(mailbox.address, like)
    own = Subscriber.objects.filter(address__iexact=mailbox.address, state=Subscriber.State.ACTIVE).first()
    if own is None:
        return sample
    reader = next(readers_of([own]))
    if like is None:
        return reader
    return replace(reader, tools=sample.tools, categories=sample.categories, reviewers=sample.reviewers)


def _post(rendered: Rendered, reader: Reader) -> None:
    html, text = fill(rendered, reader)
    domain = settings.NEWSLETTER_LIST_ID
    headers = {**list_headers(rendered, reader), "Message-ID": f"<test.{secrets.token_hex(16)}@{domain}>"}
    # What a test is in a list of mails: nobody takes it for the issue.
    subject = _("[Test] %(subject)s") % {"subject": rendered.subject}
    post_mail(to=reader.address, subject=subject, text=text, html=html, headers=headers)
