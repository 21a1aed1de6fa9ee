"""The first page of the desk: each count is the length of the list behind it, and nobody learns what is not theirs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from lxml import html

from accounts.models import OutgoingMail, User
from accounts.roles import EDITOR, PUBLISHER, REVIEWERS_WRITER, SUPPORT, WRITER
from comparisons.models import Webhook
from comparisons.webhooks.signing import new_secret
from tests.editorial.people import CHIEF, at_desk, make_piece, person, press
from tests.factories import (
    make_criterion,
    make_fact,
    make_link,
    make_panel,
    make_plan,
    make_review,
    make_reviewer,
    make_tool,
    make_user,
    make_votes,
    make_wanted,
)
from tests.pages import html_of, text_of
from tests.votes.desk import make_burst, make_limit_case
from tools.models import Tool
from votes.models import Crowd, Vote
from votes.services import close_day

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
KINDS = ("tools", "reviews", "comparisons", "pages")


class Shown(NamedTuple):
    """A line of what needs attention."""

    label: str
    number: int
    address: str


def first_page(client: Client) -> Any:
    page = client.get("/admin/")
    assert page.status_code == 200
    return html.fromstring(html_of(page))


def shown(client: Client) -> list[Shown]:
    """Everything that waits, then what found nothing, as links of the first page."""
    tree = first_page(client)
    waiting = [
        Shown(" ".join(link.text_content().split()).partition(" ")[2], int(link.xpath("b")[0].text), link.get("href"))
        for link in tree.xpath("//a[@class='attention__link']")
    ]
    clear = [Shown(link.text, 0, link.get("href")) for link in tree.xpath("//*[@class='attention__clear']//a")]
    return waiting + clear


def counts(client: Client) -> dict[str, int]:
    return {one.label: one.number for one in shown(client) if one.number}


def length(client: Client, address: str) -> int:
    """How many rows the list at an address says it has, and shows."""
    page = client.get(address)
    assert page.status_code == 200, address
    tree = html.fromstring(html_of(page))
    return len(tree.xpath("//table[@id='result_list']/tbody/tr") or tree.xpath("//tbody/tr[.//th[@scope='row']]"))


def stock(user: User | None) -> None:
    """What waits of every kind; of each something of the visitor's own, where they may have it, and something not."""
    old, soon, now = (timezone.now() - 400 * DAY).date(), (timezone.now() - 175 * DAY).date(), timezone.now()
    for kind in ("tool", "review", "comparison", "page"):
        for owner in (user, make_user()):
            for status in ("draft", "in_review"):
                make_piece(kind, status, owner)
            make_piece(kind, "scheduled", owner, published_at=now + 3 * DAY)
            make_piece(kind, "scheduled", owner, published_at=now + 30 * DAY)
    panel = [make_reviewer(), make_reviewer()]
    split, wanting = make_tool(), make_tool()
    make_panel(split, "sk", panel)
    make_review(wanting, panel[0])
    (
        make_plan(make_tool(), checked_on=old),
        make_fact(make_tool(), checked_on=old),
        make_plan(make_tool(), checked_on=soon),
    )
    make_fact(make_tool(), make_criterion(good_for_days=10), checked_on=(now - 8 * DAY).date())
    make_link(split, failed_days=3, failing_since=now, problem="It answered 404.", checked_at=now)
    make_link(split, failed_days=2, failing_since=now, problem="It answered 404.", checked_at=now)
    make_wanted(by=2), make_burst(), make_limit_case()
    mails = [OutgoingMail.objects.create(to="mate@example.org", subject="123456 is your code", text="x") for _ in "ab"]
    OutgoingMail.objects.filter(pk=mails[0].pk).update(written_at=now - timedelta(hours=1))
    for since in (now, None):
        named = {"name": f"Newsroom {split.pk} {since}"[:60], "url": "https://receiver.example.com/"}
        Webhook.objects.create(**named, secret=new_secret(), failing_since=since)


VOTES = {"Open cases", "Votes that wait for review", "Votes held with a burst"}
REVIEWS = {"Your drafts: reviews", "Waiting for review: reviews", "Public tools that lack a review"}
WRITING = REVIEWS | {f"{words}: {kind}" for words in ("Your drafts", "Waiting for review") for kind in KINDS}
TENDING = WRITING | {
    "Tools whose prices or facts are due for re-inspection",
    "Tools whose prices or facts fall due within 14 days",
    *("Tools that split the panel", "Dead links", "Inspections that readers ask for"),
}
MACHINES = {"Mail that waits to get out", "Webhooks that do not get through"}
THEIRS = {
    WRITER: WRITING,
    EDITOR: TENDING,
    PUBLISHER: TENDING,
    REVIEWERS_WRITER: REVIEWS | {"Your drafts: tools", "Waiting for review: tools"},
    SUPPORT: VOTES | {"Mail that waits to get out"},
    CHIEF: TENDING | VOTES | MACHINES,
}


@pytest.mark.parametrize("role", THEIRS)
def test_every_count_is_the_length_of_the_list_behind_it(role: str) -> None:
    """And everybody is told what is theirs to tend, and no more."""
    user = person(role)
    stock(user)
    client = at_desk(user)
    lines = shown(client)
    assert {one.address: length(client, one.address) for one in lines} == {one.address: one.number for one in lines}
    assert {one.label for one in lines if one.number} == THEIRS[role]


@pytest.mark.parametrize("role", [WRITER, REVIEWERS_WRITER, SUPPORT])
def test_no_name_of_anothers_draft_leaks(role: str) -> None:
    for status in ("draft", "in_review"):
        secret = make_tool(name=f"Marker {status}", status=status, published_at=None)
        make_piece("review", status, make_user(), tool=secret)
        make_piece("page", status, make_user(), title=f"Marker {status}")
    make_link(Tool.objects.get(name="Marker draft"), failed_days=3, failing_since=timezone.now(), problem="Gone.")
    client = at_desk(person(role))
    pages = ["/admin/", *(one.address for one in shown(client))]
    assert [page for page in pages if "Marker" in html_of(client.get(page))] == []


def test_the_number_of_queries_does_not_grow() -> None:
    chief = person(CHIEF)
    client = at_desk(chief)
    asked = []
    for _ in range(2):
        stock(chief)
        first_page(client)
        with CaptureQueriesContext(connection) as queries:
            first_page(client)
        asked.append(len(queries))
    assert asked[0] == asked[1] <= 48


def test_an_empty_desk_says_so() -> None:
    page = text_of(at_desk(person(CHIEF)).get("/admin/"))
    assert "Nothing needs attention." in page
    assert "checks found nothing" in page
    assert "The next 14 days" not in page


def test_a_piece_that_was_sent_back_waits_for_its_author() -> None:
    author, editor = person(WRITER), person(EDITOR)
    tool = make_tool(author=author, status="in_review", published_at=None)
    assert counts(at_desk(editor))["Waiting for review: tools"] == 1
    press(at_desk(editor), tool, "send_back", step_note="Name the source.")
    assert counts(at_desk(author)) == {"Sent back to you: tools": 1, "Your drafts: tools": 1}
    assert "Sent back to you: tools" not in counts(at_desk(editor))
    press(at_desk(author), tool, "submit")
    assert counts(at_desk(author)) == {"Waiting for review: tools": 1}


def test_the_oldest_in_review_stands_first_with_its_age() -> None:
    names = {"Oldest": 9, "Newest": 0, "Middle": 3}
    for name, days in names.items():
        tool = make_tool(name=name, status="in_review", published_at=None)
        Tool.objects.filter(pk=tool.pk).update(updated_at=timezone.now() - days * DAY)
    lines = [
        " ".join(line.text_content().split()) for line in first_page(at_desk(person(CHIEF))).xpath("//ol/li[.//a]")
    ]
    assert lines == [
        "Oldest tool untouched for 9 days",
        "Middle tool untouched for 3 days",
        "Newest tool touched today",
    ]


def test_the_calendar_has_what_appears_in_fourteen_days() -> None:
    moment = (timezone.now() + 5 * DAY).replace(hour=17, minute=45)
    make_tool(name="Bosun", status="scheduled", published_at=moment)
    make_tool(name="Later", status="scheduled", published_at=timezone.now() + 15 * DAY)
    make_tool(name="Out already", status="scheduled", published_at=timezone.now() - DAY)
    tree = first_page(at_desk(person(PUBLISHER)))
    days = {
        cell.xpath("time")[0].get("datetime"): " ".join(cell.xpath("ul")[0].text_content().split())
        for cell in tree.xpath("//table[@class='calendar-days']//td[ul]")
    }
    assert days == {f"{moment:%Y-%m-%d}": "17:45 Bosun tool"}
    assert [cell.xpath("time")[0].get("datetime") for cell in tree.xpath("//td[@aria-current='date']")] == [
        f"{timezone.now():%Y-%m-%d}"
    ]
    client = at_desk(person(EDITOR))
    (ahead,) = first_page(client).xpath("//section[@aria-labelledby='calendar']/p/a")
    assert (ahead.text_content(), length(client, ahead.get("href"))) == ("1 tool", 1)


def test_reviewers_with_most_to_do_are_named() -> None:
    diligent, slow, gone = make_reviewer(name="Diligent"), make_reviewer(name="Slow"), make_reviewer(is_active=False)
    first, second = make_tool(), make_tool()
    make_review(first, diligent), make_review(second, diligent), make_review(first, slow), make_review(first, gone)
    make_review(second, slow, status="draft", published_at=None)
    client = at_desk(person(CHIEF))
    tree = first_page(client)
    lines = tree.xpath("//li[a[contains(@href, 'missing=any')]]//ul//a")
    assert [(line.text, length(client, line.get("href"))) for line in lines] == [("Slow", 1)]


def test_the_chart_is_drawn_from_the_numbers_beside_it() -> None:
    tool = make_tool()
    make_votes(tool, 4, 2)
    make_votes(tool, 1, 0, Crowd.PASSING)
    yesterday = datetime.now(UTC) - DAY
    Vote.objects.filter(crowd="account", choice=1).update(cast_at=yesterday, changed_at=yesterday)
    make_votes(make_tool(status="draft", published_at=None), 5, 0)
    client = at_desk(person(SUPPORT))

    def drawn() -> tuple[list[list[int]], list[float], str]:
        (figure,) = first_page(client).xpath("//figure[contains(., 'Votes by day')]")
        rows = [[int(cell.text) for cell in row.xpath("td")] for row in figure.xpath(".//tbody/tr")]
        heights = [float(bar.get("height")) for bar in figure.xpath(".//svg[@role='img']//rect")]
        (said,) = figure.xpath(".//*[local-name()='desc']")
        return rows, heights, said.text

    rows, heights, said = drawn()
    assert len(rows) == 30
    assert rows[:2] == [[2, 1, 0, 0, 0, 0], [4, 0, 0, 0, 0, 0]]
    assert not any(map(sum, rows[2:]))
    assert (heights, said) == ([100, 50, 25], "30 days, 7 in all, 4 on the busiest day.")
    close_day()
    assert drawn()[0] == rows


def test_who_sees_no_votes_sees_no_chart() -> None:
    assert first_page(at_desk(person(WRITER))).xpath("//figure") == []


def test_a_code_in_a_mail_is_shown_to_nobody() -> None:
    mail = OutgoingMail.objects.create(to="mate@example.org", subject="123456 is your code", text="123456")
    OutgoingMail.objects.update(written_at=timezone.now() - timedelta(hours=1))
    client = at_desk(person(SUPPORT))
    address = f"/admin/accounts/outgoingmail/{mail.pk}/"
    for page in ("/admin/", "/admin/accounts/outgoingmail/?waiting=long", f"{address}change/", f"{address}history/"):
        words = html_of(client.get(page))
        assert "123456" not in words, page
    assert "mate@example.org" in words


def test_the_desk_lists_its_parts_in_the_order_of_the_work() -> None:
    tree = first_page(at_desk(person(CHIEF)))
    parts = [
        " ".join(part.text_content().split()) for part in tree.xpath("//div[contains(@class, 'app-list')]//caption")
    ]
    assert parts == [
        "Tools",
        "Reviews",
        "Comparisons",
        "Weekly email",
        "Pages and pictures",
        "Readers",
        "People and rights",
        "Machinery",
    ]
