"""Asking for an inspection, as a reader does it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.shortcuts import resolve_url
from django.test import Client
from django.utils import timezone

from editorial.services import withdraw
from tests.factories import make_tool, make_user, make_wanted
from tests.pages import FormValues, html_of, text_of, texts
from tests.tools.asking import LATHE, SAME, counted, signed_in
from tools.asks.asking import AlreadyHereError, TooManyAsksError, Wish, ask_for
from tools.models import Ask, AskMailStop, WantedTool
from tools.services import publish_tool


@pytest.mark.django_db
class TestAsking:
    def test_a_reader_asks_and_is_told_so(self) -> None:
        user = make_user()
        answer = signed_in(user).post("/ask/", LATHE, follow=True)
        ask = Ask.objects.get()
        assert answer.redirect_chain == [(f"/ask/mine/?asked={ask.pk}", 302)]
        assert texts(answer, "flash") == [
            "Entered: Lathe. You are the first to ask. We mail you once, when it is published."
        ]
        assert (ask.user, ask.why, ask.wants_mail, ask.told_at) == (user, "It turns.", True, None)
        assert (ask.wanted_tool.name, ask.wanted_tool.website) == ("Lathe", "https://lathe.example.com/")

    @pytest.mark.parametrize(
        "other",
        [
            {"name": "Lathe", "website": "https://elsewhere.example.com"},
            {"name": "la-the!", "website": "https://elsewhere.example.com"},
            {"name": "Another name", "website": "http://www.LATHE.example.com/pricing?from=mail"},
        ],
    )
    def test_a_second_reader_joins_by_name_or_website(self, other: dict[str, str]) -> None:
        signed_in().post("/ask/", LATHE)
        answer = signed_in().post("/ask/", other, follow=True)
        assert texts(answer, "flash") == ["Entered: Lathe. 2 readers have asked."]
        assert counted() == {"Lathe": 2}

    def test_another_tool_is_another_tool(self) -> None:
        signed_in().post("/ask/", LATHE)
        signed_in().post("/ask/", {"name": "Plane", "website": "https://plane.example.com"})
        assert counted() == {"Lathe": 1, "Plane": 1}

    def test_when_name_and_website_point_to_two_the_name_wins(self) -> None:
        make_wanted("Lathe", "https://lathe.example.com")
        make_wanted("Plane", "https://plane.example.com")
        make_wanted("Lathe", "https://plane.example.com")
        assert counted() == {"Lathe": 2, "Plane": 1}

    def test_one_account_asks_once(self) -> None:
        client = signed_in()
        for _ in range(3):
            answer = client.post("/ask/", LATHE, follow=True)
        assert texts(answer, "flash") == [
            "You had asked for Lathe already. You are the first to ask. Nobody is counted twice."
        ]
        assert counted() == {"Lathe": 1}

    @pytest.mark.parametrize("website", ["https://www.lathe.example.com/x", "https://elsewhere.example.com/"])
    def test_what_is_published_is_here_already_for_everybody_and_stores_nothing(self, website: str) -> None:
        make_tool(slug="lathe", name="Lathe", website="https://lathe.example.com/")
        for client in (Client(headers=SAME), signed_in()):
            answer = client.post("/ask/", {**LATHE, "website": website})
            assert texts(answer, "flash") == ["It is here already. Read about Lathe. Nothing was entered."]
            assert 'href="/tools/lathe/"' in html_of(answer)
        assert counted() == {}

    def test_another_tool_of_the_same_maker_can_be_asked_for(self) -> None:
        make_tool(name="Lathe", website="https://lathe.example.com/")
        client, typed = signed_in(), {**LATHE, "name": "Lathe Studio"}
        answer = client.post("/ask/", typed)
        assert "It is here already. Read about Lathe." in texts(answer, "flash")[0]
        form = FormValues(html_of(answer), "stack")
        assert form.values == {**typed, "apart": "on"}
        client.post("/ask/", form.values)
        assert counted() == {"Lathe Studio": 1}
        signed_in().post("/ask/", typed)  # from now on the name is enough
        assert counted() == {"Lathe Studio": 2}

    @pytest.mark.parametrize(
        "state",
        [
            {"status": "draft", "published_at": None},
            {"status": "in_review", "published_at": None},
            {"status": "scheduled", "published_at": timezone.now() + timedelta(days=1)},
            {"status": "withdrawn"},
        ],
    )
    def test_a_tool_that_is_not_public_stays_a_secret(self, state: dict[str, Any]) -> None:
        plain = signed_in().post("/ask/", {"name": "Plane", "website": "https://plane.example.com"}, follow=True)
        make_tool(name="Lathe", website="https://lathe.example.com/", **state)
        answer = signed_in().post("/ask/", {**LATHE, "mail": ""}, follow=True)
        assert texts(answer, "flash") == [texts(plain, "flash")[0].replace("Plane", "Lathe")]
        assert text_of(answer).count("Waiting") == 1

    def test_a_declined_one_says_so_and_still_counts(self) -> None:
        wanted = make_wanted("Lathe")
        WantedTool.objects.update(state="declined")
        answer = signed_in().post("/ask/", LATHE, follow=True)
        assert "The editors have decided against it for now; your ask is counted all the same." in text_of(answer)
        assert "Declined for now" in text_of(answer)
        assert wanted.asks.count() == 2

    def test_a_tool_that_was_withdrawn_can_be_asked_for_again(self) -> None:
        user = make_user()
        wanted, tool = make_wanted("Lathe", by=[user]), make_tool(name="Lathe")
        wanted.asks.update(told_at=timezone.now())
        WantedTool.objects.update(state="published", tool=tool)
        with pytest.raises(AlreadyHereError):
            ask_for(user=user, wish=Wish("Lathe", "https://x.example.com"))
        withdraw(tool)
        ask, is_new = ask_for(user=user, wish=Wish("Lathe", "https://x.example.com"))
        assert (is_new, ask.told_at, counted(), WantedTool.objects.get().state) == (True, None, {"Lathe": 1}, "open")

    def test_what_an_editor_renamed_is_still_found_by_the_name_readers_used(self) -> None:
        make_wanted("Lathe", "https://lathe.example.com")
        tool = make_tool(slug="lathe-pro", name="Lathe Professional", website="https://lathe-pro.example.com/")
        WantedTool.objects.update(state="published", tool=tool)
        answer = signed_in().post("/ask/", LATHE)
        assert texts(answer, "flash") == ["It is here already. Read about Lathe Professional. Nothing was entered."]


@pytest.mark.django_db
class TestSignedOut:
    def test_nothing_typed_is_lost_by_signing_in(self) -> None:
        client = Client(headers=SAME)
        typed = {**LATHE, "why": 'Größe & "Güte"\n100 % <b>'}
        answer = client.post("/ask/", typed)
        assert answer.status_code == 302
        login = urlsplit(answer["Location"])
        assert login.path == resolve_url(settings.LOGIN_URL)
        (back,) = parse_qs(login.query)["next"]
        assert back.startswith("/ask/?")
        assert counted() == {}
        client.force_login(make_user())
        form = FormValues(html_of(client.get(back)), "stack ask-form")
        assert form.values == typed
        client.post("/ask/", form.values)
        assert list(Ask.objects.values_list("why", "wants_mail")) == [(typed["why"], True)]

    def test_no_mail_and_another_tool_survive_too(self) -> None:
        typed = {**LATHE, "apart": "on"}
        del typed["mail"]
        answer = Client(headers=SAME).post("/ask/", typed)
        (back,) = parse_qs(urlsplit(answer["Location"]).query)["next"]
        assert FormValues(html_of(Client().get(back)), "stack ask-form").values == typed

    def test_own_pages_ask_for_a_sign_in(self) -> None:
        ask = make_wanted().asks.get()
        for answer in (
            Client().get("/ask/mine/"),
            Client().post("/ask/mine/mail/", {"mail": "off"}),
            Client().post(f"/ask/mine/{ask.pk}/take-back/"),
        ):
            assert answer.status_code == 302
            assert "next=/ask/mine/" in answer["Location"]
        assert (Ask.objects.count(), AskMailStop.objects.count()) == (1, 0)


@pytest.mark.django_db
class TestGuard:
    @pytest.mark.parametrize(
        "headers",
        [
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"Sec-Fetch-Site": "none"},
            {"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver"},
            {"Origin": "https://evil.example.com"},
            {"Origin": "null"},
            {"Origin": "https://testserver"},
        ],
    )
    def test_a_form_of_another_site_is_refused(self, headers: dict[str, str]) -> None:
        client = Client(headers=headers)
        client.force_login(make_user())
        answer = client.post("/ask/", LATHE)
        assert answer.status_code == 403
        assert "We did not take that" in text_of(answer)
        assert counted() == {}

    @pytest.mark.parametrize("headers", [SAME, {"Origin": "http://testserver"}])
    def test_a_form_of_ours_needs_no_token(self, headers: dict[str, str]) -> None:
        client = Client(enforce_csrf_checks=True, headers=headers)
        client.force_login(make_user())
        assert client.post("/ask/", LATHE).status_code == 302
        assert counted() == {"Lathe": 1}

    def test_a_browser_that_says_nothing_confirms_with_one_press(self) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(make_user())
        answer = client.post("/ask/", LATHE)
        assert (answer.status_code, counted()) == (200, {})
        assert "no-store" in answer["Cache-Control"]
        form = FormValues(html_of(answer), "/ask/confirm/")
        assert form.values.pop("csrfmiddlewaretoken")
        assert form.values == LATHE
        assert client.post("/ask/confirm/", form.values).status_code == 403
        token = client.cookies["csrftoken"].value
        assert client.post("/ask/confirm/", {**form.values, "csrfmiddlewaretoken": token}).status_code == 302
        assert counted() == {"Lathe": 1}

    @pytest.mark.parametrize("address", ["/ask/mine/mail/", "/ask/mine/1/take-back/", "/ask/confirm/"])
    def test_own_forms_carry_a_token(self, address: str) -> None:
        client = Client(enforce_csrf_checks=True, headers=SAME)
        client.force_login(make_user())
        assert client.post(address, {"mail": "off"}).status_code == 403
        assert client.get(address).status_code == 405


@pytest.mark.django_db
class TestLimits:
    def test_three_an_hour(self) -> None:
        user = make_user()
        for _ in range(3):
            make_wanted(by=[user])
        answer = signed_in(user).post("/ask/", LATHE)
        after = Ask.objects.earliest("asked_at").asked_at + timedelta(minutes=61)
        assert answer.status_code == 429
        assert texts(answer, "flash") == [
            "Not entered. An account may ask for 3 tools an hour and 10 a day. "
            f"You can ask again after {after:%H:%M} UTC."
        ]
        assert "Lathe" not in counted()
        assert FormValues(html_of(answer), "stack ask-form").values == LATHE
        Ask.objects.update(asked_at=F("asked_at") - timedelta(hours=1))
        assert signed_in(user).post("/ask/", LATHE).status_code == 302

    def test_ten_a_day(self) -> None:
        user = make_user()
        for _ in range(10):
            make_wanted(by=[user])
            Ask.objects.update(asked_at=F("asked_at") - timedelta(hours=2))
        assert signed_in(user).post("/ask/", LATHE).status_code == 429
        Ask.objects.update(asked_at=F("asked_at") - timedelta(hours=4))
        assert signed_in(user).post("/ask/", LATHE).status_code == 302

    def test_what_was_asked_before_and_what_is_here_cost_nothing(self) -> None:
        user = make_user()
        make_tool(name="Plane")
        make_wanted("Lathe", by=[user])
        for _ in range(2):
            make_wanted(by=[user])
        assert "again=" in signed_in(user).post("/ask/", LATHE)["Location"]
        assert signed_in(user).post("/ask/", {**LATHE, "name": "Plane"}).status_code == 200

    def test_another_account_is_not_touched(self) -> None:
        user = make_user()
        for _ in range(3):
            make_wanted(by=[user])
        assert signed_in().post("/ask/", LATHE).status_code == 302


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("attempt", "promise"),
    [
        ("INSERT INTO tools_ask (wanted_tool_id, user_id, why, wants_mail) SELECT wanted_tool_id, user_id, '', true"
         " FROM tools_ask", "one_ask_per_account_and_tool"),
        ("INSERT INTO tools_wantedtool (name, website, name_key, website_key, state)"
         " SELECT 'x', website, name_key, 'x', 'open' FROM tools_wantedtool", "one_wanted_tool_per_name"),
        ("INSERT INTO tools_wantedtool (name, website, name_key, website_key, state)"
         " SELECT 'x', website, 'x', website_key, 'open' FROM tools_wantedtool", "one_wanted_tool_per_website"),
        ("UPDATE tools_wantedtool SET state = 'lost'", "wanted_tool_state_is_known"),
        ("UPDATE tools_wantedtool SET name_key = ''", "wanted_tool_can_be_recognised"),
        ("UPDATE tools_wantedtool SET merged_into_id = id", "wanted_tool_is_not_merged_into_itself"),
    ],
)  # fmt: skip
def test_the_database_refuses(attempt: str, promise: str) -> None:
    make_wanted()
    with pytest.raises(IntegrityError, match=promise), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(attempt)


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_readers_who_ask_for_one_new_tool_at_once_make_one_row(self) -> None:
        users = [make_user() for _ in range(4)]

        def click(number: int) -> None:
            try:
                ask_for(user=users[number % 4], wish=Wish(f"La the{'!' * number}", "https://lathe.example.com/"))
            finally:
                connection.close()

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(click, range(20)))
        assert list(counted().values()) == [4]

    def test_one_reader_cannot_pass_the_limit_by_clicking_fast(self) -> None:
        user, refused = make_user(), []

        def click(number: int) -> None:
            try:
                ask_for(user=user, wish=Wish(f"Tool {number}", f"https://tool-{number}.example.com/"))
            except TooManyAsksError:
                refused.append(number)
            finally:
                connection.close()

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(click, range(8)))
        assert (Ask.objects.count(), WantedTool.objects.count(), len(refused)) == (3, 3, 5)

    def test_publishing_while_readers_ask_leaves_nobody_waiting(self) -> None:
        tool = make_tool(name="Lathe", status="draft", published_at=None)
        make_wanted("Lathe")
        users, here = [make_user() for _ in range(6)], []

        def click(number: int) -> None:
            from tools.asks.telling import tell_askers

            try:
                if number == 3:
                    publish_tool(tool)
                    tell_askers()
                else:
                    ask_for(user=users[number % 6], wish=Wish("Lathe", "https://lathe.example.com/"))
            except AlreadyHereError:
                here.append(number)
            finally:
                connection.close()

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(click, range(6)))
        assert not Ask.objects.filter(told_at=None).exists()
        assert WantedTool.objects.get().state == "published"
        assert Ask.objects.count() + len(here) == 6
