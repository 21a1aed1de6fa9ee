"""Voting as browsers do it: forms and JSON, the guard of cached pages, cookies, and every kind of wrong request."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection
from django.http import HttpResponse
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.registry import records_of, run_sign_in_steps
from config.env import BASE_DIR
from tests.accounts.entrance import sign_in
from tests.factories import make_tool
from tests.pages import html_of, text_of
from tests.votes.voters import counted, make_reader
from tools.models import Tool
from votes.models import Crowd, Vote, Voter
from votes.services import find_mismatches, freeze_votes, sweep_once_a_minute

SAME = {"sec-fetch-site": "same-origin"}


@pytest.fixture
def tool(db: None) -> Tool:
    return make_tool(slug="lathe", name="Lathe")


def post(client: Client, choice: str = "ship", *, headers: dict[str, str] | None = None, **fields: Any) -> HttpResponse:
    return client.post("/votes/lathe/", {"choice": choice, **fields}, headers=SAME if headers is None else headers)  # type: ignore[return-value]


def send(client: Client, sent: Any, *, headers: dict[str, str] | None = None, kind: str = "application/json") -> Any:
    body = sent if isinstance(sent, (str, bytes)) else json.dumps(sent)
    return client.post("/votes/lathe/", body, content_type=kind, headers=SAME if headers is None else headers)


class TestForms:
    def test_a_form_goes_back_to_where_the_reader_stood(self, tool: Tool, client: Client) -> None:
        answer = post(client, next="/compare/lathe-vs-plane/")
        assert (answer.status_code, answer["Location"]) == (303, "/compare/lathe-vs-plane/#vote-lathe-pencilled")
        assert counted(tool, Crowd.PASSING) == (1, 0)

    @pytest.mark.parametrize(
        "where",
        ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", "", "/a#b", "x" * 600],
    )
    def test_it_never_goes_anywhere_else(self, tool: Tool, client: Client, where: str) -> None:
        answer = post(client, next=where)
        assert answer.status_code in (303, 400)
        assert answer.get("Location", "/tools/lathe/#vote-lathe-pencilled") == "/tools/lathe/#vote-lathe-pencilled"

    def test_choosing_changing_and_taking_back(self, tool: Tool, client: Client) -> None:
        for choice, numbers in (("ship", (1, 0)), ("skip", (0, 1)), ("skip", (0, 1)), ("none", (0, 0))):
            post(client, choice)
            assert counted(tool, Crowd.PASSING) == numbers
        assert Voter.objects.count() == 1

    def test_the_own_page_says_where_the_vote_stands(self, tool: Tool, client: Client) -> None:
        assert "No vote of yours is on record." in text_of(client.get("/votes/lathe/"))
        assert client.cookies == {}
        post(client, "skip")
        page = client.get("/votes/lathe/")
        assert "Pencilled in: skip. It counts among readers passing by. Sign in to make it count." in text_of(page)
        assert re.findall(r'value="(\w+)" aria-pressed="true"', html_of(page)) == ["skip"]
        assert "no-store" in page["Cache-Control"]

    def test_a_signed_in_readers_vote_is_inked(self, tool: Tool, client: Client) -> None:
        client.force_login(make_reader())
        assert post(client)["Location"] == "/tools/lathe/#vote-lathe-inked"
        assert (counted(tool), client.cookies.get("voter")) == ((1, 0), None)
        assert "Inked: ship. It counts." in text_of(client.get("/votes/lathe/"))

    @override_settings(VOTE_ACCOUNT_AGE_HOURS=72)
    def test_a_young_or_unproven_account_is_pencilled(self, tool: Tool) -> None:
        for reader in (make_reader(days=2), make_reader(verified_at=None)):
            client = Client()
            client.force_login(reader)
            assert post(client)["Location"] == "/tools/lathe/#vote-lathe-pencilled"
        assert (counted(tool), counted(tool, Crowd.PASSING)) == ((0, 0), (2, 0))
        assert "until your account is old enough" in text_of(client.get("/votes/lathe/"))


class TestJson:
    def test_an_answer_holds_the_new_numbers(self, tool: Tool) -> None:
        for _ in range(10):
            client = Client()
            client.force_login(make_reader())
            answer = send(client, {"choice": "ship"})
        passing = send(Client(), {"choice": "skip"})
        assert (answer.status_code, passing.status_code) == (200, 200)
        assert answer.json()["message"] == "Inked: ship. It counts."
        assert passing.json() == {
            "tool": "lathe",
            "choice": "skip",
            "standing": "pencilled",
            "message": "Pencilled in: skip. It counts among readers passing by.",
            "signed_in": False,
            "community": {
                "headline": "100%",
                "detail": "of 10 votes",
                "note": "Likely between 72% and 100%",
                "flip": "11 more skips would turn it.",
                "label": "100 percent ship, likely between 72 and 100",
                "percent": 100,
                "low": 72.2,
                "high": 100.0,
            },
            "passing": "Readers passing by: 0 ship, 1 skip",
        }

    def test_what_waits_for_review_is_accepted_and_said_so(self, tool: Tool) -> None:
        answers = [send(Client(), {"choice": "ship"}) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 202]
        assert answers[-1].json()["message"] == "Received. It is counted after review."

    def test_own_votes_are_told_for_the_script_of_a_page(self, tool: Tool, client: Client) -> None:
        make_tool(slug="plane")
        send(client, {"choice": "ship"})
        mine = client.get("/votes/?tool=lathe&tool=plane&tool=unknown")
        assert mine.json()["votes"] == {
            "lathe": {
                "choice": "ship",
                "standing": "pencilled",
                "message": "Pencilled in: ship. It counts among readers passing by.",
                "signed_in": False,
            },
            "plane": {
                "choice": None,
                "standing": "none",
                "message": "No vote of yours is on record.",
                "signed_in": False,
            },
        }
        assert "no-store" in mine["Cache-Control"]
        assert Client().get("/votes/?tool=lathe").json()["votes"]["lathe"]["choice"] is None

    @pytest.mark.parametrize("query", ["", "tool=", "tool=%00", "tool=la%00the", f"tool={'x' * 5000}", "tool=%ff"])
    def test_asking_for_what_is_no_tool_finds_nothing(self, tool: Tool, client: Client, query: str) -> None:
        assert client.get(f"/votes/?{query}").json() == {"votes": {}}


class TestGuard:
    @pytest.mark.parametrize(
        "headers",
        [
            {"sec-fetch-site": "cross-site"},
            {"sec-fetch-site": "same-site"},
            {"sec-fetch-site": "none"},
            {"sec-fetch-site": "cross-site", "origin": "http://testserver"},
            {"sec-fetch-site": "", "origin": "http://testserver"},
            {"origin": "https://evil.example"},
            {"origin": "null"},
            {"origin": "http://testserver.evil.example"},
            {"origin": "https://testserver"},
        ],
    )
    def test_what_comes_from_elsewhere_is_refused(self, tool: Tool, client: Client, headers: dict[str, str]) -> None:
        for answer in (post(client, headers=headers), send(client, {"choice": "ship"}, headers=headers)):
            assert answer.status_code == 403
        assert (Vote.objects.count(), Voter.objects.count(), client.cookies) == (0, 0, {})

    @pytest.mark.parametrize("headers", [SAME, {"origin": "http://testserver"}])
    def test_what_comes_from_a_page_of_ours_is_taken(self, tool: Tool, client: Client, headers: dict[str, str]) -> None:
        assert post(client, headers=headers).status_code == 303
        assert send(client, {"choice": "skip"}, headers=headers).status_code == 200

    def test_a_browser_that_says_nothing_gets_one_button(self, tool: Tool, client: Client) -> None:
        page = post(client, "skip", headers={}, next="/compare/lathe-vs-plane/")
        assert (page.status_code, Vote.objects.count(), "no-store" in page["Cache-Control"]) == (403, 0, True)
        assert "Confirm: skip" in text_of(page)
        fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', html_of(page)))
        answer = client.post("/votes/lathe/", fields)
        assert (answer.status_code, answer["Location"]) == (303, "/compare/lathe-vs-plane/#vote-lathe-pencilled")
        assert client.post("/votes/lathe/", fields).status_code == 303  # a replay by the same browser changes nothing
        assert Vote.objects.get().revision == 1

        assert Client().post("/votes/lathe/", fields).status_code == 403  # another browser
        assert client.post("/votes/lathe/", fields, headers={"origin": "null"}).status_code == 403
        client.force_login(make_reader())
        assert client.post("/votes/lathe/", fields).status_code == 403  # another reader
        assert Vote.objects.count() == 1

    def test_a_browser_that_keeps_no_cookie_is_told_so_and_asked_no_further(self, tool: Tool, client: Client) -> None:
        fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', html_of(post(client, "skip", headers={}))))
        client.cookies.clear()
        answer = client.post("/votes/lathe/", fields)
        assert (answer.status_code, Vote.objects.count()) == (403, 0)
        assert "Your browser keeps no cookies from us" in text_of(answer)
        assert "Confirm" not in text_of(answer)

    def test_json_without_any_word_of_its_origin_is_refused(self, tool: Tool, client: Client) -> None:
        assert send(client, {"choice": "ship"}, headers={}).status_code == 403

    @pytest.mark.parametrize("kind", ["text/plain", "text/plain; charset=utf-8", "application/xml", ""])
    def test_other_kinds_of_bodies_are_refused(self, tool: Tool, client: Client, kind: str) -> None:
        assert send(client, {"choice": "ship"}, kind=kind).status_code == 403
        assert Vote.objects.count() == 0

    @pytest.mark.parametrize("method", ["get", "head", "options", "put", "patch", "delete"])
    def test_only_post_changes_anything(self, tool: Tool, client: Client, method: str) -> None:
        answer = getattr(client, method)("/votes/lathe/?choice=ship", headers=SAME)
        assert answer.status_code == (200 if method in ("get", "head") else 405)
        assert (Vote.objects.count(), Voter.objects.count(), client.cookies) == (0, 0, {})


class TestWrongRequests:
    @pytest.mark.parametrize(
        "choice", [0, 2, -1, "ship ", "SHIP", "", "true", True, None, [], {}, ["ship"], 10**400, "ship\0", "\u202eship"]
    )
    def test_no_choice_is_no_vote(self, tool: Tool, client: Client, choice: object) -> None:
        assert send(client, {"choice": choice}).status_code == 400
        if isinstance(choice, str):
            assert post(client, choice).status_code == 400
        assert Vote.objects.count() == 0

    @pytest.mark.parametrize(
        "body", [b"[]", b"null", b"{", b"\xff\xfe", b'{"choice": "ship"} x', b"[" * 20_000, b'"ship"', b"NaN"]
    )
    def test_what_is_no_object_is_no_vote(self, tool: Tool, client: Client, body: bytes) -> None:
        assert send(client, body).status_code == 400
        assert Vote.objects.count() == 0

    def test_a_tool_that_is_not_public_takes_no_vote(self, client: Client, db: None) -> None:
        make_tool(slug="draft", status="draft", published_at=None)
        for slug in ("draft", "unknown", "x" * 3000, "0"):
            assert client.post(f"/votes/{slug}/", {"choice": "ship"}, headers=SAME).status_code == 404
        assert client.post("/votes/la%00the/", {"choice": "ship"}, headers=SAME).status_code == 404

    def test_too_many_changes_are_refused_with_a_word_on_when(self, tool: Tool, client: Client) -> None:
        answers = [post(client, ("ship", "skip")[number % 2]) for number in range(31)]
        assert [answer.status_code for answer in answers] == [303] * 30 + [429]
        assert answers[-1]["Retry-After"] == "60"
        assert "Nothing was changed." in text_of(answers[-1])

    def test_a_browser_that_floods_is_refused_without_a_query(
        self, tool: Tool, client: Client, django_assert_num_queries: Any
    ) -> None:
        for number in range(32):
            post(client, ("ship", "skip")[number % 2])
        with django_assert_num_queries(0):
            assert send(client, {"choice": "ship"}).status_code == 429
        assert client.get("/votes/lathe/").status_code == 200
        assert post(Client()).status_code == 303

    def test_an_answer_with_new_numbers_costs_one_query_and_one_for_who_is_signed_in(
        self, tool: Tool, client: Client
    ) -> None:
        client.force_login(make_reader())
        costs = []
        for choice in ("ship", "skip", "ship"):
            with CaptureQueriesContext(connection) as asked:
                answer = send(client, {"choice": choice}).json()
            costs.append(len(asked))
        assert (answer["standing"], answer["community"]["detail"]) == ("inked", "1 of 10 votes needed")
        assert min(costs) == 2  # the first vote of a minute sweeps as well, and two of three are not the first

    def test_a_paused_tool_says_so(self, tool: Tool, client: Client) -> None:
        freeze_votes(tool=tool, actor=None, reason="a story")
        assert send(client, {"choice": "ship"}).json() == {
            "error": "Voting on Lathe is paused while we look at a burst of votes."
        }
        assert post(client).status_code == 409

    @pytest.mark.parametrize("cookie", ["", "short", "x" * 22 + "!", "a" * 5000, "\u00e9" * 22])
    def test_a_cookie_we_cannot_have_made_is_replaced(self, tool: Tool, client: Client, cookie: str) -> None:
        client.cookies["voter"] = cookie
        answer = post(client)
        assert answer.status_code == 303
        assert len(answer.cookies["voter"].value) == 22


class TestDatabaseAway:
    def test_a_vote_that_cannot_be_kept_is_not_acknowledged(self, tmp_path: Path) -> None:
        code = """
import os, django
django.setup()
from django.test import Client
from django.test.utils import CaptureQueriesContext
for sent in ({"data": {"choice": "ship"}}, {"data": '{"choice": "ship"}', "content_type": "application/json"}):
    answer = Client(headers={"host": "127.0.0.1"}).post("/votes/x/", headers={"sec-fetch-site": "same-origin"}, **sent)
    print(answer.status_code, answer["Retry-After"], "nothing was counted twice" in answer.content.decode())
"""
        away = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", "STATE_DIR": str(tmp_path)}
        named = {**os.environ, **away, "DJANGO_SETTINGS_MODULE": "config.settings"}
        ended = subprocess.run(
            [sys.executable, "-c", code],
            cwd=BASE_DIR,
            env=named,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        assert ended.stdout.splitlines() == ["503 60 True"] * 2

    def test_a_read_only_database_takes_no_vote(self, tool: Tool, client: Client) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
        answer = send(client, {"choice": "ship"})
        assert (answer.status_code, answer["Retry-After"]) == (503, "60")

    def test_a_sweep_that_fails_is_not_the_votes_answer(
        self, tool: Tool, client: Client, caplog: pytest.LogCaptureFixture
    ) -> None:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE votes_netkey RENAME COLUMN destroy_at TO gone")
        sweep_once_a_minute(timezone.now() + timedelta(hours=2))
        assert "The sweep of votes failed" in caplog.text


class TestCookie:
    def test_is_made_with_the_first_vote_and_kept(self, tool: Tool, client: Client) -> None:
        client.get("/tools/lathe/")
        assert client.cookies == {}
        morsel = post(client).cookies["voter"]
        assert (morsel["httponly"], morsel["samesite"], morsel["path"], morsel["domain"]) == (True, "Lax", "/", "")
        assert post(client, "skip").cookies == {}
        secret = morsel.value.encode()
        assert secret not in bytes(Voter.objects.get().secret_hash or b"")

    def test_is_bound_to_the_host_on_a_server(self, tool: Tool, client: Client, settings: LazySettings) -> None:
        settings.VOTER_COOKIE_NAME, settings.LOCAL = "__Host-voter", False
        morsel = post(client).cookies["__Host-voter"]
        assert (morsel["secure"], morsel["path"], morsel["domain"]) == (True, "/", "")


class TestSigningIn:
    def test_by_emailed_code_takes_the_browsers_vote_along(self, tool: Tool, client: Client) -> None:
        post(client)
        sign_in(client)
        assert (counted(tool), counted(tool, Crowd.PASSING)) == ((1, 0), (0, 0))
        assert post(client, "skip")["Location"].endswith("inked")
        assert (counted(tool), find_mismatches()) == ((0, 1), [])

    def test_the_intent_survives_and_becomes_the_accounts_vote_once(self, tool: Tool, client: Client) -> None:
        post(client)
        reader = make_reader()
        client.force_login(reader)
        request = client.get("/votes/lathe/").wsgi_request
        for _ in range(2):
            run_sign_in_steps(request, reader)
        assert (counted(tool), counted(tool, Crowd.PASSING)) == ((1, 0), (0, 0))
        assert "Inked: ship." in text_of(client.get("/votes/lathe/"))
        client.logout()
        client.cookies["voter"] = request.COOKIES["voter"]
        answer = post(client, "skip")
        assert answer["Location"].endswith("pencilled")
        assert answer.cookies["voter"].value != request.COOKIES["voter"]
        assert (counted(tool), counted(tool, Crowd.PASSING), find_mismatches()) == ((1, 0), (0, 1), [])

    def test_ones_own_votes_are_part_of_ones_own_records(self, tool: Tool, client: Client) -> None:
        reader = make_reader()
        client.force_login(reader)
        post(client)
        (record,) = records_of(reader)["votes"]
        assert {**record, "cast at": "", "changed at": ""} == {
            "tool": "lathe",
            "choice": "SHIP",
            "state": "counted",
            "counted among": "accounts",
            "cast at": "",
            "changed at": "",
        }
        assert record["cast at"].startswith(f"{timezone.now():%Y-%m}")
