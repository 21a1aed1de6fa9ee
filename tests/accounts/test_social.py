"""Signing in by GitHub and Google, with a server that plays them."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from accounts.models import User
from tests.accounts.entrance import age_sign_in, arrived, sign_in
from tests.accounts.provider import Provider, github_person, google_person, running
from tests.pages import html_of, text_of

pytestmark = pytest.mark.django_db

PRIMARY, VERIFIED = True, True
MATE = ("mate@example.org", PRIMARY, VERIFIED)


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    with running(monkeypatch) as provider:
        provider.person = github_person(MATE)
        yield provider


def go(client: Client, name: str = "github", **more: str) -> str:
    """Press the button and say yes at the provider; returns the address the browser comes back to."""
    there = client.post(f"/accounts/{name}/login/", more)
    assert there.status_code == 302
    answer = requests.get(there["Location"], allow_redirects=False, timeout=5)
    back = urlsplit(answer.headers["Location"])
    return f"{back.path}?{back.query}"


def user_of(client: Client) -> User | None:
    pk = client.session.get("_auth_user_id")
    return User.objects.get(pk=pk) if pk else None


@pytest.mark.parametrize("name", ["github", "google"])
def test_a_verified_address_opens_an_account_and_later_the_same_one(
    client: Client, provider: Provider, name: str
) -> None:
    if name == "google":
        provider.person = google_person("Mate@example.org")
    assert client.get(go(client, name))["Location"] == "/accounts/"
    user = user_of(client)
    assert user
    assert user.email == "mate@example.org"
    assert user.verified_at
    assert not user.has_usable_password()
    client.post("/accounts/logout/")
    assert client.get(go(client, name, next="/tools/"))["Location"] == "/tools/"
    assert user_of(client) == user
    assert User.objects.count() == 1


def test_the_link_holds_when_the_address_there_changes(client: Client, provider: Provider) -> None:
    client.get(go(client))
    provider.person = github_person(("new@example.org", PRIMARY, VERIFIED))
    client.post("/accounts/logout/")
    client.get(go(client))
    assert User.objects.get().email == "mate@example.org"


def test_only_what_is_needed_is_asked_for_and_kept(client: Client, provider: Provider) -> None:
    client.get(go(client))
    (asked,) = provider.asked
    assert asked["scope"] == "user:email"
    assert asked["code_challenge_method"] == "S256"
    kept = SocialAccount.objects.get()
    assert (kept.uid, kept.extra_data) == ("7", {"login": "octomate"})
    assert User.objects.get().name == ""


def test_a_verified_address_signs_into_the_account_that_has_it_and_its_owner_is_told(
    client: Client, provider: Provider
) -> None:
    user = User.objects.create_user("Mate@Example.org")
    assert client.get(go(client))["Location"] == "/accounts/"
    assert user_of(client) == user
    user.refresh_from_db()
    assert user.verified_at
    (told,) = arrived()
    assert (told.to, told.subject) == (["Mate@example.org"], "GitHub was connected to your Drydock account")


@pytest.mark.parametrize(
    "emails",
    [
        [("mate@example.org", PRIMARY, not VERIFIED)],
        [("mate@example.org", not PRIMARY, not VERIFIED), ("other@example.org", PRIMARY, not VERIFIED)],
        [],
    ],
    ids=["unverified", "all unverified", "none"],
)
def test_an_unverified_address_opens_nothing_whoever_has_it(
    client: Client, provider: Provider, emails: list[tuple[str, bool, bool]]
) -> None:
    provider.person = github_person(*emails)
    stranger = text_of(client.get(go(client)))
    assert "By code first" in stranger
    assert not User.objects.exists()
    User.objects.create_user("mate@example.org")
    assert text_of(client.get(go(client))) == stranger
    assert user_of(client) is None
    assert not SocialAccount.objects.exists()


def test_an_address_google_has_not_verified_opens_nothing(client: Client, provider: Provider) -> None:
    User.objects.create_user("mate@example.org")
    provider.person = google_person("mate@example.org", is_verified=False)
    assert "By code first" in text_of(client.get(go(client, "google")))
    assert user_of(client) is None


def test_of_several_addresses_the_unverified_one_does_not_count(client: Client, provider: Provider) -> None:
    User.objects.create_user("victim@example.org")
    provider.person = github_person(
        ("victim@example.org", PRIMARY, not VERIFIED), ("mate@example.org", False, VERIFIED)
    )
    client.get(go(client))
    user = user_of(client)
    assert user
    assert user.email == "mate@example.org"


def test_an_editors_account_is_not_opened_on_a_providers_word(client: Client, provider: Provider) -> None:
    editor = User.objects.create_superuser("mate@example.org", "harbour-light")
    assert "By code first" in text_of(client.get(go(client)))
    editor.refresh_from_db()
    assert editor.check_password("harbour-light")
    sign_in(client)
    assert client.get(go(client, process="connect"))["Location"] == "/accounts/"
    client.post("/accounts/logout/")
    client.get(go(client))
    assert user_of(client) == editor
    editor.refresh_from_db()
    assert editor.check_password("harbour-light")


def test_a_closed_account_stays_closed(client: Client, provider: Provider) -> None:
    User.objects.create_user("mate@example.org", is_active=False)
    assert client.get(go(client))["Location"] == "/accounts/login/inactive/"
    assert user_of(client) is None


class TestState:
    def test_an_answer_to_somebody_elses_question_is_refused(self, client: Client, provider: Provider) -> None:
        """Else a stranger could have a victim sign in to the stranger's account."""
        back, stranger = go(client), Client()
        for victim in (stranger, self.with_a_question_of_their_own()):
            answer = victim.get(back)
            assert answer.status_code == 401
            assert "That did not work" in text_of(answer)
            assert user_of(victim) is None
        assert not User.objects.exists()

    def with_a_question_of_their_own(self) -> Client:
        client = Client()
        client.post("/accounts/github/login/")
        return client

    def test_an_answer_works_once(self, client: Client, provider: Provider) -> None:
        back = go(client)
        assert client.get(back).status_code == 302
        client.post("/accounts/logout/")
        assert client.get(back).status_code == 401

    def test_an_answer_of_one_provider_is_none_of_the_other(self, client: Client, provider: Provider) -> None:
        assert client.get(go(client).replace("github", "google")).status_code == 401

    @pytest.mark.parametrize("query", ["", "?state=", "?code=x", "?state=x&code=x", "?error=x", "?state=%00&code=%00"])
    def test_a_made_up_answer_is_refused_in_our_words(self, client: Client, provider: Provider, query: str) -> None:
        answer = client.get(f"/accounts/github/login/callback/{query}")
        assert answer.status_code == 401
        assert "That did not work" in text_of(answer)
        assert "no-store" in answer["Cache-Control"]


def test_a_person_who_turns_back_is_at_our_door_again(client: Client, provider: Provider) -> None:
    state = parse_qs(urlsplit(go(client)).query)["state"][0]
    answer = client.get(f"/accounts/github/login/callback/?error=access_denied&state={state}", follow=True)
    assert "You turned back at the provider" in text_of(answer)


def test_a_provider_that_fails_is_said_in_our_words(client: Client, provider: Provider) -> None:
    back = go(client)
    provider.answers_token = False
    assert client.get(back).status_code == 401
    assert user_of(client) is None


class TestConnecting:
    def test_a_signed_in_person_connects_another_address_and_disconnects(
        self, client: Client, provider: Provider
    ) -> None:
        sign_in(client, "captain@example.org")
        assert "GitHub not connected" in text_of(client.get("/accounts/"))
        assert client.get(go(client, process="connect"))["Location"] == "/accounts/"
        page = text_of(client.get("/accounts/"))
        assert "Connected. It signs you in from now on." in page
        assert "GitHub as octomate" in page
        assert User.objects.get().email == "captain@example.org"
        client.post("/accounts/logout/")
        client.get(go(client))
        captain = user_of(client)
        assert captain
        assert captain.email == "captain@example.org"
        assert client.post("/accounts/disconnect/github/")["Location"] == "/accounts/"
        assert "Disconnected" in text_of(client.get("/accounts/"))
        client.post("/accounts/logout/")
        client.get(go(client))
        assert user_of(client) != captain

    def test_what_belongs_to_another_account_stays_there(self, client: Client, provider: Provider) -> None:
        client.get(go(client))
        other = Client()
        sign_in(other, "captain@example.org")
        other.get(go(other, process="connect"))
        assert "belongs to another account" in text_of(other.get("/accounts/"))
        assert SocialAccount.objects.get().user.email == "mate@example.org"

    def test_connecting_needs_a_recent_sign_in(self, client: Client, provider: Provider) -> None:
        sign_in(client, "captain@example.org")
        age_sign_in(client, 10 * 60 + 1)
        assert client.get(go(client, process="connect"))["Location"] == "/accounts/login/again/?next=%2Faccounts%2F"
        assert not SocialAccount.objects.exists()

    def test_connecting_signed_out_opens_nothing(self, client: Client, provider: Provider) -> None:
        assert client.get(go(client, process="connect"))["Location"] == "/accounts/"
        assert not User.objects.exists()

    def test_disconnecting_what_is_not_connected_changes_nothing(self, client: Client) -> None:
        sign_in(client)
        assert client.post("/accounts/disconnect/github/")["Location"] == "/accounts/"
        assert client.post("/accounts/disconnect/elsewhere/")["Location"] == "/accounts/"
        assert "Disconnected" not in text_of(client.get("/accounts/"))


def test_a_link_to_a_provider_asks_before_it_leads_there(client: Client) -> None:
    """A page of somebody else's could otherwise sign a reader in without a question."""
    answer = client.get("/accounts/github/login/")
    assert "GitHub will ask you" in text_of(answer)
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/accounts/github/login/").status_code == 403


@pytest.mark.parametrize("evil", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_a_provider_leads_on_to_paths_of_ours_only(client: Client, provider: Provider, evil: str) -> None:
    assert client.get(go(client, next=evil))["Location"] == "/accounts/"


def test_forms_may_lead_to_the_providers_from_account_pages_only(client: Client) -> None:
    policy = client.get("/accounts/login/")["Content-Security-Policy"]
    assert "form-action 'self' https://accounts.google.com https://github.com;" in policy
    assert "form-action 'self';" in client.get("/")["Content-Security-Policy"]
    assert "Continue with Google" in html_of(client.get("/accounts/login/"))
