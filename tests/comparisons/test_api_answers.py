"""How the API answers: page by page, in few queries, to be kept and asked again, readable from anywhere; and errors."""

from __future__ import annotations

import gzip
from typing import Any

import brotli
import pytest
from django.test import Client, override_settings
from django.urls import path
from pytest_django.fixtures import DjangoAssertNumQueries

from comparisons.standings import count_votes
from comparisons.views.open_answers import endpoint
from config.urls import handler400, handler403, handler404, handler500, urlpatterns  # noqa: F401 (read by Django)
from tests.factories import make_panel, make_review, make_reviewer, make_tool, make_votes
from tests.open_data import SCHEMAS, check_shape, fill_open_data, read, read_all
from tools.models import Tool

pytestmark = pytest.mark.django_db

BUDGET = {
    "categories/": 1,
    "criteria/": 1,
    "tools/": 5,
    "tools/anvil/": 5,
    "tools/ghost/": 2,
    "reviewers/": 4,
    "reviews/": 1,
    "reviews/?tool=anvil": 1,
    "comparisons/": 1,
    "comparisons/anvil-vs-bellows/": 1,
    "tallies/": 2,
    "leaderboard/": 3,
    "receipts/": 1,
    "receipts/?kind=verdict&tool=anvil&since=2026-01-01": 2,
    "openapi.json": 0,
    "": 0,
}


@pytest.mark.parametrize("more", [0, 3])
@pytest.mark.parametrize("address", BUDGET)
def test_an_answer_keeps_its_budget(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries, address: str, more: int
) -> None:
    fill_open_data()
    for _ in range(more):
        make_votes(tool := make_tool(), 10, 1)
        make_panel(tool, "sk")
    count_votes()
    client.get("/api/v1/reviewers/")
    with django_assert_num_queries(BUDGET[address]):
        client.get(f"/api/v1/{address}")


class TestPages:
    @pytest.fixture(autouse=True)
    def publication(self) -> None:
        fill_open_data()

    @pytest.mark.parametrize("name", SCHEMAS)
    def test_pages_of_any_size_hold_every_record_once(self, client: Client, name: str) -> None:
        whole = list(read_all(client, name))
        assert len({record["id"] for record in whole}) == len(whole)
        for limit in (1, 2, len(whole)):
            assert list(read_all(client, name, limit)) == whole

    @pytest.mark.parametrize("name", ["tools", "leaderboard"])
    def test_nothing_is_left_out_or_doubled_when_rows_appear_meanwhile(self, client: Client, name: str) -> None:
        known = [record["id"] for record in read_all(client, name)]
        seen = []
        for record in read_all(client, name, limit=1):
            seen.append(record["id"])
            if len(seen) <= len(known):
                make_votes(tool := make_tool(name="0 first of all"), 300, 0)
                make_review(tool, make_reviewer())
                count_votes()
        assert [key for key in seen if key in known] == known
        assert len(set(seen)) == len(seen)

    def test_a_page_whose_first_place_is_gone_says_so(self, client: Client) -> None:
        following = read(client, "/api/v1/leaderboard/?limit=1")["next"]
        Tool.objects.filter(slug="anvil").update(status="draft")
        response = client.get(following.removeprefix("http://127.0.0.1:8000"))
        assert response.status_code == 404
        assert "Begin anew" in response.json()["detail"]

    def test_the_next_page_stands_in_the_link_header_too(self, client: Client) -> None:
        response = client.get("/api/v1/reviews/?limit=2&tool=anvil")
        following = response.json()["next"]
        assert following.startswith("http://127.0.0.1:8000/api/v1/reviews/?limit=2&tool=anvil&cursor=")
        assert response["Link"] == f'<{following}>; rel="next"'
        assert "Link" not in client.get("/api/v1/reviews/")

    def test_fifty_come_unless_more_are_wanted(self, client: Client) -> None:
        for _ in range(50):
            make_tool()
        assert len(read(client, "/api/v1/tools/")["items"]) == 50
        assert len(read(client, "/api/v1/tools/?limit=100")["items"]) == 54


class TestKeeping:
    @pytest.fixture(autouse=True)
    def publication(self) -> None:
        fill_open_data()

    @pytest.mark.parametrize("address", ["/api/v1/", "/api/v1/openapi.json", "/api/v1/tools/", "/api/v1/tools/anvil/"])
    def test_whoever_has_the_bytes_is_told_so(self, client: Client, address: str) -> None:
        first = client.get(address)
        assert first["ETag"].startswith('"')
        assert first["Cache-Control"].startswith("public, max-age=")
        assert not first.cookies
        assert "Cookie" not in first.get("Vary", "")
        for known in (first["ETag"], f"W/{first['ETag']}", f'"other", {first["ETag"]}', "*"):
            again = client.get(address, headers={"if-none-match": known})
            assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
            assert again["Access-Control-Allow-Origin"] == "*"
        assert client.get(address, headers={"if-none-match": '"other"'}).content == first.content

    @pytest.mark.parametrize(("coding", "unpacked"), [("br", brotli.decompress), ("gzip", gzip.decompress)])
    def test_a_shrunk_answer_has_a_fingerprint_of_its_own(self, client: Client, coding: str, unpacked: Any) -> None:
        plain = client.get("/api/v1/tools/")
        shrunk = client.get("/api/v1/tools/", headers={"accept-encoding": coding})
        assert unpacked(shrunk.content) == plain.content
        assert shrunk["ETag"] == f'{plain["ETag"][:-1]}-{coding}"'
        known = {"accept-encoding": coding, "if-none-match": shrunk["ETag"]}
        again = client.get("/api/v1/tools/", headers=known)
        assert (again.status_code, again["ETag"], again["Vary"]) == (304, shrunk["ETag"], "Accept-Encoding")

    def test_a_change_changes_the_fingerprint(self, client: Client) -> None:
        before = client.get("/api/v1/tools/")["ETag"]
        Tool.objects.filter(slug="drill").update(tagline="New words.")
        assert client.get("/api/v1/tools/", headers={"if-none-match": before}).status_code == 200

    @pytest.mark.parametrize("address", ["/api/v1/tools/", "/api/v1/tools/ghost/", "/api/v1/nothing", "/api/v1/tools"])
    def test_any_page_of_any_site_may_read_it(self, client: Client, address: str) -> None:
        response = client.get(address, headers={"origin": "https://elsewhere.example.org"})
        assert response["Access-Control-Allow-Origin"] == "*"
        assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert "Access-Control-Allow-Credentials" not in response

    def test_a_browser_that_asks_first_may_ask_on(self, client: Client) -> None:
        asked = {"origin": "https://elsewhere.example.org", "access-control-request-method": "GET"}
        response = client.options("/api/v1/tools/", headers=asked)
        assert response.status_code == 204
        assert response["Access-Control-Allow-Origin"] == "*"
        assert response["Access-Control-Allow-Methods"] == "GET, HEAD"
        assert response["Access-Control-Allow-Headers"] == "If-None-Match"

    def test_other_pages_stay_closed(self, client: Client) -> None:
        for address in ("/", "/data/", "/tools/anvil/"):
            assert "Access-Control-Allow-Origin" not in client.get(address)

    def test_head_has_the_headers_and_no_body(self, client: Client) -> None:
        full, head = client.get("/api/v1/tools/"), client.head("/api/v1/tools/")
        assert (head.status_code, head.content) == (200, b"")
        assert head["ETag"] == full["ETag"]


def check_problem(response: Any, status: int) -> str:
    assert (response.status_code, response["Content-Type"]) == (status, "application/problem+json")
    problem = response.json()
    check_shape("Problem", problem)
    assert problem["status"] == status
    return str(problem["detail"])


class TestProblems:
    @pytest.mark.parametrize(
        ("asked", "said"),
        [
            ("tools/?page=2", "There is no parameter 'page'. Known here: limit, cursor."),
            ("tools/?tool=anvil", "There is no parameter 'tool'"),
            ("tools/anvil/?limit=2", "Known here: as_of."),
            ("reviews/1/?as_of=2026-01-01", "This address takes none."),
            ("?x=1", "This address takes none."),
            ("openapi.json?x=1", "This address takes none."),
            ("tools/?limit=0", "from 1 to 100"),
            ("tools/?limit=101", "from 1 to 100"),
            ("tools/?limit=-1", "from 1 to 100"),
            ("tools/?limit=1e1", "from 1 to 100"),
            ("tools/?limit=%D9%A1", "from 1 to 100"),
            ("tools/?limit=", "from 1 to 100"),
            ("tools/?limit=9999999999999999999999999", "from 1 to 100"),
            ("tools/?limit=5&limit=5", "Give the parameter limit once"),
            ("tools/?cursor=", "This is no cursor"),
            ("tools/?cursor=%00", "This is no cursor"),
            ("tools/?cursor=ABC", "This is no cursor"),
            ("tools/?cursor=zzzzzzzzzzzz", "This is no cursor"),
            ("receipts/?kind=vote", "kind is one of verdict, price"),
            ("receipts/?tool=%00", "tool is a slug"),
            (f"receipts/?tool={'a' * 101}", "tool is a slug"),
            ("reviews/?reviewer=The+Builder", "reviewer is a slug"),
            ("receipts/?since=yesterday", "since is a day"),
            ("receipts/?since=2026-13-01", "since is a day"),
            ("receipts/?since=2026-11-01T09:00:00", "since is a day"),
            ("receipts/?since=0000-01-01T00:00:00Z", "since is a day"),
        ],
    )
    def test_what_cannot_be_read_says_what_to_do(self, client: Client, asked: str, said: str) -> None:
        assert said in check_problem(client.get(f"/api/v1/{asked}"), 400)

    @pytest.mark.parametrize("limit", ["1", "100"])
    @pytest.mark.parametrize("name", SCHEMAS)
    def test_the_largest_cursor_leads_to_an_end(self, client: Client, name: str, limit: str) -> None:
        response = client.get(f"/api/v1/{name}/?cursor=zzzzzzzzzzz&limit={limit}")
        if name == "leaderboard":
            check_problem(response, 404)
        else:
            assert response.json() == {"items": [], "next": None}

    @pytest.mark.parametrize(
        "asked",
        [
            *(
                "nothing/",
                "nothing/x/y",
                "tools/ghost/",
                "tools/%00/",
                "tools/ANVIL/",
                "tools/%F0%9F%9A%A2/",
                "tools/a/b/",
            ),
            *("reviewers/ghost/", "reviews/0/", "reviews/abc/", f"receipts/{10**30}/", "receipts/-1/", "receipts/01/"),
            *("comparisons/ghost/", "comparisons/a-vs-b/", f"comparisons/{'-vs-'.join('a' * 80)}/", "tallies/1/"),
        ],
    )
    def test_what_is_not_there_is_a_problem(self, client: Client, asked: str) -> None:
        check_problem(client.get(f"/api/v1/{asked}"), 404)

    @pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "trace"])
    @pytest.mark.parametrize("asked", ["", "tools/", "tools/anvil/", "openapi.json"])
    def test_nothing_can_be_written(self, asked: str, method: str) -> None:
        response = getattr(Client(enforce_csrf_checks=True), method)(f"/api/v1/{asked}")
        assert "GET, HEAD, OPTIONS" in check_problem(response, 405)
        assert response["Allow"] == "GET, HEAD, OPTIONS"

    def test_a_wrong_host_is_a_problem(self, client: Client) -> None:
        check_problem(client.get("/api/v1/tools/", headers={"host": "elsewhere.example.org"}), 400)

    def test_what_breaks_is_a_problem(self) -> None:
        with override_settings(ROOT_URLCONF=__name__):
            response = Client(raise_request_exception=False).get("/api/v1/broken/")
        check_problem(response, 500)
        assert response["Cache-Control"] == "no-store"
        assert response["Access-Control-Allow-Origin"] == "*"

    def test_the_other_order_of_a_pair_leads_to_its_one_address(self, client: Client) -> None:
        fill_open_data()
        response = client.get("/api/v1/comparisons/bellows-vs-anvil/")
        assert (response.status_code, response["Location"]) == (301, "/api/v1/comparisons/anvil-vs-bellows/")

    def test_what_a_renamed_tool_has_left_leads_on(self, client: Client) -> None:
        anvil = fill_open_data()
        anvil.slug = "zeppelin"
        anvil.save()
        for old, new in (
            ("tools/anvil/", "tools/zeppelin/"),
            ("comparisons/anvil-vs-bellows/", "comparisons/bellows-vs-zeppelin/"),
            ("tools/anvil/?as_of=2001-01-01", "tools/zeppelin/?as_of=2001-01-01"),
        ):
            response = client.get(f"/api/v1/{old}")
            assert (response.status_code, response["Location"]) == (301, f"/api/v1/{new}")
            assert response["Access-Control-Allow-Origin"] == "*"
        check_problem(client.get("/api/v1/tools/anvil/?as_of=tomorrow"), 400)

    def test_the_page_about_it_names_every_kind_of_problem(self, client: Client) -> None:
        page = client.get("/data/").content.decode()
        for asked in ("/api/v1/tools/ghost/", "/api/v1/tools/?x=1"):
            kind = client.get(asked).json()["type"]
            address, _, anchor = kind.partition("#")
            assert address == "http://127.0.0.1:8000/data/"
            assert f'id="{anchor}"' in page


@endpoint
def broken(request: Any) -> Any:
    raise RuntimeError("for the test")


urlpatterns = [path("api/v1/broken/", broken), *urlpatterns]
