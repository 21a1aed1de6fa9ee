"""What happens whenever somebody has signed in: by code, passkey, provider or the admin's password."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.models import User
from accounts.registry import run_sign_in_steps


@receiver(user_logged_in, dispatch_uid="accounts.sign_in_steps")
def take_sign_in_steps(request: HttpRequest, user: User, **_: Any) -> None:
    run_sign_in_steps(request, user)
