"""Readers with sessions, made in the database as signing in would make them."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

from accounts.models import User
from accounts.session_store import SessionStore


def sign_in(users: Iterable[User]) -> list[str]:
    """Each user's cookie."""
    return [f"{settings.SESSION_COOKIE_NAME}={_session_of(user)}" for user in users]


def _session_of(user: User) -> str | None:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return session.session_key
