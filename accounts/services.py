"""Every write about people."""

from __future__ import annotations

import logging
import secrets
from datetime import timedelta
from email import policy as policies
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal.auth import WebAuthn
from allauth.socialaccount.models import SocialAccount
from django.contrib.admin.models import LogEntry
from django.contrib.auth.hashers import make_password
from django.contrib.contenttypes.models import ContentType
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from accounts.mail import words
from accounts.models import CacheRow, OutgoingMail, OwnedSession, User
from accounts.registry import run_closing_steps

logger = logging.getLogger(__name__)


def prepare_editor(*, email: str, name: str) -> tuple[User, str | None]:
    """A superuser for a first look round, with a fresh password; an account that exists is left alone (None)."""
    existing = User.objects.filter(email__iexact=email).first()
    if existing:
        return existing, None
    password = secrets.token_urlsafe(9)
    return User.objects.create_superuser(email, password, name=name), password


@transaction.atomic
def admit(email: str) -> User:
    """The account of an address that somebody has just proved to be theirs, opened now if there is none."""
    user, _ = User.objects.get_or_create(
        email__iexact=email, defaults={"email": email.lower(), "password": make_password(None)}
    )
    note_proof(user)
    return user


def note_proof(user: User) -> None:
    """Remember when a person first proved that the address of their account is theirs."""
    if user.verified_at is None:
        user.verified_at = timezone.now()
        user.save(update_fields=["verified_at"])


@transaction.atomic
def add_passkey(user: User, *, name: str, credential: dict[str, Any]) -> Authenticator:
    """Let what the device answered open the account from now on, and tell its owner by mail."""
    added = WebAuthn.add(user, name, credential).instance
    post_mail(to=user.email, **words("passkey_added", name=name))
    return added


def rename_passkey(passkey: Authenticator, *, name: str) -> None:
    passkey.wrap().name = name
    passkey.save(update_fields=["data"])


def remove_passkey(passkey: Authenticator) -> None:
    passkey.delete()


def disconnect(user: User, *, provider: str) -> bool:
    """Forget what links a person to a provider; an emailed code still opens the account. False if nothing did."""
    deleted, _ = SocialAccount.objects.filter(user=user, provider=provider).delete()
    return bool(deleted)


@transaction.atomic
def close_account(user: User) -> None:
    """Delete a person with everything that is kept about them: other apps' rows go with the row they point to.

    Their sessions are among these rows. Apart from them, a sign-in begun on another device holds the address. What is
    being written about the person is waited for or fails: from the lock on, nobody can point at this row.
    """
    run_closing_steps(user)
    locked = User.objects.select_for_update().filter(pk=user.pk).first()
    if locked is None:
        return
    OwnedSession.objects.filter(address=locked.email.lower()).delete()
    OutgoingMail.objects.filter(to__iexact=locked.email).delete()
    about = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(User), object_id=str(locked.pk))
    about.update(object_repr=f"account {locked.pk}")
    locked.delete()


def clear_expired_cache() -> int:
    """Forget rate limits that no longer limit; returns how many."""
    deleted, _ = CacheRow.objects.filter(expires__lt=timezone.now()).delete()
    return deleted


def clear_expired_sessions() -> int:
    """Forget sessions that nobody can use any more; returns how many."""
    deleted, _ = OwnedSession.objects.filter(expire_date__lt=timezone.now()).delete()
    return deleted


def post_mail(*, to: str, subject: str, text: str, html: str = "", headers: dict[str, str] | None = None) -> None:
    """Write a mail down; a worker sends it after the commit.

    Without a broker there is no worker to wake: then it is sent from here, so that somebody who wants to sign in is
    not kept waiting. What could not be handed over stays written down and is tried again every minute.
    """
    from accounts.tasks import send_mail_task

    mail = OutgoingMail.objects.create(to=to, subject=subject, text=text, html=html, headers=headers or {})

    def wake() -> None:
        try:
            send_mail_task.apply_async((mail.pk,), retry=False)
        except (OSError, OperationalError):
            send_mail(mail.pk)

    transaction.on_commit(wake)


class _LongLinedMail(EmailMultiAlternatives):
    """A mail whose header lines may be as long as the standard allows (RFC 5322: 998).

    Python cuts a longer word at 78 characters and encodes it, after which no mail program finds the address in
    List-Unsubscribe.
    """

    def message(self, *, policy: Any = policies.default) -> Any:
        return super().message(policy=policy.clone(max_line_length=998))


@transaction.atomic
def send_mail(pk: int) -> bool:
    """Hand one written mail to the mail server and delete it; False when it is gone or the server would not take it.

    The row is locked meanwhile, so that two workers never send one mail.
    """
    mail = OutgoingMail.objects.select_for_update(skip_locked=True).filter(pk=pk).first()
    if mail is None:
        return False
    message = _LongLinedMail(mail.subject, mail.text, to=[mail.to], headers=mail.headers)
    if mail.html:
        message.attach_alternative(mail.html, "text/html")
    try:
        message.send()
    except OSError as error:  # smtplib's errors are among them
        logger.warning("Mail %s was not taken and will be tried again: %s", mail.pk, type(error).__name__)
        return False
    mail.delete()
    return True


def send_waiting_mail() -> int:
    """Try again what has been waiting for a minute, and give up after a day; returns how many were sent."""
    now = timezone.now()
    OutgoingMail.objects.filter(written_at__lt=now - timedelta(days=1)).delete()
    waiting = OutgoingMail.objects.filter(written_at__lt=now - timedelta(minutes=1)).values_list("pk", flat=True)
    return sum(send_mail(pk) for pk in list(waiting[:200]))
