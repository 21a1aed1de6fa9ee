from __future__ import annotations

from datetime import timedelta

import pytest
from celery.contrib.testing.worker import start_worker
from django.core.management import CommandError, call_command
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone

from accounts.models import OwnedSession, User
from accounts.tasks import clear_expired_sessions_task
from config.celery import app
from tests.pages import html_of


@pytest.mark.django_db
class TestUser:
    def test_email_is_the_login_in_any_case(self, client: Client) -> None:
        User.objects.create_superuser("Mate@example.org", "harbour-light", name="Mate")
        answer = client.post(
            "/admin/login/?next=/admin/", {"username": "mate@EXAMPLE.org", "password": "harbour-light"}
        )
        assert (answer.status_code, answer["Location"]) == (302, "/admin/")
        assert client.get("/admin/").status_code == 200

    def test_guesses_at_the_admins_password_end_for_that_account_and_not_for_others(self, client: Client) -> None:
        User.objects.create_superuser("mate@example.org", "harbour-light")
        User.objects.create_superuser("bosun@example.org", "harbour-light")
        guesses = [
            client.post("/admin/login/", {"username": "mate@example.org", "password": f"guess {number}"}).status_code
            for number in range(6)
        ]
        assert guesses == [200] * 5 + [429]
        right = {"username": "MATE@example.org", "password": "harbour-light"}
        assert client.post("/admin/login/", right)["Retry-After"]
        other = {"username": "bosun@example.org", "password": "harbour-light"}
        assert client.post("/admin/login/?next=/admin/", other).status_code == 302

    def test_one_account_per_email_in_any_case(self) -> None:
        User.objects.create_user("mate@example.org")
        with pytest.raises(IntegrityError):
            User.objects.create_user("MATE@example.org")

    def test_a_user_needs_an_email(self) -> None:
        with pytest.raises(ValueError, match="needs an email"):
            User.objects.create_user("")

    def test_a_user_without_rights_may_not_enter_the_admin(self, client: Client) -> None:
        User.objects.create_user("reader@example.org", "harbour-light")
        answer = client.post("/admin/login/", {"username": "reader@example.org", "password": "harbour-light"})
        assert answer.status_code == 200
        assert client.get("/admin/").status_code == 302

    def test_an_address_that_an_editor_changes_is_proved_anew(self, admin_client: Client) -> None:
        user = User.objects.create_user("mate@example.org", verified_at=timezone.now())
        form = {"email": "mate@example.org", "name": "Mate", "is_active": "on"}
        address = f"/admin/accounts/user/{user.pk}/change/"
        assert admin_client.post(address, form).status_code == 302
        user.refresh_from_db()
        assert (user.name, user.verified_at is None) == ("Mate", False)
        assert admin_client.post(address, {**form, "email": "new@example.org"}).status_code == 302
        user.refresh_from_db()
        assert (user.email, user.verified_at) == ("new@example.org", None)

    def test_keys_and_providers_are_not_on_the_desk(self, admin_client: Client) -> None:
        assert "People" in (page := html_of(admin_client.get("/admin/"))) or "people" in page
        assert not any(word in page for word in ("authenticator", "socialaccount", "emailaddress"))

    def test_name_is_shown_and_else_the_email(self) -> None:
        assert str(User(email="a@example.org", name="Ada")) == "Ada"
        assert str(User(email="a@example.org")) == "a@example.org"

    def test_command_makes_an_administrator(self) -> None:
        call_command("createsuperuser", email="boss@example.org", interactive=False, verbosity=0)
        assert User.objects.get().is_superuser
        with pytest.raises(CommandError):
            call_command("createsuperuser", email="boss@example.org", interactive=False, verbosity=0)


@pytest.mark.django_db(transaction=True)
def test_a_real_worker_on_the_real_broker_forgets_expired_sessions() -> None:
    OwnedSession.objects.create(session_key="old", session_data="", expire_date=timezone.now() - timedelta(days=1))
    OwnedSession.objects.create(session_key="new", session_data="", expire_date=timezone.now() + timedelta(days=1))
    with start_worker(app, perform_ping_check=False, shutdown_timeout=30):
        clear_expired_sessions_task.delay()
        deadline = timezone.now() + timedelta(seconds=20)
        while OwnedSession.objects.filter(session_key="old").exists() and timezone.now() < deadline:
            pass
    assert list(OwnedSession.objects.values_list("session_key", flat=True)) == ["new"]
