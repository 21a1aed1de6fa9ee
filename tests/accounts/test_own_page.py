"""What a person sees of their own account, takes along and deletes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from accounts.models import OutgoingMail, OwnedSession, User
from accounts.registry import _records, personal_records, records_of
from accounts.services import post_mail
from tests.accounts.entrance import age_sign_in, arrived, ask, enter, newest_code, sign_in
from tests.factories import make_tool
from tests.pages import assert_safe, html_of, text_of
from votes.models import Tally, Vote

pytestmark = pytest.mark.django_db

ENTRANCE = ["/accounts/login/", "/accounts/login/code/", "/accounts/login/inactive/", "/accounts/closed/"]
INSIDE = ["/accounts/", "/accounts/login/again/", "/accounts/passkeys/add/", "/accounts/data/", "/accounts/close/"]
OTHER = ["/accounts/login/cancelled/", "/accounts/github/login/", "/accounts/github/login/callback/", "/accounts/x/"]


def add_passkey(user: User, name: str = "My phone") -> None:
    Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data={"name": name, "credential": {}})


def connect(user: User, provider: str = "github") -> None:
    SocialAccount.objects.create(user=user, provider=provider, uid=str(user.pk), extra_data={"login": "octomate"})


class TestEveryPage:
    @pytest.mark.parametrize("address", [*ENTRANCE, *INSIDE, *OTHER])
    def test_no_cache_keeps_it_and_it_carries_the_headers(self, client: Client, address: str) -> None:
        if address in INSIDE:
            sign_in(client)
        response = client.get(address)
        assert response.status_code in (200, 302, 401, 404)
        assert response["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"
        assert_safe(response, "'self' https://accounts.google.com https://github.com")

    @pytest.mark.parametrize("address", ["/accounts/", *INSIDE[2:], "/accounts/passkeys/1/"])
    def test_who_is_signed_out_is_asked_in_and_led_back(self, client: Client, address: str) -> None:
        answer = client.get(address)
        assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login/?next={address}")
        ask(client, next=address)
        assert enter(client, newest_code(), next=address)["Location"] == address

    @pytest.mark.parametrize("address", [*ENTRANCE, *INSIDE])
    def test_only_pages_that_know_their_reader_say_so(self, client: Client, address: str) -> None:
        if address in INSIDE:
            sign_in(client)
        html = html_of(client.get(address))
        if address == "/accounts/data/":
            return
        assert ('data-reader="signed-in"' in html) == (address in INSIDE)
        assert ("Your account</a>" in html) == (address in INSIDE)
        assert 'href="/accounts/" aria-current="page"' in html
        assert '<meta name="robots" content="noindex">' in html
        assert html.count("<h1") == 1

    def test_pages_of_the_package_that_we_do_not_need_do_not_exist(self, client: Client) -> None:
        sign_in(client)
        for name in ("signup", "password/change", "password/set", "password/reset", "email", "confirm-email", "2fa"):
            assert client.get(f"/accounts/{name}/").status_code == 404, name
        for name in ("social/signup", "3rdparty", "2fa/totp/activate", "google/login/token", "inactive"):
            assert client.get(f"/accounts/{name}/").status_code == 404, name


class TestOwnPage:
    def test_it_shows_the_address_passkeys_and_providers(self, client: Client) -> None:
        sign_in(client)
        page = text_of(client.get("/accounts/"))
        assert "Email address mate@example.org" in page
        assert "None yet." in page
        user = User.objects.get()
        add_passkey(user)
        connect(user)
        page = text_of(client.get("/accounts/"))
        assert "My phone added" in page
        assert "not used yet" in page
        assert "GitHub as octomate" in page
        assert "Google not connected" in page

    @pytest.mark.parametrize("number", [1, 3])
    def test_it_keeps_its_budget(
        self, client: Client, django_assert_num_queries: DjangoAssertNumQueries, number: int
    ) -> None:
        sign_in(client)
        for count in range(number):
            add_passkey(User.objects.get(), f"Key {count}")
            connect(User.objects.get(), f"provider-{count}")
        with django_assert_num_queries(7):  # session, user, passkeys, providers; the weekly email: three
            assert client.get("/accounts/").status_code == 200

    def test_an_account_that_was_never_proved_says_how(self, client: Client) -> None:
        client.force_login(User.objects.create_user("mate@example.org"))
        assert "not yet: sign in by code once" in text_of(client.get("/accounts/"))


class TestExport:
    def test_it_holds_everything_that_is_registered_and_the_account_itself(self, client: Client) -> None:
        sign_in(client)
        user = User.objects.get()
        add_passkey(user)
        connect(user)
        personal_records("asks", lambda user: [{"tool": "Bücher & <Söhne>", "by": user.email}])
        try:
            answer = client.get("/accounts/data/")
            told = json.loads(answer.content)
            assert set(told) == set(records_of(user))
        finally:
            del _records["asks"]
        assert answer["Content-Disposition"] == 'attachment; filename="drydock-my-data.json"'
        assert answer["Content-Type"] == "application/json"
        assert told["asks"] == [{"tool": "Bücher & <Söhne>", "by": "mate@example.org"}]
        assert told["account"][0]["email"] == "mate@example.org"
        assert told["account"][0]["verified_at"]
        assert told["passkeys"][0]["name"] == "My phone"
        assert told["providers"][0]["extra_data"] == {"login": "octomate"}

    def test_it_holds_nobody_elses(self, client: Client) -> None:
        add_passkey(User.objects.create_user("other@example.org"), "Not mine")
        sign_in(client)
        assert b"Not mine" not in client.get("/accounts/data/").content


def tables_that_hold(words: str) -> list[str]:
    """Names of all tables with a row that contains the words, sessions read as Django reads them."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT count(*) FROM "{table}" AS t WHERE t::text LIKE %s', [f"%{words}%"])  # noqa: S608
            found += [table] if cursor.fetchone()[0] else []
    return found + ["a session" for session in OwnedSession.objects.all() if words in str(session.get_decoded())]


class TestDeletion:
    def test_the_page_asks_first_and_getting_it_deletes_nothing(self, client: Client) -> None:
        sign_in(client)
        assert "at once and for good" in text_of(client.get("/accounts/close/"))
        assert User.objects.exists()
        assert Client(enforce_csrf_checks=True).post("/accounts/close/").status_code == 403

    def test_it_leaves_nothing_of_the_person_and_all_of_the_others(self, client: Client) -> None:
        phone, started, other = Client(), Client(), Client()
        sign_in(other, "other@example.org")
        for browser in (client, phone):
            sign_in(browser)
        ask(started, "mate@example.org")
        user, neighbour = User.objects.get(email="mate@example.org"), User.objects.get(email="other@example.org")
        for person in (user, neighbour):
            add_passkey(person)
            connect(person)
            post_mail(to=person.email, subject="Waiting", text="x")
        assert len(tables_that_hold("mate@example.org")) >= 3
        arrived_before = len(arrived())
        post_mail(to="Mate@Example.org", subject="Waiting", text="x")

        answer = client.post("/accounts/close/")
        assert (answer.status_code, answer["Location"]) == (302, "/accounts/closed/")
        assert "The account is gone" in text_of(client.get("/accounts/closed/"))
        assert list(User.objects.all()) == [neighbour]
        assert not tables_that_hold("mate@example.org")
        assert not OutgoingMail.objects.exists()
        assert len(arrived()) == arrived_before
        assert (Authenticator.objects.get().user, SocialAccount.objects.get().user) == (neighbour, neighbour)
        assert [browser.get("/accounts/").status_code for browser in (client, phone, other)] == [302, 302, 200]
        assert "sessionid" not in client.cookies or not client.cookies["sessionid"].value

    def test_a_session_says_whose_it_is_so_that_nobody_elses_is_opened(self, client: Client) -> None:
        started, other = Client(), Client()
        sign_in(client)
        sign_in(other, "other@example.org")
        ask(started, "Mate@example.org")
        owned = OwnedSession.objects.values_list("user__email", "address").order_by("user__email")
        assert list(owned) == [("mate@example.org", ""), ("other@example.org", ""), (None, "mate@example.org")]
        OwnedSession.objects.filter(user__email="other@example.org").update(session_data="nonsense")
        client.post("/accounts/close/")
        assert list(owned.all()) == [("other@example.org", "")]

    @pytest.mark.parametrize("is_chosen_in_the_list", [True, False])
    def test_at_the_desk_it_is_the_same(self, admin_client: Client, *, is_chosen_in_the_list: bool) -> None:
        reader, started, tool = Client(), Client(), make_tool()
        sign_in(reader)
        ask(started, "mate@example.org")
        reader.post(f"/votes/{tool.slug}/", {"choice": "ship"}, headers={"sec-fetch-site": "same-origin"})
        user = User.objects.get(email="mate@example.org")
        post_mail(to=user.email, subject="Waiting", text="x")
        if is_chosen_in_the_list:
            chosen = {"action": "delete_selected", "_selected_action": user.pk, "post": "yes"}
            answer = admin_client.post("/admin/accounts/user/", chosen)
        else:
            answer = admin_client.post(f"/admin/accounts/user/{user.pk}/delete/", {"post": "yes"})
        assert answer.status_code == 302
        held = set(tables_that_hold("mate@example.org"))
        assert held <= {"django_admin_log", "a session"}, "the desk's own log, and its word to who did it"
        assert [(tally.ship, tally.skip) for tally in Tally.objects.all()] == [(0, 0)]
        assert not Vote.objects.exists()

    def test_votes_go_and_are_taken_out_of_the_count(self, client: Client) -> None:
        sign_in(client)
        tool = make_tool()
        client.post(f"/votes/{tool.slug}/", {"choice": "ship"}, headers={"sec-fetch-site": "same-origin"})
        assert [(tally.ship, tally.skip) for tally in Tally.objects.all()] == [(1, 0)]
        client.post("/accounts/close/")
        assert not Vote.objects.exists()
        assert [(tally.ship, tally.skip) for tally in Tally.objects.all()] == [(0, 0)]

    def test_the_address_may_come_back_as_somebody_new(self, client: Client) -> None:
        sign_in(client)
        User.objects.update(verified_at=timezone.now().replace(year=2020))
        client.post("/accounts/close/")
        sign_in(client)
        user = User.objects.get()
        assert user.verified_at
        assert user.verified_at.year > 2020

    def test_a_device_left_open_cannot_do_it(self, client: Client) -> None:
        sign_in(client)
        age_sign_in(client, 10 * 60 + 1)
        again = "/accounts/login/again/?next=%2Faccounts%2Fclose%2F"
        for answer in (client.get("/accounts/close/"), client.post("/accounts/close/")):
            assert (answer.status_code, answer["Location"]) == (302, again)
        assert User.objects.exists()
        assert "The code goes to mate@example.org" in text_of(client.get(again))
        sent = client.post("/accounts/login/again/", {"next": "/accounts/close/"})
        assert sent["Location"] == "/accounts/login/code/?next=%2Faccounts%2Fclose%2F"
        assert client.get("/accounts/").status_code == 302
        assert enter(client, newest_code(), next="/accounts/close/")["Location"] == "/accounts/close/"
        assert client.post("/accounts/close/")["Location"] == "/accounts/closed/"
        assert not User.objects.exists()

    def test_a_password_is_no_recent_proof(self, client: Client) -> None:
        User.objects.create_superuser("boss@example.org", "harbour-light")
        client.post("/admin/login/?next=/admin/", {"username": "boss@example.org", "password": "harbour-light"})
        assert client.get("/accounts/").status_code == 200
        assert client.post("/accounts/close/")["Location"].startswith("/accounts/login/again/")

    def test_an_editor_is_told_who_can_do_it(self, client: Client) -> None:
        sign_in(client)
        User.objects.update(is_staff=True)
        assert "Ask another editor" in text_of(client.get("/accounts/close/"))
        assert "Ask another editor" in text_of(client.post("/accounts/close/"))
        assert User.objects.exists()


def test_reauthentication_is_limited_like_any_code_and_keeps_the_person_in(client: Client) -> None:
    sign_in(client)
    answers: list[Any] = [ask(Client()) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert client.post("/accounts/login/again/").status_code == 429
    assert client.get("/accounts/").status_code == 200
