"""An account and the subscription under the address that it has proved."""

from __future__ import annotations

from enum import Enum

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import User
from newsletter.addresses import address_hmac, read_mailbox
from newsletter.models import Consent, Subscriber, Suppression
from newsletter.services.consents import note
from newsletter.services.subscribing import put_on_the_list, wait_in_line
from newsletter.services.suppressing import LIFTED_BY_THEMSELVES, suppression_of, unsuppress
from newsletter.wishes import Wishes
from newsletter.wording import CURRENT

PROVED_BY_ACCOUNT = "button in the account, whose address was proved by a code"
# What somebody takes back who has not shown today that mail arrives: their own leaving.
LIFTED_BY_LEAVERS = frozenset({Suppression.Reason.UNSUBSCRIBED, Suppression.Reason.ERASED})


class Joined(Enum):
    """What a press of the button in an account leads to."""

    DONE = "on the list"
    ASKED = "a mail with a button goes out first"
    HELD = "the address is suppressed for a reason that only an editor takes back"
    CANNOT = "no weekly email can go to this address"


def link_account(user: User) -> Subscriber | None:
    """The subscription under the address that an account has proved; from now on it knows its account."""
    subscriber = Subscriber.objects.of_account(user)
    if subscriber and subscriber.user_id != user.pk:
        subscriber.user = user
        subscriber.save(update_fields=["user"])
    return subscriber


def look_at_account(user: User) -> Joined:
    """What the press would lead to. Changes nothing.

    Who has signed in by a code from that mailbox has shown what a mail with a button would show. That was some time
    ago, however: after a bounce, for an account that has proved nothing, and where another spelling of the mailbox is
    on the list, a mail goes out first.
    """
    try:
        mailbox = read_mailbox(user.email)
    except ValidationError:
        return Joined.CANNOT
    suppression = suppression_of(mailbox.key)
    if suppression and suppression.reason not in LIFTED_BY_THEMSELVES:
        return Joined.HELD
    if not user.verified_at or (suppression and suppression.reason not in LIFTED_BY_LEAVERS):
        return Joined.ASKED
    others = Subscriber.objects.filter(address_key=mailbox.key, state=Subscriber.State.ACTIVE)
    return Joined.ASKED if others.exclude(address__iexact=mailbox.address).exists() else Joined.DONE


@transaction.atomic
def subscribe_account(user: User, *, network_tag: bytes) -> Joined:
    """The press of the button. Harmless twice."""
    joined = look_at_account(user)
    if joined not in (Joined.DONE, Joined.ASKED):
        return joined
    mailbox = read_mailbox(user.email)
    if joined == Joined.ASKED:
        wait_in_line(mailbox, Wishes(), "button in the account", network_tag)
        return joined
    subscriber, _ = Subscriber.objects.select_for_update().get_or_create(
        address_key=mailbox.key, defaults={"address": mailbox.address, "address_hmac": address_hmac(mailbox.key)}
    )
    if subscriber.state != Subscriber.State.ACTIVE:
        put_on_the_list(subscriber, mailbox.address)
        note(subscriber, Consent.Kind.CONFIRMED, form=PROVED_BY_ACCOUNT, wording=CURRENT, network_tag=network_tag)
        unsuppress(mailbox.key)
    return joined
