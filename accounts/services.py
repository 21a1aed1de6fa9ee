"""Every write about people."""

from __future__ import annotations

import secrets

from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.models import User


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
