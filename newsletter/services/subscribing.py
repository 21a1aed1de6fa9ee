"""What a reader, or an editor for them, does with a subscription."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

from django.db import transaction
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.models import User
from newsletter import limits
from newsletter.addresses import Mailbox, address_hmac, read_mailbox
from newsletter.keys import digest
from newsletter.mail import post_plain
from newsletter.models import Consent, SignUp, Subscriber, SubscriberToken, Suppression
from newsletter.sending.readers import forget_reader
from newsletter.services.consents import note
from newsletter.services.settling import hash_of, wake_settling
from newsletter.services.suppressing import LIFTED_BY_THEMSELVES, suppress, suppression_of, unsuppress
from newsletter.wishes import Wishes
from newsletter.wording import CURRENT

State, Purpose, Kind = Subscriber.State, SubscriberToken.Purpose, Consent.Kind
MOST_WEEKS = 26


class CannotAddError(Exception):
    """An editor may not put this address on the list: its reader left, complained or bounced."""


class Standing(Enum):
    """What a link from a mail can still do."""

    OPEN = "one press away"
    USED = "pressed already"
    LOST = "not whole, too old, or overtaken by another step"
    HELD = "the address is suppressed for a reason that only an editor takes back"


@dataclass(frozen=True, slots=True)
class Proved:
    """A link from a mail as it stands; `link` is None when it is LOST."""

    standing: Standing
    link: SubscriberToken | None = None

    @property
    def is_change(self) -> bool:
        return self.link is not None and self.link.purpose == Purpose.CHANGE


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What a press of the button led to; `subscriber` is None when it led to nothing."""

    proved: Proved
    subscriber: Subscriber | None = None


@transaction.atomic
def subscribe(*, mailbox: Mailbox, wishes: Wishes, form: str, network_tag: bytes) -> None:
    """Note that somebody wants the weekly email at this address. Looks nothing up: see services/settling.py."""
    wait_in_line(mailbox, wishes, form, network_tag)


@transaction.atomic
def ask_for_address(*, subscriber: Subscriber, mailbox: Mailbox, form: str, network_tag: bytes) -> bool:
    """Note that a subscriber wants the mail elsewhere; a mail goes there first. False when asked too often."""
    if not limits.take(limits.CHANGES, digest("newsletter.change", b"%d" % subscriber.pk)):
        return False
    wait_in_line(mailbox, Wishes(), form, network_tag, subscriber)
    return True


def look_at(token: str) -> Proved:
    """How a link from a mail stands. Changes nothing."""
    link = SubscriberToken.objects.select_related("subscriber").filter(hash=hash_of(token)).first()
    if link is None:
        return Proved(Standing.LOST)
    if link.used_at:
        return Proved(Standing.USED, link)
    key = read_mailbox(link.address).key
    is_change = link.purpose == Purpose.CHANGE
    is_overtaken = link.subscriber.state != State.ACTIVE if is_change else key != link.subscriber.address_key
    if is_overtaken or link.expires_at <= timezone.now():
        return Proved(Standing.LOST)
    suppression = suppression_of(key)
    if suppression and suppression.reason not in LIFTED_BY_THEMSELVES:
        return Proved(Standing.HELD, link)
    return Proved(Standing.OPEN, link)


@transaction.atomic
def confirm(token: str, *, form: str, network_tag: bytes) -> Confirmed:
    """The press of the button in a mail: whoever has the link reads that mailbox. Harmless twice."""
    proved = look_at(token)
    if proved.link is None:
        return Confirmed(proved)
    subscriber = Subscriber.objects.select_for_update().filter(pk=proved.link.subscriber_id).first()
    proved = look_at(token)  # as it stands now that nobody else can move it
    if subscriber is None or proved.link is None or proved.standing != Standing.OPEN:
        return Confirmed(proved)
    link = proved.link
    link.used_at = timezone.now()
    link.save(update_fields=["used_at"])
    (_move if proved.is_change else _activate)(subscriber, link, form, network_tag)
    return Confirmed(proved, subscriber)


@transaction.atomic
def unsubscribe(subscriber: Subscriber, how: str, *, source: str = "") -> None:
    """No weekly email from the commit on; `how` says by which form or program, `source` from where an editor knows.

    Harmless when repeated.
    """
    locked = Subscriber.objects.select_for_update().filter(pk=subscriber.pk).first()
    if locked is None or locked.state == State.UNSUBSCRIBED:
        return
    locked.state, locked.ended_at = State.UNSUBSCRIBED, timezone.now()
    locked.save(update_fields=["state", "ended_at"])
    locked.tokens.filter(used_at=None).delete()  # a link from before must not undo this
    note(locked, Kind.WITHDRAWN, form=how, source=source)
    suppress(locked.address_key, Suppression.Reason.UNSUBSCRIBED, source=how)


def unsubscribe_number(number: int, how: str) -> None:
    """The same for the number that a link names; whoever was erased gets nothing anyhow."""
    subscriber = Subscriber.objects.filter(pk=number).first()
    if subscriber:
        unsubscribe(subscriber, how)


@transaction.atomic
def change_preferences(subscriber: Subscriber, *, wishes: Wishes, only_followed: bool) -> None:
    """Follow exactly these, and whether weeks without news of them are left out."""
    subscriber.only_followed = only_followed
    subscriber.save(update_fields=["only_followed"])
    wishes.replace_in(subscriber)


def pause(subscriber: Subscriber, *, weeks: int) -> None:
    """Nothing for so many weeks from today; ValueError outside of 1 to 26."""
    if not 1 <= weeks <= MOST_WEEKS:
        raise ValueError(f"A pause lasts 1 to {MOST_WEEKS} weeks.")
    subscriber.paused_until = timezone.now().date() + timedelta(weeks=weeks)
    subscriber.save(update_fields=["paused_until"])


def resume(subscriber: Subscriber) -> None:
    """The next issue comes again."""
    subscriber.paused_until = None
    subscriber.save(update_fields=["paused_until"])


@transaction.atomic
def erase(subscriber: Subscriber, *, form: str, source: str = "") -> None:
    """Delete everything about a subscriber but the keyed hash: the steps of the consent, and that no mail is wanted."""
    locked = Subscriber.objects.select_for_update().filter(pk=subscriber.pk).first()
    if locked is None:
        return
    note(locked, Kind.ERASED, form=form, source=source)
    suppress(locked.address_key, Suppression.Reason.ERASED, source=form)
    SignUp.objects.filter(address__iexact=locked.address).delete()
    forget_reader(locked.pk)
    locked.delete()


def erase_account(user: User) -> None:
    """Whoever closes an account has everything under its address deleted, the subscription too."""
    subscriber = Subscriber.objects.of_account(user)
    if subscriber:
        erase(subscriber, form="account closed")


@transaction.atomic
def add_by_hand(
    *, address: str, source: str, kind: Consent.Kind = Kind.ADDED, wishes: Wishes | None = None
) -> tuple[Subscriber, bool]:
    """Put an address on the list whose consent an editor has from elsewhere, and whether it is new there.

    `source` says from where, and must say something. Of one who is there already nothing changes, wishes included.
    CannotAddError when the address is suppressed: what its reader or their mail server has said outweighs any list;
    ValidationError when it is no address.
    """
    if not source.strip():
        raise ValueError("A consent has a source.")
    mailbox = read_mailbox(address)
    if suppression_of(mailbox.key):
        raise CannotAddError(mailbox.address)
    hashed = address_hmac(mailbox.key)
    subscriber, _ = Subscriber.objects.select_for_update().get_or_create(
        address_key=mailbox.key, defaults={"address": mailbox.address, "address_hmac": hashed}
    )
    if subscriber.state == State.ACTIVE:
        return subscriber, False
    put_on_the_list(subscriber, mailbox.address)
    note(subscriber, kind, form="desk", source=source)
    (wishes or Wishes()).add_to(subscriber)
    return subscriber, True


def account_of(address: str) -> User | None:
    """The account that has proved this very address."""
    accounts = User.objects.alias(lowered=Lower("email")).exclude(verified_at=None)
    return accounts.filter(lowered=address.lower()).first()


def wait_in_line(
    mailbox: Mailbox, wishes: Wishes, form: str, network_tag: bytes, subscriber: Subscriber | None = None
) -> None:
    """Write down what a form sent, for a worker to look at."""
    SignUp.objects.create(
        address=mailbox.address,
        wishes=wishes.as_json(),
        subscriber=subscriber,
        form=form,
        wording=CURRENT,
        network_tag=network_tag,
    )
    wake_settling()


def _activate(subscriber: Subscriber, link: SubscriberToken, form: str, network_tag: bytes) -> None:
    """On the list, with what the form asked to follow; for one who is on it, only the latter."""
    if subscriber.state != State.ACTIVE:
        put_on_the_list(subscriber, link.address)
        note(subscriber, Kind.CONFIRMED, form=form, wording=CURRENT, network_tag=network_tag)
        unsuppress(subscriber.address_key)
    Wishes.from_json(link.wishes).add_to(subscriber)


def put_on_the_list(subscriber: Subscriber, address: str) -> None:
    """Active from now on, under this spelling, and known to the account that has proved it."""
    subscriber.address, subscriber.state, subscriber.user = address, State.ACTIVE, account_of(address)
    subscriber.confirmed_at, subscriber.ended_at, subscriber.paused_until = timezone.now(), None, None
    subscriber.save(update_fields=["address", "state", "user", "confirmed_at", "ended_at", "paused_until"])


def _move(subscriber: Subscriber, link: SubscriberToken, form: str, network_tag: bytes) -> None:
    """To the new address, which takes in whatever was subscribed there; the old one is told."""
    mailbox, old = read_mailbox(link.address), subscriber.address
    other = Subscriber.objects.select_for_update().filter(address_key=mailbox.key).exclude(pk=subscriber.pk).first()
    if other:
        Wishes.of(other).add_to(subscriber)
        note(other, Kind.CHANGED, form=f"taken over by {subscriber.pk}", network_tag=network_tag)
        other.delete()
    note(subscriber, Kind.CHANGED, form=form, network_tag=network_tag)
    subscriber.address, subscriber.address_key = mailbox.address, mailbox.key
    subscriber.address_hmac, subscriber.user = address_hmac(mailbox.key), account_of(mailbox.address)
    subscriber.save(update_fields=["address", "address_key", "address_hmac", "user"])
    note(subscriber, Kind.CONFIRMED, form=form, wording=CURRENT, network_tag=network_tag)
    unsuppress(mailbox.key)
    subscriber.tokens.filter(used_at=None).delete()
    post_plain("changed", to=old)
