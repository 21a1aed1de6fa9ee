"""Every write about people."""

from __future__ import annotations

import logging
import secrets
from datetime import timedelta

from django.contrib.sessions.models import Session
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from accounts.models import OutgoingMail, User

logger = logging.getLogger(__name__)


def prepare_editor(*, email: str, name: str) -> tuple[User, str | None]:
    """A superuser for a first look round, with a fresh password; an account that exists is left alone (None)."""
    existing = User.objects.filter(email__iexact=email).first()
    if existing:
        return existing, None
    password = secrets.token_urlsafe(9)
    return User.objects.create_superuser(email, password, name=name), password


def clear_expired_sessions() -> int:
    """Forget sessions that nobody can use any more; returns how many."""
    deleted, _ = Session.objects.filter(expire_date__lt=timezone.now()).delete()
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


@transaction.atomic
def send_mail(pk: int) -> bool:
    """Hand one written mail to the mail server and delete it; False when it is gone or the server would not take it.

    The row is locked meanwhile, so that two workers never send one mail.
    """
    mail = OutgoingMail.objects.select_for_update(skip_locked=True).filter(pk=pk).first()
    if mail is None:
        return False
    message = EmailMultiAlternatives(mail.subject, mail.text, to=[mail.to], headers=mail.headers)
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
