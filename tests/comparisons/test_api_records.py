"""What the API's records say: the numbers of the pages, everything that is public, and nothing else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from comparisons.models import Receipt
from editorial.services import withdraw
from reviews.models import Review
from tests.open_data import MARKER, SCHEMAS, check_shape, fill_hidden, fill_open_data, read, read_all
from tests.pages import html_of, text_of
from tests.passing_time import pass_time
from tools.models import Plan, Tool
from votes.intervals import wilson_interval

pytestmark = pytest.mark.django_db


@pytest.fixture
def anvil() -> Tool:
    return fill_open_data()


@pytest.mark.usefixtures("anvil")
class TestShapes:
    @pytest.mark.parametrize("name", SCHEMAS)
    def test_every_record_has_the_shape_that_the_document_says(self, client: Client, name: str) -> None:
        found = list(read_all(client, name))
        assert found
        for record in found:
            check_shape(SCHEMAS[name], record)

    @pytest.mark.parametrize(
        ("name", "part"),
        [("tools", "slug"), ("reviewers", "slug"), ("reviews", "id"), ("receipts", "id"), ("comparisons", "address")],
    )
    def test_a_record_alone_is_the_one_of_the_list(self, client: Client, name: str, part: str) -> None:
        for record in read_all(client, name):
            assert read(client, f"/api/v1/{name}/{record[part]}/") == record

    def test_the_index_leads_everywhere(self, client: Client) -> None:
        index = read(client, "/api/v1/")
        check_shape("Index", index)
        assert list(index["collections"]) == list(SCHEMAS)
        for address in (*index["collections"].values(), index["openapi"]):
            read(client, address)
        assert client.get(index["about"].removeprefix("http://127.0.0.1:8000")).status_code == 200


def test_a_tool_says_what_its_page_says(client: Client, anvil: Tool) -> None:
    tool = read(client, "/api/v1/tools/anvil/")
    page = text_of(client.get("/tools/anvil/"))
    assert tool["id"] == anvil.pk
    assert tool["panel"] == {"ship": 2, "total": 3, "share": 67, "word": "ship", "text": "2 of 3"}
    assert [plan["amount"] for plan in tool["plans"]] == ["15", "9.0004"]
    assert tool["entry_price"] == {"text": "€9.0004 / 1M tokens", "plan_id": tool["plans"][1]["id"]}
    assert [fact["text"] for fact in tool["facts"]] == ["256K tokens, native", "Yes"]
    assert [fact["good_for_days"] for fact in tool["facts"]] == [30, 180]
    assert {plan["good_for_days"] for plan in tool["plans"]} == {180}
    low, high = wilson_interval(40, 50)
    assert tool["community"] == {
        **{"ship": 40, "skip": 10, "total": 50, "share": 80, "is_shown": True, "needed": 10},
        **{"low": round(100 * low, 1), "high": round(100 * high, 1)},
    }
    words = [tool["panel"]["text"], tool["entry_price"]["text"], "67%", "80%", "of 50 votes"]
    words += [text for plan in tool["plans"] for text in (plan["price"], plan["name"])]
    words += [fact["text"] for fact in tool["facts"]]
    assert [word for word in words if word not in page] == []


@pytest.mark.usefixtures("anvil")
def test_votes_below_ten_are_withheld_as_on_the_page(client: Client) -> None:
    few = {tally["tool"]["slug"]: tally for tally in read_all(client, "tallies")}
    nothing = dict.fromkeys(("ship", "skip", "share", "low", "high"))
    assert few["chisel"]["account"] == {**nothing, "total": 4, "is_shown": False, "needed": 10}
    assert few["drill"]["account"]["total"] == 0
    assert few["anvil"]["passing"] == {"ship": 2, "skip": 1, "total": 3}
    assert "4 of 10 votes needed" in text_of(client.get("/tools/chisel/"))
    assert "Readers passing by: 2 ship, 1 skip" in text_of(client.get("/tools/anvil/"))
    places = {line["tool"]["slug"]: line for line in read_all(client, "leaderboard")}
    assert places["chisel"]["community"] == few["chisel"]["account"]


@pytest.mark.usefixtures("anvil")
def test_the_leaderboard_is_that_of_the_page(client: Client) -> None:
    lines = list(read_all(client, "leaderboard", limit=1))
    assert [(line["place"], line["tool"]["slug"], line["rank"], line["is_shared"]) for line in lines] == [
        (1, "anvil", 1, True),
        (2, "bellows", 1, True),
        (3, "chisel", None, False),
    ]
    html = html_of(client.get("/leaderboard/"))
    places = [html.index(f'href="/tools/{line["tool"]["slug"]}/"') for line in lines]
    assert places == sorted(places)


@pytest.mark.usefixtures("anvil")
def test_a_reviewer_has_the_record_of_the_page(client: Client) -> None:
    (first, *_) = read_all(client, "reviewers")
    assert first["excites"] == ["tests", "logs"]
    assert first["record"] == {
        **{"ship": 2, "total": 3, "share": 67, "settled": 2, "dissents": 0, "dissent_share": 0},
        **{"shown": 2, "agreed": 2, "agreement_share": 100, "reversals": 0},
    }
    page = text_of(client.get(f"/reviewers/{first['slug']}/"))
    assert "67%" in page
    assert "2 of 3" in page


def test_filters_narrow(client: Client, anvil: Tool) -> None:
    assert {review["tool"]["slug"] for review in read_all(client, "reviews", more="&tool=anvil")} == {"anvil"}
    mine = list(read_all(client, "reviews", limit=1, more="&reviewer=r1"))
    assert [review["reviewer"]["slug"] for review in mine] == ["r1"] * 3
    prices = list(read_all(client, "receipts", limit=1, more="&kind=price&tool=anvil"))
    assert [(receipt["act"], receipt["tool_id"]) for receipt in prices] == [
        *(("published", anvil.pk), ("published", anvil.pk)),
        ("changed", anvil.pk),
    ]
    assert list(read_all(client, "receipts", more="&tool=nothing-of-ours")) == []
    assert list(read_all(client, "reviews", more="&tool=nothing-of-ours")) == []


def test_a_change_is_a_receipt_with_prices_as_everywhere(client: Client, anvil: Tool) -> None:
    (*_, change) = read_all(client, "receipts", more="&kind=price&tool=anvil")
    plan = Plan.objects.get(pk=change["piece"])
    assert (change["act"], change["before"]) == ("changed", {"amount": "12.5"})
    assert change["after"]["amount"] == "15"
    assert (plan.tool_id, change["reason"]) == (anvil.pk, "")


@pytest.mark.usefixtures("anvil")
def test_since_gives_what_became_known_from_then_on(client: Client) -> None:
    pass_time(timedelta(days=2))
    newest = Receipt.objects.latest("recorded_at")
    Tool.objects.filter(slug="drill").update(tagline="Newer words.")
    moment = newest.recorded_at + timedelta(hours=1)
    found = list(read_all(client, "receipts", more=f"&since={moment:%Y-%m-%dT%H:%M:%SZ}"))
    assert [(receipt["kind"], receipt["about"]["slug"]) for receipt in found] == [("tool", "drill")]
    assert list(read_all(client, "receipts", more=f"&since={moment:%Y-%m-%dT%H:%M:%S.5%%2B00:00}")) == found


def test_todays_rows_are_what_the_last_receipts_say(client: Client, anvil: Tool) -> None:
    last: dict[tuple[str, int], Any] = {}
    for receipt in read_all(client, "receipts", limit=7):
        last[receipt["kind"], receipt["piece"]] = receipt["after"]
    tool = read(client, "/api/v1/tools/anvil/")
    told = last["tool", anvil.pk]
    assert told.pop("category_id") == tool["category"]["id"]
    assert told == {part: tool[part] for part in told}
    for plan in tool["plans"]:
        assert last["price", plan["id"]] == {part: plan[part] for part in last["price", plan["id"]]}
    for review in read_all(client, "reviews"):
        told = last["verdict", review["id"]]
        assert told.pop("reviewer_id") == review["reviewer"]["id"]
        assert told == {part: review[part] for part in told}


class TestADayGoneBy:
    @pytest.fixture(autouse=True)
    def history(self, anvil: Tool) -> None:
        pass_time(timedelta(days=30))
        Tool.objects.filter(pk=anvil.pk).update(tagline="Newer words.")
        for review in Review.objects.filter(tool=anvil, verdict="skip"):
            withdraw(review)

    def test_a_tool_comes_as_it_was(self, client: Client) -> None:
        receipt = Receipt.objects.filter(kind="tool", act="published").latest("effective_at")
        day = (receipt.recorded_at + timedelta(days=1)).date()
        then, now = read(client, f"/api/v1/tools/anvil/?as_of={day}"), read(client, "/api/v1/tools/anvil/")
        check_shape("PastTool", then)
        assert (then["tagline"], then["panel"]["text"]) == ("Does one thing.", "2 of 3")
        assert (now["tagline"], now["panel"]["text"]) == ("Newer words.", "2 of 2")
        same = ("id", "slug", "name", "maker", "website", "category", "launched_on")
        assert {part: then[part] for part in same} == {part: now[part] for part in same}
        assert [plan["price"] for plan in then["plans"]] == [plan["price"] for plan in now["plans"]]
        assert [review["verdict"] for review in then["reviews"]] == ["ship", "ship", "skip"]
        assert then["panel"]["text"] in text_of(client.get(f"/tools/anvil/?as_of={day}"))

    @pytest.mark.parametrize(
        ("asked", "status"),
        [
            ("anvil/?as_of=2001-01-01", 404),
            ("anvil/?as_of=9999-12-31", 404),
            ("ghost/?as_of=2026-11-01", 404),
            ("%00/?as_of=2026-11-01", 404),
            ("anvil/?as_of=2026-02-30", 400),
            ("anvil/?as_of=someday", 400),
            ("anvil/?as_of=", 400),
            ("anvil/?as_of=2026-11-01&as_of=2026-11-02", 400),
        ],
    )
    def test_a_day_that_there_is_not_says_so(self, client: Client, asked: str, status: int) -> None:
        response = client.get(f"/api/v1/tools/{asked}")
        assert (response.status_code, response["Content-Type"]) == (status, "application/problem+json")
        if status == 404:
            assert client.get(f"/tools/{asked}").status_code == 404


def test_what_nobody_may_see_is_nowhere(client: Client, anvil: Tool) -> None:
    fill_hidden(anvil)
    for name in SCHEMAS:
        text = client.get(f"/api/v1/{name}/?limit=100").content.decode()
        assert text.count('"id"') > 1
        assert MARKER not in text, name
    for hidden in Tool.objects.filter(slug__startswith=MARKER):
        assert client.get(f"/api/v1/tools/{hidden.slug}/").status_code == 404
    for review in Review.objects.filter(headline=MARKER):
        assert client.get(f"/api/v1/reviews/{review.pk}/").status_code == 404
    for receipt in Receipt.objects.filter(tool__slug__startswith=MARKER):
        assert client.get(f"/api/v1/receipts/{receipt.pk}/").status_code == 404


def test_what_is_withdrawn_leaves_its_collection_and_keeps_its_receipts(client: Client, anvil: Tool) -> None:
    withdraw(anvil)
    assert client.get("/api/v1/tools/anvil/").status_code == 404
    for name in ("tools", "reviews", "comparisons", "tallies", "leaderboard"):
        assert '"anvil"' not in client.get(f"/api/v1/{name}/?limit=100").content.decode(), name
    acts = [receipt["act"] for receipt in read_all(client, "receipts", more="&tool=anvil&kind=tool")]
    assert acts == ["published", "withdrawn"]
