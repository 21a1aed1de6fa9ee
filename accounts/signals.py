"""What happens whenever somebody has signed in: by code, passkey, provider or the admin's password."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from accounts.audit import Action, note, note_failure
from accounts.models import FailedTry, User
from accounts.registry import run_sign_in_steps

_PASSWORD = gettext_lazy("by password")
_WAYS = {
    "code": gettext_lazy("by emailed code"),
    "mfa": gettext_lazy("by passkey"),
    "socialaccount": gettext_lazy("by a provider"),
}


@receiver(user_logged_in, dispatch_uid="accounts.sign_in_steps")
def take_sign_in_steps(request: HttpRequest, user: User, **_: Any) -> None:
    run_sign_in_steps(request, user)


@receiver(user_logged_in, dispatch_uid="accounts.note_sign_in")
def note_sign_in(request: HttpRequest, user: User, **_: Any) -> None:
    """That somebody of the desk has signed in, and by what."""
    if user.is_staff:
        records = get_authentication_records(request, user) if hasattr(request, "session") else []
        note(by=user, action=Action.SIGNED_IN, words=str(_WAYS.get(records[-1]["method"]) if records else _PASSWORD))


@receiver(user_login_failed, dispatch_uid="accounts.count_failure")
def count_failure(credentials: dict[str, Any], **_: Any) -> None:
    """A wrong password. The account is looked up whether there is one or not, so that both take the same time."""
    tried = str(credentials.get("username") or credentials.get("email") or "")[:254]
    note_failure(FailedTry.Door.PASSWORD, User.objects.of_address(tried))
