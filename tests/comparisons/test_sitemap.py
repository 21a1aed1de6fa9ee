"""The sitemap, held against the schema of sitemaps.org, and what belongs in it."""

from __future__ import annotations

from datetime import datetime, timedelta
from xml.etree.ElementTree import fromstring

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from comparisons import sitemaps
from comparisons.models import Comparison
from reviews.models import Review
from tests.factories import (
    PUBLISHED_AT,
    make_category,
    make_comparison,
    make_page,
    make_panel,
    make_review,
    make_reviewer,
    make_tool,
)
from tools.models import Tool

pytestmark = pytest.mark.django_db

SPACE = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
SITE = "http://127.0.0.1:8000"


def entries(client: Client, address: str) -> dict[str, str]:
    """Path and lastmod of each entry, after the schema's rules have been checked."""
    response = client.get(address)
    assert response.status_code == 200, address
    assert response["Content-Type"] == "application/xml; charset=utf-8"
    assert response["Cache-Control"] == "public, max-age=3600"
    root = fromstring(response.content)  # noqa: S314 - it is our own
    inner = {f"{SPACE}sitemapindex": f"{SPACE}sitemap", f"{SPACE}urlset": f"{SPACE}url"}[root.tag]
    assert 1 <= len(root) <= 10_000
    found = {}
    for item in root:
        assert item.tag == inner
        assert [child.tag for child in item] in ([f"{SPACE}loc"], [f"{SPACE}loc", f"{SPACE}lastmod"])
        place, changed = item.findtext(f"{SPACE}loc") or "", item.findtext(f"{SPACE}lastmod") or ""
        assert place.startswith(f"{SITE}/")
        assert len(place) < 2048
        assert not changed or datetime.fromisoformat(changed).tzinfo
        assert place not in found
        found[place.removeprefix(SITE)] = changed
    return found


def everything(client: Client) -> dict[str, str]:
    """All files of the index together; only a pair may be in two of them."""
    found: dict[str, str] = {}
    for file in entries(client, "/sitemap.xml"):
        inside = entries(client, file)
        assert all("-vs-" in path for path in found.keys() & inside.keys())
        found |= inside
    return found


def test_every_address_answers_as_its_own_canonical_page(client: Client) -> None:
    category = make_category()
    tools = [make_tool(category=category) for _ in range(3)]
    for tool in tools:
        make_panel(tool, "sk")
    make_comparison(*tools[:2])
    make_page()
    found = everything(client)
    assert {"/", "/tools/", "/about/", "/methodology/", "/privacy/", "/methodology/votes/"} < found.keys()
    assert sum(path.startswith("/compare/") for path in found) == 1 + 3  # the picker, and each pair once
    for path in found:
        response = client.get(path)
        assert response.status_code == 200, path
        assert f'<link rel="canonical" href="{SITE}{path}">' in response.content.decode()
        assert "noindex" not in response.content.decode()


def test_what_is_not_public_is_not_in_it(client: Client) -> None:
    tool = make_tool(slug="here")
    make_review(tool)
    for status in ("draft", "withdrawn"):
        make_review(make_tool(slug=status, status=status, category=tool.category))
    make_review(
        make_tool(
            slug="later", category=tool.category, status="scheduled", published_at=timezone.now() + timedelta(hours=1)
        )
    )
    paths = "".join(everything(client))
    assert "/tools/here/" in paths
    assert not any(word in paths for word in ("draft", "withdrawn", "later", "-vs-"))


def test_pairs_are_those_worth_indexing(client: Client) -> None:
    category = make_category()
    a, b = (make_tool(slug=slug, category=category) for slug in "ab")
    make_tool(slug="unreviewed", category=category)
    other, written = make_tool(slug="other"), make_tool(slug="written")
    for tool in (a, b, other, written):
        make_review(tool)
    make_comparison(a, written)
    make_comparison(b, make_tool(slug="bare"))
    make_comparison(other, written, status="draft", published_at=None)
    pairs = {path for path in everything(client) if path.startswith("/compare/") and path != "/compare/"}
    assert pairs == {"/compare/a-vs-b/", "/compare/a-vs-written/"}


def test_a_tool_meets_the_five_reviewed_before_it_in_its_category(client: Client) -> None:
    category = make_category()
    for day in range(8):
        make_review(
            make_tool(slug=f"t{day}", category=category, published_at=PUBLISHED_AT + timedelta(days=day)),
        )
    make_tool(slug="bare", category=category, published_at=PUBLISHED_AT + timedelta(days=6, hours=1))
    pairs = {path for path in everything(client) if "-vs-" in path}
    expected = {f"/compare/t{one}-vs-t{two}/" for two in range(8) for one in range(max(0, two - 5), two)}
    assert pairs == expected


def test_lastmod_is_the_newest_change_of_the_page(client: Client) -> None:
    tool = make_tool(slug="x")
    review = make_review(tool)
    moment = timezone.now().replace(microsecond=0)
    old, new = moment - timedelta(days=9), moment - timedelta(days=2)
    Tool.objects.filter(pk=tool.pk).update(updated_at=old, published_at=old)
    Review.objects.filter(pk=review.pk).update(updated_at=new, published_at=old)
    make_review(tool, status="draft", published_at=None)
    (file,) = [path for path in entries(client, "/sitemap.xml") if path.startswith("/sitemaps/tools-")]
    assert entries(client, file)["/tools/x/"] == new.isoformat()
    assert entries(client, "/sitemap.xml")[file] == new.isoformat()


def test_a_scheduled_piece_changes_its_page_when_its_time_comes(client: Client) -> None:
    tool, moment = make_tool(slug="x"), timezone.now().replace(microsecond=0) - timedelta(minutes=5)
    Tool.objects.filter(pk=tool.pk).update(updated_at=moment - timedelta(days=3))
    review = make_review(tool, status="scheduled", published_at=moment)
    Review.objects.filter(pk=review.pk).update(updated_at=moment - timedelta(days=1))
    assert everything(client)["/tools/x/"] == moment.isoformat()


def test_files_are_ranges_of_keys_and_never_longer_than_ten_thousand(client: Client) -> None:
    category, reviewer = make_category(), make_reviewer()
    fields = {"category": category, "status": "published", "published_at": PUBLISHED_AT, "website": "https://a.example"}
    first = Tool.objects.create(slug="first", name="First", **fields)
    base = (first.pk // sitemaps.MOST + 1) * sitemaps.MOST
    tools = Tool.objects.bulk_create(
        Tool(pk=base - 2 + number, slug=f"t{number}", name=f"T{number}", **fields) for number in range(10_003)
    )
    Review.objects.bulk_create(
        Review(tool=tool, reviewer=reviewer, verdict="ship", status="published", published_at=PUBLISHED_AT)
        for tool in tools[:2_500]
    )
    files = entries(client, "/sitemap.xml")
    number = base // sitemaps.MOST
    tool_files = [file for file in files if "/tools-" in file]
    assert tool_files == [f"/sitemaps/tools-{number + place}.xml" for place in range(3)]
    assert [len(entries(client, file)) for file in tool_files] == [3, 10_000, 1]
    pairs = [entries(client, file) for file in files if "/pairs-" in file]
    assert max(map(len, pairs)) <= 10_000
    assert sum(map(len, pairs)) == 5 * 2_500 - (1 + 2 + 3 + 4 + 5)


def test_a_long_file_takes_as_many_queries_as_a_short_one(client: Client) -> None:
    def queries() -> list[int]:
        counts = []
        for file in entries(client, "/sitemap.xml"):
            with CaptureQueriesContext(
                connection,
            ) as captured:
                client.get(file)
            counts.append(len(captured))
        return counts

    category = make_category()
    for _ in range(2):
        make_review(make_tool(category=category))
    make_comparison(*Tool.objects.all())
    few = queries()
    for _ in range(5):
        make_review(make_tool(category=category))
    assert queries() == few


@pytest.mark.parametrize(
    "address",
    ["ghost-1", "tools-0", "tools-2", "pairs-7", "pages-2", "comparisons-0", "tools-99999999999999999999999999999"],
)
def test_a_file_that_is_not_in_the_index_is_not_there(client: Client, address: str) -> None:
    assert not Comparison.objects.exists()
    assert client.get(f"/sitemaps/{address}.xml").status_code == 404


def test_an_empty_publication_lists_its_standing_pages(client: Client) -> None:
    assert list(entries(client, "/sitemap.xml")) == ["/sitemaps/pages-1.xml"]
    assert "/privacy/" in everything(client)
