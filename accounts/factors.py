"""Second factors: an app that shows codes, passkeys, and recovery codes for the day both are lost (decision 0032).

An emailed code proves a mailbox. Whoever works at the desk shows one thing more, once in each session.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.mfa.utils import decrypt, encrypt
from cryptography.fernet import InvalidToken
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts.mail import words
from accounts.models import OwnedSession, User
from accounts.services import post_mail

PERIOD = 30  # seconds that a code of an app is shown, RFC 6238
RECOVERY_DIGITS = 8
DRIFT = 1  # periods that a person's clock may be off
_T = Authenticator.Type
_FACTORS = (_T.TOTP, _T.WEBAUTHN)  # recovery codes stand in for these and are none by themselves


@dataclass(frozen=True)
class Factors:
    """What somebody has: the app's row, how many passkeys, the recovery codes' row."""

    app: Authenticator | None
    passkeys: int
    codes: Authenticator | None

    @property
    def has_any(self) -> bool:
        return bool(self.app or self.passkeys)

    @property
    def codes_left(self) -> int:
        return len(unused_codes(self.codes)) if self.codes else 0

    @property
    def codes_wait(self) -> bool:
        """Whether there are codes that their owner has not said to have kept."""
        return self.codes is not None and not RecoveryCodes(self.codes).did_view


def factors_of(user: User) -> Factors:
    """One query."""
    rows = list(Authenticator.objects.filter(user=user))
    by_type = {row.type: row for row in rows}
    passkeys = sum(row.type == _T.WEBAUTHN for row in rows)
    return Factors(by_type.get(_T.TOTP), passkeys, by_type.get(_T.RECOVERY_CODES))


def is_asked(user: Any) -> bool:
    """Whether this site wants a second factor of somebody."""
    return bool(settings.STAFF_SECOND_FACTOR and user.is_authenticated and user.is_active and user.is_staff)


def is_strong(request: HttpRequest) -> bool:
    """Whether this session has shown a factor that still exists. A passkey that signed in has been shown."""
    if not isinstance(request.user, User):
        return False
    records = get_authentication_records(request, request.user)
    shown = {record.get("id") for record in records if record["method"] == "mfa"}
    if not shown:
        return False
    held = dict(Authenticator.objects.filter(user=request.user).values_list("pk", "type"))
    return bool(shown & held.keys()) and any(kind in _FACTORS for kind in held.values())


def has_factor(user: User) -> bool:
    held: bool = Authenticator.objects.filter(user=user, type__in=_FACTORS).exists()
    return held


def may_open_desk(request: HttpRequest) -> bool:
    """For who may enter the admin: whether the second factor has been shown, where it is asked."""
    return not is_asked(request.user) or is_strong(request)


def show(request: HttpRequest, factor: Authenticator) -> None:
    """Note that this session has shown a factor; the session gets a new name, as at every step up."""
    post_authentication(request, factor)
    request.session.cycle_key()


@transaction.atomic
def use_code(user: User, code: str) -> Authenticator | None:
    """The factor that a typed code belongs to, None when it is none; each code works once.

    Of the app's codes those before the last one used are void too, so one that was looked at over a shoulder is worth
    nothing once its owner has typed it. The row is held meanwhile: of two at once only one counts.
    """
    if len(code) == RECOVERY_DIGITS:
        return _use_recovery(user, code)
    app = Authenticator.objects.select_for_update().filter(user=user, type=_T.TOTP).first()
    counter = _matching(_secret_of(app), code, after=app.data.get("last_counter", 0)) if app else None
    if app is None or counter is None:
        return None
    app.data["last_counter"] = counter
    app.save(update_fields=["data"])
    return app


def _use_recovery(user: User, code: str) -> Authenticator | None:
    codes = Authenticator.objects.filter(user=user, type=_T.RECOVERY_CODES).first()
    if codes is None or not _is_readable(codes) or not RecoveryCodes(codes).validate_code(code):
        return None
    codes.refresh_from_db()  # what was used up was noted on another copy of the row
    return codes


@transaction.atomic
def add_app(user: User, *, secret: str, code: str) -> Authenticator | None:
    """Let an app's codes count from now on, when `code` shows that it has the secret; None when it does not.

    Its owner is told by mail.
    """
    User.objects.select_for_update().get(pk=user.pk)
    counter = _matching(secret, code, after=0)
    if counter is None or Authenticator.objects.filter(user=user, type=_T.TOTP).exists():
        return None
    data = {"secret": encrypt(secret), "last_counter": counter}
    app = Authenticator.objects.create(user=user, type=_T.TOTP, data=data)
    ensure_codes(user)
    post_mail(to=user.email, **words("app_added"))
    return app


@transaction.atomic
def remove_app(user: User) -> None:
    """Its owner is told by mail. Recovery codes of nothing go with it."""
    removed, _ = Authenticator.objects.filter(user=user, type=_T.TOTP).delete()
    forget_lonely_codes(user)
    if removed:
        post_mail(to=user.email, **words("app_removed"))


def forget_lonely_codes(user: User) -> None:
    if not has_factor(user):
        Authenticator.objects.filter(user=user, type=_T.RECOVERY_CODES).delete()


@transaction.atomic
def ensure_codes(user: User) -> None:
    """Recovery codes for who has none yet."""
    User.objects.select_for_update().get(pk=user.pk)
    if not Authenticator.objects.filter(user=user, type=_T.RECOVERY_CODES).exists():
        Authenticator.objects.create(user=user, type=_T.RECOVERY_CODES, data=_fresh_codes())


@transaction.atomic
def renew_codes(user: User) -> None:
    """Ten new ones; those before are void. Told by mail."""
    ensure_codes(user)
    codes = Authenticator.objects.select_for_update().get(user=user, type=_T.RECOVERY_CODES)
    codes.data = _fresh_codes()
    codes.save(update_fields=["data"])
    post_mail(to=user.email, **words("codes_renewed"))


def unused_codes(codes: Authenticator) -> list[str]:
    unused: list[str] = RecoveryCodes(codes).get_unused_codes() if _is_readable(codes) else []
    return unused


def keep_codes(codes: Authenticator) -> None:
    """Their owner has them: they are not shown again."""
    RecoveryCodes(codes).mark_as_viewed()


@transaction.atomic
def reset_factors(user: User) -> int:
    """Take every factor from somebody who has lost them, passkeys too, and end their sessions; returns how many.

    Their next sign-in by emailed code leads to new ones. Told by mail.
    """
    removed = Authenticator.objects.filter(user=user).delete()[0]
    OwnedSession.objects.filter(user=user).delete()
    post_mail(to=user.email, **words("factors_reset"))
    return int(removed)


def _fresh_codes() -> dict[str, Any]:
    return {"seed": encrypt(RecoveryCodes.generate_seed()), "used_mask": 0}


def _secret_of(app: Authenticator) -> str:
    """Empty when the key that it was locked with is gone: then no code is right."""
    try:
        return str(decrypt(app.data["secret"]))
    except InvalidToken:
        return ""


def _is_readable(codes: Authenticator) -> bool:
    try:
        return bool(decrypt(codes.data["seed"]))
    except InvalidToken:
        return False


def _matching(secret: str, code: str, *, after: int) -> int | None:
    """The period whose code this is, within the drift and later than `after`."""
    now = int(timezone.now().timestamp()) // PERIOD
    fits = [
        counter
        for counter in range(now - DRIFT, now + DRIFT + 1)
        if secret and constant_time_compare(code, format_hotp_value(hotp_value(secret, counter)))
    ]
    return next((counter for counter in fits if counter > after), None)
