"""`signed_in_user` says the same as Django's `request.user`, whatever has happened to the session or the account."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest
from django.test import Client
from django.utils import timezone

from accounts.models import OwnedSession, User
from accounts.sessions import signed_in_user


@pytest.fixture
def user(client: Client, db: None) -> User:
    user = User.objects.create_user("mate@example.org", "harbour-light", verified_at=timezone.now())
    client.force_login(user)
    return user


def request_of(client: Client) -> HttpRequest:
    """A new request of this browser, whose session nobody has read yet."""
    request: HttpRequest = client.get("/livez").wsgi_request
    for middleware in (SessionMiddleware, AuthenticationMiddleware):
        middleware(lambda _: None).process_request(request)  # type: ignore[arg-type]
    return request


@pytest.mark.django_db
def test_is_the_person_in_one_query(
    client: Client, user: User, django_assert_num_queries: Callable[[int], object]
) -> None:
    request = request_of(client)
    with django_assert_num_queries(1):  # type: ignore[attr-defined]
        found = signed_in_user(request)
        assert found is not None
        assert (found.pk, found.joined_at, found.verified_at) == (user.pk, user.joined_at, user.verified_at)
    assert found.email == "mate@example.org"


@pytest.mark.django_db
def test_a_browser_without_a_session_costs_no_query(
    client: Client, django_assert_num_queries: Callable[[int], object]
) -> None:
    request = request_of(client)
    with django_assert_num_queries(0):  # type: ignore[attr-defined]
        assert signed_in_user(request) is None


def expire(user: User) -> None:
    OwnedSession.objects.update(expire_date=timezone.now() - timedelta(seconds=1))


def sign_out(user: User) -> None:
    OwnedSession.objects.all().delete()


def close(user: User) -> None:
    user.delete()


def suspend(user: User) -> None:
    User.objects.update(is_active=False)


def change_password(user: User) -> None:
    user.set_password("another-light")
    user.save(update_fields=["password"])


def forge(user: User) -> None:
    OwnedSession.objects.update(session_data="nonsense")


@pytest.mark.parametrize("event", [expire, sign_out, close, suspend, change_password, forge])
def test_is_nobody_after(client: Client, user: User, event: Callable[[User], None]) -> None:
    event(user)
    request = request_of(client)
    assert signed_in_user(request) is None
    assert not request.user.is_authenticated


def test_a_session_under_an_older_secret_key_is_still_theirs(
    client: Client, user: User, settings: LazySettings
) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "a new key", [settings.SECRET_KEY]
    assert signed_in_user(request_of(client)) == user
