"""The emailed code, through the door everybody uses."""

from __future__ import annotations

import re
from datetime import timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import quote

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import CacheRow, OutgoingMail, OwnedSession, User
from accounts.registry import _sign_in_steps, after_sign_in
from accounts.tasks import clear_expired_cache_task
from tests.accounts.entrance import CODE, LOGIN, age_code, arrived, ask, enter, newest_code, sign_in
from tests.pages import html_of, text_of

pytestmark = pytest.mark.django_db


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


def is_signed_in(client: Client) -> bool:
    return client.get("/accounts/").status_code == 200


def test_an_unknown_address_gets_a_code_and_an_account_once_it_is_entered(client: Client) -> None:
    answer = ask(client, " Mate@Example.org ")
    assert (answer.status_code, answer["Location"]) == (302, CODE)
    assert not User.objects.exists()
    assert "Sent to mate@example.org" in text_of(client.get(CODE))
    answer = enter(client, newest_code())
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/")
    user = User.objects.get()
    assert user.email == "mate@example.org"
    assert not user.has_usable_password()
    assert user.verified_at is not None
    assert "mate@example.org" in text_of(client.get("/accounts/"))


def test_a_known_address_in_any_case_opens_its_account_and_keeps_the_first_proof(client: Client) -> None:
    proved = timezone.now() - timedelta(days=90)
    user = User.objects.create_user("Mate@example.org", verified_at=proved)
    sign_in(client, "mate@EXAMPLE.org")
    assert User.objects.get().verified_at == proved
    assert client.session["_auth_user_id"] == str(user.pk)


def test_the_mail_is_ours_written_down_and_holds_the_code_once_more_in_its_subject(client: Client) -> None:
    ask(client)
    written = OutgoingMail.objects.get()
    code = newest_code()
    assert (written.to, written.subject) == ("mate@example.org", f"{code} is your code for Drydock")
    assert "It keeps for ten minutes and works once." in written.text
    assert "&" not in written.text
    assert written.html == ""


def test_the_code_may_be_typed_in_two_groups(client: Client) -> None:
    ask(client)
    code = newest_code()
    assert enter(client, f" {code[:3]} {code[3:]} ")["Location"] == "/accounts/"


class TestNobodyLearnsWhoHasAnAccount:
    def seen(self, email: str) -> tuple[Any, ...]:
        """Everything a stranger sees who types an address, with what differs by nature taken out."""
        client = Client()
        pages = [ask(client, email), client.get(CODE), enter(client, "12"), enter(client, wrong(newest_code()))]
        pages += [enter(client, wrong(newest_code())), enter(client, wrong(newest_code()))]
        bodies = [
            re.sub(r'(csrfmiddlewaretoken|code)" value="\w+"', "", html_of(page)).replace(email, "ADDRESS")
            for page in pages
        ]
        mail = arrived()[-1]
        words = mail.body.replace(newest_code(), "CODE")
        return (
            bodies,
            [(page.status_code, sorted(page.headers), page.get("Location")) for page in pages],
            [sorted(page.cookies) for page in pages],
            words,
        )

    def test_pages_headers_cookies_and_mail_are_the_same(self) -> None:
        User.objects.create_user("known@example.org", verified_at=timezone.now())
        User.objects.create_user("closed@example.org", is_active=False)
        known, unknown = self.seen("known@example.org"), self.seen("other@example.org")
        assert known == unknown
        assert self.seen("closed@example.org") == unknown

    def test_asking_for_a_code_looks_nobody_up(self, client: Client) -> None:
        User.objects.create_user("known@example.org")
        with CaptureQueriesContext(connection) as queries:
            ask(client, "known@example.org")
        assert not any("accounts_user" in query["sql"] for query in queries)

    def test_the_session_of_a_started_sign_in_does_not_tell(self, client: Client) -> None:
        User.objects.create_user("known@example.org")
        ask(client, "known@example.org")
        assert client.session["account_login"]["user_pk"] is None


class TestCodeThatIsNoGood:
    def test_a_wrong_code_is_said_and_may_be_tried_again(self, client: Client) -> None:
        ask(client)
        code = newest_code()
        answer = enter(client, wrong(code))
        assert "That is not the code we sent" in text_of(answer)
        assert 'aria-invalid="true"' in html_of(answer)
        assert enter(client, code).status_code == 302

    def test_three_wrong_codes_void_the_one_that_was_sent(self, client: Client) -> None:
        ask(client)
        code = newest_code()
        for _ in range(2):
            enter(client, wrong(code))
        assert "third wrong code" in text_of(enter(client, wrong(code)))
        assert "There is no code to enter any more" in text_of(enter(client, code))
        assert not is_signed_in(client)

    def test_what_is_no_code_at_all_is_not_a_try(self, client: Client) -> None:
        ask(client)
        for typed in ("", "12345", "1234567", "abcdef", "12345６", "١٢٣٤٥٦", "1234\x00"):
            text = text_of(enter(client, typed))
            assert "Six digits, please" in text or "Type the code" in text or "Null characters" in text, typed
        assert enter(client, newest_code()).status_code == 302

    def test_a_code_is_void_after_ten_minutes(self, client: Client) -> None:
        ask(client)
        code = newest_code()
        age_code(client, 10 * 60 + 1)
        assert "each keeps for ten minutes" in text_of(enter(client, code))
        assert not is_signed_in(client)

    def test_a_code_is_good_for_nearly_ten_minutes(self, client: Client) -> None:
        ask(client)
        age_code(client, 9 * 60)
        assert enter(client, newest_code()).status_code == 302

    def test_a_code_works_once_and_only_in_the_browser_that_asked(self, client: Client) -> None:
        ask(client)
        code = newest_code()
        stranger = Client()
        assert "no code to enter" in text_of(enter(stranger, code))
        ask(stranger, "stranger@example.org")
        assert "not the code we sent" in text_of(enter(stranger, code))
        assert enter(client, code).status_code == 302
        client.post("/accounts/logout/")
        assert "no code to enter" in text_of(enter(client, code))

    def test_another_code_voids_the_first(self, client: Client) -> None:
        ask(client)
        first = newest_code()
        ask(client)
        if first != newest_code():
            assert "not the code we sent" in text_of(enter(client, first))
        assert enter(client, newest_code()).status_code == 302

    def test_a_closed_account_stays_closed_and_says_so_to_its_owner_alone(self, client: Client) -> None:
        User.objects.create_user("mate@example.org", is_active=False)
        ask(client)
        answer = client.post(CODE, {"code": newest_code()}, follow=True)
        assert "An editor has closed it" in text_of(answer)
        assert not is_signed_in(client)


class TestLimits:
    def test_an_address_gets_three_codes_in_ten_minutes_from_wherever(self) -> None:
        for number in range(3):
            assert ask(Client(REMOTE_ADDR=f"192.0.2.{number}")).status_code == 302
        refused = ask(Client(REMOTE_ADDR="192.0.2.9"))
        assert (refused.status_code, refused["Retry-After"]) == (429, "600")
        assert "Too many at once" in text_of(refused)
        assert len(arrived()) == 3
        assert ask(Client(REMOTE_ADDR="192.0.2.9"), "other@example.org").status_code == 302

    def test_spelling_an_address_differently_gives_no_more_codes(self) -> None:
        spellings = ("mate@example.org", "MATE@example.org", " mate@EXAMPLE.org")
        assert [ask(Client(), email).status_code for email in (*spellings, "Mate@Example.Org")] == [302, 302, 302, 429]

    def test_a_network_gets_ten_codes_a_minute_for_whatever_addresses(self) -> None:
        answers = [ask(Client(), f"mate{number}@example.org").status_code for number in range(11)]
        assert answers == [302] * 10 + [429]

    def test_an_ipv6_customer_is_one_network(self) -> None:
        answers = [
            ask(Client(REMOTE_ADDR=f"2001:db8::{number:x}"), f"m{number}@example.org").status_code
            for number in range(11)
        ]
        assert answers[-1] == 429
        assert ask(Client(REMOTE_ADDR="2001:db8:0:1::1"), "m99@example.org").status_code == 302

    def test_codes_cannot_be_guessed_by_asking_at_once(self, client: Client) -> None:
        """Tries that start together all read the same session, so a limit that locks stands beside its count."""
        ask(client)
        code, session = newest_code(), client.session
        before = OwnedSession.objects.get(pk=session.session_key).session_data
        answers = []
        for _ in range(11):
            OwnedSession.objects.filter(pk=session.session_key).update(session_data=before)
            answers.append(enter(client, wrong(code)).status_code)
        assert answers == [200] * 10 + [429]

    def test_no_network_address_and_no_email_is_stored_with_the_limits(self) -> None:
        ask(Client(REMOTE_ADDR="192.0.2.77"))
        rows = [f"{row.cache_key} {row.value}" for row in CacheRow.objects.all()]
        assert any("allauth:rl" in row for row in rows)
        plain = ("192.0.2.77", "mate@example.org", sha256(b"mate@example.org").hexdigest())
        assert not any(word in row for row in rows for word in plain)

    def test_old_limits_are_forgotten(self) -> None:
        cache.set("old", 1, timeout=-1)
        cache.set("new", 1, timeout=600)
        clear_expired_cache_task()
        assert [row.cache_key for row in CacheRow.objects.all()] == [":1:new"]


class TestNext:
    def test_a_local_path_is_kept_through_the_whole_sign_in(self, client: Client) -> None:
        wanted = "/tools/llama/?page=2#vote-llama-inked"
        page = client.get(LOGIN, {"next": wanted})
        assert '<input type="hidden" name="next" value="/tools/llama/?page=2#vote-llama-inked">' in html_of(page)
        answer = ask(client, next=wanted)
        assert answer["Location"] == f"{CODE}?next=%2Ftools%2Fllama%2F%3Fpage%3D2%23vote-llama-inked"
        assert enter(client, newest_code(), next=wanted)["Location"] == wanted

    @pytest.mark.parametrize(
        "evil",
        [
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "https://evil.example/",
            "http:///evil.example",
            "http://testserver/tools/",
            "javascript:alert(1)",
            "/\t/evil.example",
            "/x\r\nSet-Cookie: a=b",
            "tools/",
            "/" + "x" * 600,
        ],
    )
    def test_anything_else_leads_to_the_own_page(self, client: Client, evil: str) -> None:
        assert "evil" not in html_of(client.get(LOGIN, {"next": evil}))
        assert ask(client, next=evil)["Location"] == CODE
        assert enter(client, newest_code(), next=evil)["Location"] == "/accounts/"
        assert client.get(LOGIN, {"next": evil})["Location"] == "/accounts/"


def test_sign_in_gives_the_session_a_new_key_and_sign_out_ends_it(client: Client) -> None:
    ask(client)
    before = client.session.session_key
    enter(client, newest_code())
    after = client.session.session_key
    assert before != after
    assert not OwnedSession.objects.filter(pk=before).exists()
    assert client.get("/accounts/logout/")["Location"] == "/accounts/"
    assert is_signed_in(client)
    assert client.post("/accounts/logout/")["Location"] == "/"
    assert not OwnedSession.objects.filter(pk=after).exists()
    assert not is_signed_in(client)


def test_every_way_in_takes_the_steps_of_other_apps(client: Client) -> None:
    taken: list[tuple[str, bool]] = []

    def step(request: Any, user: User) -> None:
        taken.append((user.email, user.verified_at is not None))

    after_sign_in(step)
    try:
        sign_in(client)
        User.objects.create_superuser("boss@example.org", "harbour-light")
        Client().post("/admin/login/?next=/admin/", {"username": "boss@example.org", "password": "harbour-light"})
    finally:
        _sign_in_steps.remove(step)
    assert taken == [("mate@example.org", True), ("boss@example.org", False)]


def test_the_form_needs_its_token() -> None:
    strict = Client(enforce_csrf_checks=True)
    answer = ask(strict)
    assert answer.status_code == 403
    assert "We did not take that" in text_of(answer)
    assert "no-store" in answer["Cache-Control"]
    assert not OutgoingMail.objects.exists()


@pytest.mark.parametrize(
    "email",
    [
        *("", " ", "mate", "@", "mate@", "@example.org", "a@b", "mate@example..org", "mate@-example.org"),
        *("x" * 10_000, "x" * 10_000 + "@example.org", f"mate@{'a' * 10_000}.org", f"{'m' * 64}@{'e.' * 120}org"),
        *("mate\x00@example.org", "mate@exam\x00ple.org", "mate@example.org\x00"),
        *("mate@example.org\r\nBcc: all@example.org", "mate\n@example.org", "mate@example.org, all@example.org"),
        *("mate@ex\u202egro.elpma", "\u202emate@example.org", "mate\u200b@example.org", "m\u00e4te@example.org"),
        *("<script>alert(1)</script>@example.org", '"mate"@example.org\\', "mate@[127.0.0.1]x", "\ud800@example.org"),
    ],
)
def test_what_is_no_address_is_said_and_nothing_is_sent(client: Client, email: str) -> None:
    answer = client.post(LOGIN, f"email={_quoted(email)}", content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 200
    assert 'aria-invalid="true"' in html_of(answer)
    assert "<script>" not in html_of(answer)
    assert not OutgoingMail.objects.exists()


def test_a_domain_in_other_letters_is_one_address_however_it_is_written(client: Client) -> None:
    sign_in(client, "Mate@Bücher.example")
    sign_in(Client(), "mate@xn--bcher-kva.example")
    assert User.objects.get().email == "mate@xn--bcher-kva.example"


def _quoted(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"))
