"""What follows from a form, done by a worker after the request has been answered.

The request writes one row and looks nothing up, so neither its answer nor the time it takes can tell whether an address
is known, unknown, waiting, suppressed or bouncing. Here it is looked at, and at most one mail is written.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import secrets
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from newsletter import limits
from newsletter.addresses import address_hmac, read_mailbox
from newsletter.mail import post_link, post_notice
from newsletter.models import Consent, SignUp, Subscriber, SubscriberToken
from newsletter.services.consents import note
from newsletter.services.suppressing import LIFTED_BY_THEMSELVES, suppression_of
from newsletter.wishes import Wishes

logger = logging.getLogger(__name__)

GOOD_FOR = timedelta(days=7)
_MOST_AT_ONCE = 500


def wake_settling() -> None:
    """Have the forms looked at soon after this transaction; without a broker the next round does it.

    It is never done from here instead: how long that took would tell what was found.
    """
    from newsletter.tasks import settle_sign_ups_task

    def wake() -> None:
        with contextlib.suppress(OSError, OperationalError):
            settle_sign_ups_task.apply_async(retry=False)

    transaction.on_commit(wake)


def settle_sign_ups() -> int:
    """Look at every form that waits; returns how many were settled. Harmless twice and in parallel.

    One that fails is logged and waits for the next round, without keeping those behind it.
    """
    count = 0
    for pk in list(SignUp.objects.order_by("pk").values_list("pk", flat=True)[:_MOST_AT_ONCE]):
        try:
            count += _settle(pk)
        except Exception:
            logger.exception("A form for the weekly email could not be settled.")
    return count


@transaction.atomic
def _settle(pk: int) -> bool:
    sign_up = SignUp.objects.select_for_update(skip_locked=True).filter(pk=pk).first()
    if sign_up is None:
        return False  # another worker was quicker
    mailbox = read_mailbox(sign_up.address)
    sign_up.delete()
    if not limits.take(limits.MAILS, address_hmac(mailbox.key)):
        return True
    suppression = suppression_of(mailbox.key)
    if suppression and suppression.reason not in LIFTED_BY_THEMSELVES:
        return True
    if sign_up.subscriber_id:
        _mail_new_address(sign_up, sign_up.subscriber_id)
    else:
        _mail_stranger(sign_up, key=mailbox.key)
    return True


def _mail_stranger(sign_up: SignUp, *, key: str) -> None:
    """One who is on the list hears so, at the address that is on the list; everybody else gets the button."""
    subscriber, _ = Subscriber.objects.select_for_update().get_or_create(
        address_key=key, defaults={"address": sign_up.address, "address_hmac": address_hmac(key)}
    )
    is_active = subscriber.state == Subscriber.State.ACTIVE
    wishes = Wishes.from_json(sign_up.wishes)
    if not is_active:
        subscriber.asked_at = sign_up.sent_at
        subscriber.save(update_fields=["asked_at"])
        tag = bytes(sign_up.network_tag)
        note(subscriber, Consent.Kind.ASKED, form=sign_up.form, wording=sign_up.wording, network_tag=tag)
        post_link("confirm", to=sign_up.address, token=_new_link(subscriber, sign_up.address, wishes))
    elif wishes:
        token = _new_link(subscriber, subscriber.address, wishes)
        post_link("follow", to=subscriber.address, token=token)
    else:
        post_notice("already", to=subscriber.address, subscriber=subscriber)


def _mail_new_address(sign_up: SignUp, pk: int) -> None:
    subscriber = Subscriber.objects.select_for_update().get(pk=pk)
    if subscriber.state == Subscriber.State.ACTIVE:
        token = _new_link(subscriber, sign_up.address, purpose=SubscriberToken.Purpose.CHANGE)
        post_link("change", to=sign_up.address, token=token)


def hash_of(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _new_link(
    subscriber: Subscriber,
    address: str,
    wishes: Wishes | None = None,
    purpose: SubscriberToken.Purpose = SubscriberToken.Purpose.CONFIRM,
) -> str:
    """A fresh random token, of which only the hash is kept. Those before it stay good until they expire."""
    token = secrets.token_urlsafe(32)
    SubscriberToken.objects.create(
        hash=hash_of(token),
        subscriber=subscriber,
        purpose=purpose,
        address=address,
        wishes=(wishes or Wishes()).as_json(),
        expires_at=timezone.now() + GOOD_FOR,
    )
    return token
