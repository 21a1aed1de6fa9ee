"""Issues in public: the list, each at its address, the feed and the sitemap; and only those that went out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from newsletter.models import Block, Issue
from newsletter.services.issues import CannotStepError, approve_issue, publish_in_archive
from tests.comparisons.test_feeds import feed, text
from tests.comparisons.test_sitemap import entries
from tests.factories import make_comparison, make_plan, make_tool
from tests.newsletter.archived import sent, sent_with
from tests.newsletter.desk import inspect, week_with
from tests.newsletter.test_models import make_issue
from tests.pages import html_of, text_of

pytestmark = pytest.mark.django_db
LIST, FEED = "/newsletter/", "/feeds/newsletter.atom"
HOUR = timedelta(hours=1)


def page_of(number: int) -> str:
    return f"/newsletter/{number}/"


def test_only_what_went_out_is_public(client: Client) -> None:
    draft, approved, other = week_with("Anchor"), make_issue(2, subject="Two", introduction="Words."), sent(3)
    approve_issue(approved, by=None)
    frozen = make_issue(4, subject="Four", content_sha256=b"x" * 32, status=Issue.Status.FROZEN)
    later = sent(5, timezone.now() + HOUR)
    assert client.get(page_of(other.number)).status_code == 200
    hidden = [draft.number, approved.number, frozen.number, later.number, 6, 10**30]
    assert {client.get(page_of(number)).status_code for number in hidden} == {404}
    assert "Week 3" in text_of(client.get(LIST))
    assert all(words not in text_of(client.get(LIST)) for words in ("Anchor", "Two", "Four", "Week 5"))
    assert [text(entry, "title") for entry in feed(client, FEED).iter() if entry.tag.endswith("}entry")] == [
        "No. 3: Week 3"
    ]
    assert list(entries(client, "/sitemaps/issues-1.xml")) == ["/newsletter/3/"]


def test_what_may_still_change_gets_no_page_and_what_has_one_keeps_its_date() -> None:
    with pytest.raises(CannotStepError, match="not frozen yet"):
        publish_in_archive(make_issue())
    first = datetime(2026, 11, 20, tzinfo=UTC)
    issue = sent(2, first)
    assert publish_in_archive(issue).published_at == first


def test_a_page_tells_every_kind_of_block_as_the_mail_does(client: Client) -> None:
    make_comparison(inspect("Gantry", "sk"), make_tool(name="Kestrel"), is_featured=True)
    issue = week_with()
    Block.objects.create(issue=issue, kind="note", about="note:1", words="From the *bridge*.", position=500)
    plan, tool = make_plan(make_tool(name="Lathe")), make_tool(name="Adrift")
    (new,) = issue.blocks.filter(kind="new")
    told = {**new.found, "before": "$20/mo", "after": "$25/mo", "text": "$20/mo to $25/mo", "plan": "Pro"}
    told |= {"reason": "Costs rose.", "receipt": "/receipts/7/"}
    Block.objects.create(issue=issue, kind="price", about=f"plan:{plan.pk}", found=told, position=600)
    turned = {**new.found, "text": "The Skeptic moves from SHIP to SKIP.", "reason": "It sank.", "headline": "It sank."}
    turned |= {"reviewer": "The Skeptic", "reviewer_path": "", "receipt": "/receipts/8/"}
    Block.objects.create(issue=issue, kind="changed", about="review:1", found=turned, position=700)
    crowd = {**new.found, "before": {"percent": 75}, "after": {"percent": 50}, "text": "75% a week ago, 50% now."}
    Block.objects.create(issue=issue, kind="mover", about="tool:1", found=crowd, position=800)
    Block.objects.create(issue=issue, kind="new", about=f"tool:{tool.pk}", is_dropped=True, words="Never seen.")
    page = client.get(page_of(sent_with(issue, introduction="A **quiet** week.", left_out={"price": 12}).number))
    words, markup = text_of(page), html_of(page)
    for expected in (
        *("Notices to Shippers, No. 1,", "A quiet week.", "New verdicts", "Panel 50%, community not counted yet"),
        *("One comparison", "Gantry vs Kestrel", "Read the comparison", "From the bridge.", "Price changes"),
        *("Pro: $20/mo to $25/mo Costs rose.", "12 more stand in the receipts", "Changed verdicts", "It sank."),
        *("The Skeptic moves from SHIP to SKIP.", "Biggest mover", "75% a week ago, 50% now."),
    ):
        assert expected in words, expected
    assert "Never seen." not in words
    assert "style=" not in markup
    assert '<link rel="canonical" href="http://127.0.0.1:8000/newsletter/1/">' in markup
    content = html_of(client.get(FEED))
    assert "http://127.0.0.1:8000/compare/" in content
    assert "href=&quot;/" not in content
    assert 'href="/' not in content


def test_pages_are_the_same_for_everyone_and_set_no_cookie(client: Client, admin_client: Client) -> None:
    sent(1), sent(2), sent(3)
    for address in (LIST, page_of(2), FEED):
        mine, theirs = client.get(address), admin_client.get(address)
        assert mine.content == theirs.content
        assert not mine.cookies
        assert "Cookie" not in mine.headers.get("Vary", "")
        assert client.post(address).status_code == 405
    assert [
        link for link in ('href="/newsletter/1/"', 'href="/newsletter/3/"') if link in html_of(client.get(page_of(2)))
    ] == ['href="/newsletter/1/"', 'href="/newsletter/3/"']


def test_the_list_has_pages_and_the_form_is_on_each(client: Client) -> None:
    assert "The first issue will stand here on the day it goes out." in text_of(client.get(LIST))
    for number in range(1, 24):
        sent(number)
    first, second = client.get(LIST), client.get(f"{LIST}?page=2")
    assert "Week 23" in text_of(first)
    assert "Week 4" in text_of(first)
    assert [number for number in range(1, 24) if f">Week {number}<" in html_of(second)] == [1, 2, 3]
    assert all('action="/newsletter/subscribe/"' in html_of(page) for page in (first, second))
    assert '<link rel="canonical" href="http://127.0.0.1:8000/newsletter/?page=2">' in html_of(second)
    assert client.get(f"{LIST}?page=nonsense").content == first.content


def test_what_it_costs_does_not_grow(client: Client) -> None:
    def cost(address: str) -> int:
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        return len(queries)

    week = week_with("Anchor")
    Block.objects.create(issue=week, kind="note", about="note:1", words="One.", position=99)
    sent_with(week, number=1)
    before = {address: cost(address) for address in (LIST, page_of(1), FEED)}
    for number in (2, 3):
        issue = make_issue(number)
        for line in range(4):
            Block.objects.create(issue=issue, kind="note", about=f"note:{line}", words="One.")
        sent_with(issue)
    after = {LIST: cost(LIST), page_of(1): cost(page_of(3)), FEED: cost(FEED)}
    assert (before[LIST], before[FEED]) == (after[LIST], after[FEED]) == (2, 2)
    assert before[page_of(1)] == after[page_of(1)] == 4


def test_the_sitemap_names_issues_and_the_page_of_the_weekly_email(client: Client) -> None:
    assert "/newsletter/" in entries(client, "/sitemaps/pages-1.xml")
    assert client.get("/sitemaps/issues-1.xml").status_code == 404
    moment = datetime(2026, 11, 20, 9, tzinfo=UTC)
    sent(1, moment)
    assert entries(client, "/sitemap.xml")["/sitemaps/issues-1.xml"] == moment.isoformat()
    assert client.get("/sitemaps/issues-2.xml").status_code == 404
