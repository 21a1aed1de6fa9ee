"""Who works at the desk shows a second factor; tests/e2e/test_desk_factor.py does it in a browser."""

from __future__ import annotations

import json
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.checks import second_factor_is_asked
from accounts.factors import factors_of, has_factor
from accounts.models import AuditEntry, FailedTry, User
from tests.accounts.authenticator import Device
from tests.accounts.entrance import age_sign_in, arrived, sign_in
from tests.accounts.second_factor import (
    APP,
    CODES,
    DESK,
    EDITOR,
    FACTOR,
    come_in,
    let_time_pass,
    make_editor,
    recovery_codes,
    secret_on,
    set_app_up,
    show,
    totp,
)
from tests.accounts.test_passkeys import ADD, add, use
from tests.pages import assert_safe, html_of, text_of

pytestmark = pytest.mark.django_db

TO_DESK = f"{FACTOR}?next=%2Fadmin%2F"


@pytest.fixture(autouse=True)
def _asked(settings: Any) -> None:
    """As in production."""
    settings.STAFF_SECOND_FACTOR = True
    cache.clear()


@pytest.fixture
def client() -> Client:
    return Client(headers={"host": "localhost"})


@pytest.fixture
def editor() -> User:
    return make_editor()


@pytest.fixture
def secret(client: Client, editor: User) -> str:
    """Of the app that the editor has set up; nobody is signed in any more."""
    come_in(client)
    secret = set_app_up(client)
    client.post(CODES, {"kept": "1"})
    client.post("/accounts/logout/")
    return secret


class TestTheDoor:
    def test_the_desk_leads_to_the_one_door_and_its_second_half(self, client: Client, editor: User) -> None:
        assert client.get(DESK)["Location"] == "/admin/login/?next=/admin/"
        assert client.get("/admin/login/?next=/admin/")["Location"] == "/accounts/login/?next=%2Fadmin%2F"
        assert come_in(client, wanted=DESK)["Location"] == TO_DESK
        assert client.get(DESK, follow=True).redirect_chain[-1][0] == TO_DESK
        assert "A second key for the desk" in text_of(client.get(TO_DESK))

    def test_a_sign_in_that_wanted_nothing_is_led_there_too(self, client: Client, editor: User) -> None:
        assert come_in(client)["Location"] == f"{FACTOR}?next=%2Faccounts%2F"

    def test_no_password_opens_it(self, client: Client) -> None:
        User.objects.create_superuser(EDITOR, "harbour-light")
        answer = client.post("/admin/login/?next=/admin/", {"username": EDITOR, "password": "harbour-light"})
        assert answer["Location"] == "/accounts/login/?next=%2Fadmin%2F"
        assert client.get(DESK).status_code == 302

    def test_a_session_without_a_factor_reaches_no_page_of_the_desk(self, client: Client, editor: User) -> None:
        come_in(client)
        for address in (DESK, "/admin/accounts/user/", f"/admin/accounts/user/{editor.pk}/change/", "/admin/r/1/1/"):
            for answer in (client.get(address), client.post(address)):
                assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/admin/login/"), address

    def test_readers_are_told_that_they_have_no_desk_and_keep_their_door(self, client: Client) -> None:
        sign_in(client)
        answer = client.get(DESK, follow=True)
        assert (answer.status_code, "mate@example.org, who may not enter" in text_of(answer)) == (403, True)
        assert [client.get(address).status_code for address in (FACTOR, APP, CODES)] == [404, 404, 404]
        assert "Second factor" not in text_of(client.get("/accounts/"))

    @pytest.mark.parametrize("wanted", ["//evil.example", "https://evil.example/", "/\\evil.example"])
    def test_it_leads_nowhere_else(self, client: Client, secret: str, wanted: str) -> None:
        come_in(client)
        assert show(client, totp(secret), next=wanted)["Location"] == "/accounts/"

    def test_turning_it_off_is_told_at_deployment(self, settings: Any) -> None:
        assert second_factor_is_asked() == []
        settings.STAFF_SECOND_FACTOR = False
        assert [problem.id for problem in second_factor_is_asked()] == ["accounts.W001"]


class TestTheApp:
    def test_it_is_set_up_and_opens_the_desk_in_this_session_and_the_next(self, client: Client, editor: User) -> None:
        come_in(client, wanted=DESK)
        page = client.get(f"{APP}?next=/admin/")
        assert_safe(page, "'self' https://accounts.google.com https://github.com")
        assert '<svg class="qr"' in html_of(page)
        assert "style=" not in html_of(page)
        assert f"secret={(secret := secret_on(page))}" in html_of(page)
        assert "not this app’s code" in text_of(client.post(APP, {"code": "000000"}))
        assert secret_on(client.get(APP)) == secret, "a wrong code does not void the square"
        assert client.post(APP, {"code": totp(secret), "next": DESK})["Location"] == f"{CODES}?next=%2Fadmin%2F"
        assert client.get(DESK).status_code == 200
        assert arrived()[-1].subject == "An authenticator app was set up for your Drydock account"
        let_time_pass()
        other = Client()
        assert come_in(other, wanted=DESK)["Location"] == TO_DESK
        assert "The mailbox was one; show the other." in text_of(other.get(TO_DESK))
        before = other.session.session_key
        assert show(other, totp(secret), next=DESK)["Location"] == DESK
        assert other.get(DESK).status_code == 200
        assert other.session.session_key != before, "a session that may do more has another name"

    def test_the_secret_is_stored_locked(self, secret: str) -> None:
        assert secret not in json.dumps(list(Authenticator.objects.values_list("data", flat=True)))

    def test_a_rotated_key_still_opens_it_and_a_lost_one_says_no(
        self, client: Client, secret: str, settings: Any
    ) -> None:
        old, settings.SECRET_KEY = settings.SECRET_KEY, "another-key"
        settings.SECRET_KEY_FALLBACKS = [old]
        come_in(client)
        assert show(client, totp(secret))["Location"] == "/accounts/"
        settings.SECRET_KEY_FALLBACKS = []
        other = Client()
        come_in(other)
        assert "opens nothing" in text_of(show(other, totp(secret, 1)))

    def test_a_code_works_once_and_so_does_none_before_it(self, client: Client, secret: str) -> None:
        come_in(client)
        code = totp(secret)
        assert show(client, code)["Location"] == "/accounts/"
        other = Client()
        come_in(other)
        for used in (code, totp(secret, -1)):
            assert "opens nothing" in text_of(show(other, used))
        assert show(other, totp(secret, 1)).status_code == 302

    def test_what_is_no_code_is_said_and_not_counted(self, client: Client, secret: str) -> None:
        come_in(client)
        for typed in ("40 2", "abcdef", "١٢٣٤٥٦", ""):
            assert show(client, typed).status_code == 200
        assert not FailedTry.objects.exists()

    def test_guesses_end_for_the_account_from_wherever_they_come(self, client: Client, secret: str) -> None:
        browsers = [Client(REMOTE_ADDR=f"192.0.2.{number}") for number in range(2)]
        for browser in browsers:
            come_in(browser)
        answers = [show(browsers[number % 2], "000000").status_code for number in range(6)]
        assert answers == [200] * 5 + [429]
        refused = show(browsers[0], totp(secret))
        assert 200 < int(refused["Retry-After"]) <= 300
        assert "Wait 5 minutes" in text_of(refused)
        assert FailedTry.objects.get(door="factor").tries == 5
        assert browsers[0].get(DESK).status_code == 302

    def test_guesses_end_for_the_network_too(self, client: Client) -> None:
        for number in range(3):
            make_editor(f"mate{number}@example.org")
        counts = []
        for number in range(3):
            browser = Client(REMOTE_ADDR=f"198.51.100.{number}")
            come_in(browser, f"mate{number}@example.org")
            set_app_up(browser)
            browser.post("/accounts/logout/")
            come_in(browser, f"mate{number}@example.org")
            browser.defaults["REMOTE_ADDR"] = "192.0.2.7"
            counts += [show(browser, "000000").status_code for _ in range(4)]
        assert counts == [200] * 10 + [429] * 2

    def test_it_is_removed_after_a_fresh_proof_and_told_by_mail(
        self, client: Client, secret: str, editor: User
    ) -> None:
        come_in(client)
        assert client.get(APP)["Location"].startswith(FACTOR), "not on the word of the mailbox"
        show(client, totp(secret))
        age_sign_in(client, 601)
        assert client.post(APP, {"remove": "1"})["Location"].startswith("/accounts/login/again/")
        assert has_factor(editor)
        come_in(client)
        show(client, totp(secret, 1))
        assert client.post(APP, {"remove": "1"})["Location"] == "/accounts/"
        assert not Authenticator.objects.exists(), "recovery codes of nothing go too"
        assert arrived()[-1].subject == "The authenticator app was removed from your Drydock account"
        assert client.get(DESK).status_code == 302, "who has none is not in"


class TestPasskeys:
    def test_one_signs_in_and_is_strong_by_itself(self, client: Client, editor: User) -> None:
        device = Device()
        come_in(client)
        assert add(client, device)["Location"] == CODES
        assert client.get(DESK).status_code == 200
        client.post("/accounts/logout/")
        assert use(client, device, next=DESK)["Location"] == DESK
        assert client.get(DESK).status_code == 200

    def test_it_is_offered_beside_the_code(self, client: Client, secret: str) -> None:
        device = Device()
        come_in(client)
        show(client, totp(secret))
        add(client, device)
        client.post("/accounts/logout/")
        come_in(client)
        page = html_of(client.get(FACTOR))
        assert ("Use a passkey" in page, "recovery code" in page) == (True, True)
        use(client, device)
        assert client.get(DESK).status_code == 200

    def test_who_reads_the_mailbox_cannot_add_a_key_of_their_own(self, client: Client, secret: str) -> None:
        come_in(client)
        for address in (ADD, APP, CODES, f"{CODES}file/", "/accounts/data/"):
            assert client.get(address)["Location"].startswith(FACTOR), address
        assert client.post(APP, {"remove": "1"})["Location"].startswith(FACTOR)

    def test_a_removed_one_ends_what_it_opened(self, client: Client, editor: User) -> None:
        come_in(client)
        add(client, Device())
        assert client.get(DESK).status_code == 200
        Authenticator.objects.filter(type="webauthn").delete()
        assert client.get(DESK).status_code == 302


class TestRecoveryCodes:
    def test_they_are_shown_until_they_are_kept_and_each_opens_once(self, client: Client, editor: User) -> None:
        come_in(client)
        set_app_up(client)
        codes = recovery_codes(client.get(CODES))
        assert len(set(codes)) == 10
        file = client.get(f"{CODES}file/")
        assert file["Content-Disposition"] == 'attachment; filename="drydock-recovery-codes.txt"'
        assert all(code in file.content.decode() for code in codes)
        assert client.post(CODES, {"kept": "1", "next": DESK})["Location"] == DESK
        assert recovery_codes(client.get(CODES)) == []
        assert client.get(f"{CODES}file/")["Location"] == CODES
        other = Client()
        come_in(other)
        assert show(other, codes[3])["Location"] == "/accounts/"
        page = text_of(other.get("/accounts/"))
        assert "That code is used up; 9 are left." in page
        assert other.get(DESK).status_code == 200
        third = Client()
        come_in(third)
        assert "opens nothing" in text_of(show(third, codes[3]))
        assert show(third, codes[4].replace(" ", "-")).status_code == 302

    def test_new_ones_void_the_old(self, client: Client, editor: User) -> None:
        come_in(client)
        set_app_up(client)
        old = recovery_codes(client.get(CODES))
        client.post(CODES, {"renew": "1"})
        new = recovery_codes(client.get(CODES))
        assert not set(old) & set(new)
        assert arrived()[-1].subject == "New recovery codes were made for your Drydock account"
        other = Client()
        come_in(other)
        assert "opens nothing" in text_of(show(other, old[0]))
        assert show(other, new[0]).status_code == 302


class TestLostDevices:
    def test_a_superuser_takes_factors_away_after_being_asked(self, client: Client, secret: str, editor: User) -> None:
        come_in(client)
        show(client, totp(secret))
        chief = Client()
        make_editor("chief@example.org")
        come_in(chief, "chief@example.org")
        set_app_up(chief)
        form = {"action": "reset_selected", "_selected_action": editor.pk}
        assert "Take every second factor from these people" in text_of(chief.post("/admin/accounts/user/", form))
        assert has_factor(editor)
        chief.post("/admin/accounts/user/", {**form, "confirmed": "yes"})
        assert not factors_of(editor).has_any
        assert client.get("/accounts/").status_code == 302, "their sessions are over"
        assert arrived()[-1].subject == "The second factors of your Drydock account were taken away"
        entry = AuditEntry.objects.get(action="reset")
        assert (entry.actor_id, entry.object_id) == (User.objects.get(email="chief@example.org").pk, str(editor.pk))
        assert come_in(client, wanted=DESK)["Location"] == TO_DESK
        assert "A second key for the desk" in text_of(client.get(TO_DESK))

    def test_others_have_no_such_action(self, client: Client, editor: User) -> None:
        User.objects.update(is_superuser=False)
        come_in(client)
        set_app_up(client)
        form = {"action": "reset_selected", "_selected_action": editor.pk, "confirmed": "yes"}
        assert client.post("/admin/accounts/user/", form).status_code == 403
        assert has_factor(editor)

    def test_the_command_does_it_where_nobody_else_can(self, secret: str, editor: User, capsys: Any) -> None:
        call_command("reset_factors", EDITOR.upper())
        assert "2 taken away" in capsys.readouterr().out
        entry = AuditEntry.objects.get(action="reset")
        assert (entry.actor_id, entry.words, entry.name) == (None, "manage.py reset_factors", "")
        with pytest.raises(CommandError, match="Nobody has the address"):
            call_command("reset_factors", "nobody@example.org")


class TestThePassword:
    """Where no second factor is asked the admin's own door stands, and its guesses are limited."""

    @pytest.fixture(autouse=True)
    def _off(self, settings: Any) -> None:
        settings.STAFF_SECOND_FACTOR = False

    def guess(self, name: str, **more: Any) -> Any:
        return Client(**more).post("/admin/login/?next=/admin/", {"username": name, "password": "a guess"})

    def test_known_and_unknown_accounts_are_answered_and_refused_alike(self) -> None:
        User.objects.create_superuser(EDITOR, "harbour-light")
        seen = []
        for number, name in enumerate((EDITOR, "nobody@example.org")):
            answers = [self.guess(name, REMOTE_ADDR=f"192.0.2.{number}{guess}") for guess in range(6)]
            words = text_of(answers[0]).replace(name, "")
            seen.append(([answer.status_code for answer in answers], words, text_of(answers[5])))
        assert seen[0] == seen[1]
        assert seen[0][0] == [200] * 5 + [429]
        assert "Wait 5 minutes" in seen[0][2]
        assert dict(FailedTry.objects.values_list("account", "tries")) == {User.objects.get().pk: 5, 0: 5}

    def test_a_network_is_limited_whatever_it_tries(self) -> None:
        answers = [self.guess(f"mate{number}@example.org", REMOTE_ADDR="192.0.2.1") for number in range(11)]
        assert [answer.status_code for answer in answers] == [200] * 10 + [429]
        assert int(answers[10]["Retry-After"]) <= 60

    def test_limits_need_no_broker(self, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        from config.celery import app

        monkeypatch.setattr(app.conf, "broker_url", "redis://127.0.0.1:1/0")
        answers = [self.guess(EDITOR).status_code for _ in range(6)]
        assert answers == [200] * 5 + [429]
