"""A piece as readers will find it, before they can."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.roles import EDITOR, PUBLISHER, REVIEWERS_WRITER, WRITER
from comparisons.models import Receipt, ToolStanding
from tests.editorial.people import at_desk, make_piece, page_of, person, typed
from tests.factories import make_fact, make_page, make_plan, make_review, make_reviewer, make_tool
from tests.pages import html_of, text_of, texts
from tools.models import Tool

pytestmark = pytest.mark.django_db

DRAFT: dict[str, Any] = {"status": "draft", "published_at": None}
BANNER = "Preview: a draft, not published."


def preview_of(piece: Any) -> str:
    return page_of(piece).replace("/change/", "/preview/")


def shown(client: Client, piece: Any) -> Any:
    return client.get(f"{preview_of(piece)}page/")


@pytest.fixture
def editor() -> Client:
    return at_desk(person(EDITOR))


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table of ours."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'accounts_session'"
        )
        tables = [name for (name,) in cursor.fetchall() if name != "django_session"]
        rows = {}
        for table in tables:
            cursor.execute(f'SELECT t::text FROM "{table}" t ORDER BY 1')  # noqa: S608
            rows[table] = cursor.fetchall()
    return rows


def test_a_draft_tool_is_shown_with_all_that_hangs_on_it(editor: Client) -> None:
    tool = make_tool(name="Lathe", description="It **turns**.", **DRAFT)
    make_plan(tool, amount="12.50", currency="EUR")
    make_fact(tool, value="Spindles")
    make_review(tool, headline="It hums.", **DRAFT)
    make_review(tool, verdict="skip", headline="It rattles.", status="in_review", published_at=None)
    make_review(tool, headline="It was otherwise.", status="withdrawn")
    page = shown(editor, tool)
    words = text_of(page)
    assert page.status_code == 200
    for said in (BANNER, "Lathe", "It turns.", "€12.50", "Spindles", "It hums.", "It rattles.", "1 of 2 ship"):
        assert said in words
    assert "It was otherwise." not in words
    assert "<strong>turns</strong>" in html_of(page)


def test_receipts_that_are_not_written_yet_have_no_number(editor: Client) -> None:
    tool = make_tool()
    make_plan(tool)
    kept = Receipt.objects.filter(tool_id=tool.pk).latest("pk").pk
    review = make_review(tool, **DRAFT)
    words = text_of(shown(editor, review))
    assert f"receipt {kept}" in words
    assert "receipt to come" in words
    assert f"receipt {kept + 1}" not in words
    assert words == text_of(shown(editor, review))


def test_nothing_stays_of_a_preview(editor: Client) -> None:
    """Not a row of any table differs afterwards: neither status, receipt, standing, search document nor queue."""
    tool = make_tool(**DRAFT)
    make_plan(tool), make_review(tool, **DRAFT)
    shown(editor, tool)  # whatever a first visit leaves
    before = everything()
    assert shown(editor, tool).status_code == 200
    assert everything() == before
    assert not Receipt.objects.filter(tool_id=tool.pk).exists()
    assert not ToolStanding.objects.get(tool=tool).is_listed
    assert Client().get(f"/tools/{tool.slug}/").status_code == 404


def test_a_draft_review_is_shown_on_its_tools_page_alone(editor: Client) -> None:
    tool = make_tool()
    make_review(tool, headline="It hums.")
    review = make_review(tool, headline="It rattles.", verdict="skip", **DRAFT)
    make_review(tool, headline="Another's unfinished words.", **DRAFT)
    words = text_of(shown(editor, review))
    assert "It rattles." in words
    assert "1 of 2 ship" in words
    assert "unfinished" not in words
    assert "It rattles." not in text_of(Client().get(f"/tools/{tool.slug}/"))


def test_a_review_of_a_draft_tool_brings_the_tool_along(editor: Client) -> None:
    review = make_review(make_tool(name="Lathe", **DRAFT), headline="It hums.", **DRAFT)
    words = text_of(shown(editor, review))
    assert "Lathe" in words
    assert "It hums." in words


def test_a_draft_comparison_is_shown_on_its_pairs_page(editor: Client) -> None:
    comparison = make_piece("comparison", "draft", summary="Both **turn**.")
    page = shown(editor, comparison)
    assert BANNER in text_of(page)
    assert "Both <strong>turn</strong>." in html_of(page)


def test_a_draft_page_stands_at_its_address(editor: Client) -> None:
    page = make_page("about", title="Who we are", body="Not *yet*.", **DRAFT)
    words = text_of(shown(editor, page))
    assert "Who we are" in words
    assert "Not yet." in words
    assert "Who we are" not in text_of(Client().get("/about/"))


@pytest.mark.parametrize("status", ["draft", "in_review", "scheduled", "withdrawn"])
def test_a_piece_is_shown_wherever_it_stands(editor: Client, status: str) -> None:
    tomorrow = timezone.now() + timedelta(days=1)
    at: dict[str, Any] = {"published_at": tomorrow} if status == "scheduled" else {}
    tool = make_piece("tool", status, name="Lathe", **at)
    assert "Lathe" in text_of(shown(editor, tool))
    tool.refresh_from_db()
    assert tool.status == status


def test_what_is_out_already_is_said_to_be(editor: Client) -> None:
    words = text_of(shown(editor, make_tool()))
    assert "Preview: nothing on this page is a draft." in words
    assert BANNER not in words


def test_nobody_votes_in_a_preview(editor: Client) -> None:
    tool = make_tool()
    page = html_of(shown(editor, make_review(tool, **DRAFT)))
    assert 'action="/votes/' not in page
    assert "votes.js" not in page
    assert 'name="choice"' in page.partition("<fieldset disabled>")[2]
    assert "No votes in a preview." in page
    assert 'action="/votes/' in html_of(Client().get(f"/tools/{tool.slug}/"))


def test_a_preview_is_kept_and_listed_by_nobody(editor: Client) -> None:
    page = shown(editor, make_tool(**DRAFT))
    assert "no-store" in page["Cache-Control"]
    assert page["X-Robots-Tag"] == "noindex, nofollow"
    assert page["Referrer-Policy"] == "no-referrer"
    assert {"ETag", "Last-Modified", "Link"} & page.headers.keys() == set()
    html = html_of(page)
    assert '<meta name="robots" content="noindex, nofollow">' in html
    assert not any(told in html for told in ("canonical", "og:", "application/ld+json", "/badge/"))


def test_only_the_desk_frames_it_and_the_public_page_stays_unframed(editor: Client) -> None:
    tool = make_tool()
    page = shown(editor, tool)
    assert "frame-ancestors 'self'" in page["Content-Security-Policy"]
    assert "script-src 'self';" in page["Content-Security-Policy"]
    assert page["X-Frame-Options"] == "SAMEORIGIN"
    desk = editor.get(preview_of(tool))
    assert "frame-src 'self'" in desk["Content-Security-Policy"]
    assert desk["X-Frame-Options"] == "DENY"
    public = Client().get(f"/tools/{tool.slug}/")
    assert "frame-ancestors 'none'" in public["Content-Security-Policy"]
    assert "preview" not in html_of(public)


def test_a_writer_sees_others_drafts_in_no_preview() -> None:
    """What somebody may not see at the desk is on no page that they make."""
    writer = person(WRITER)
    tool = make_tool(author=writer, **DRAFT)
    make_review(tool, headline="An editor's words.", **DRAFT)
    make_review(tool, headline="Own words.", author=writer, **DRAFT)
    words = text_of(shown(at_desk(writer), tool))
    assert "Own words." in words
    assert "An editor's words." not in words
    other = make_tool(name="Secret Lathe", **DRAFT)
    assert shown(at_desk(writer), other).status_code == 404
    assert at_desk(writer).get(preview_of(other)).status_code == 302


def test_a_review_of_a_tool_that_one_may_not_see_has_no_preview() -> None:
    writer, reviewer = person(REVIEWERS_WRITER), make_reviewer()
    assert writer
    reviewer.writers.add(writer)
    tool = make_tool(description="Unheard of", **DRAFT)
    page = shown(at_desk(writer), make_review(tool, reviewer, **DRAFT))
    assert page.status_code == 409
    assert "you may not see its draft" in text_of(page)
    assert "Unheard of" not in text_of(page)
    assert "frame-ancestors 'self'" in page["Content-Security-Policy"]


def test_a_withdrawn_review_with_a_successor_has_no_place(editor: Client) -> None:
    old = make_review(make_tool(), status="withdrawn")
    make_review(old.tool, old.reviewer)
    page = shown(editor, old)
    assert page.status_code == 409
    assert "There is another review" in text_of(page)


def test_what_is_half_written_is_shown_as_far_as_it_goes(editor: Client) -> None:
    tool = make_tool(description="", tagline="", maker="", website="", **DRAFT)
    assert BANNER in text_of(shown(editor, tool))


@pytest.mark.django_db(transaction=True)
def test_a_preview_waits_for_nobody_for_long() -> None:
    """Somebody holds the row, as one does who saves it; the preview says so and is there as soon as they are done."""
    editor, tool = at_desk(User.objects.create_superuser("editor@example.org")), make_tool(**DRAFT)
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT FROM tools_tool WHERE id = %s FOR UPDATE", [tool.pk])
        page = shown(editor, tool)
        cursor.execute("ROLLBACK")
    other.close()
    assert page.status_code == 409
    assert "Somebody is saving" in text_of(page)
    assert shown(editor, tool).status_code == 200


def test_the_desk_page_offers_both_widths(editor: Client) -> None:
    tool = make_tool(**DRAFT)
    address = preview_of(tool)
    both = html_of(editor.get(address))
    assert both.count(f'<iframe src="{address}page/"') == 2
    assert 'width="390"' in both
    assert 'width="1280"' in both
    phone = html_of(editor.get(f"{address}?width=phone"))
    assert phone.count("<iframe") == 1
    assert 'width="390"' in phone
    assert html_of(editor.get(f"{address}?width=nonsense")).count("<iframe") == 2


def test_save_and_preview_saves_and_leads_there() -> None:
    client = at_desk(person(PUBLISHER))
    tool = make_tool(**DRAFT)
    answer = client.post(page_of(tool), typed(tool, tagline="It turns.", _preview=""))
    assert answer["Location"] == preview_of(tool)
    tool.refresh_from_db()
    assert tool.tagline == "It turns."
    answer = client.post(
        "/admin/tools/tool/add/",
        typed(tool, name="Lathe", slug="lathe", website="https://turned.example.com/", _preview=""),
    )
    assert answer["Location"] == preview_of(Tool.objects.get(slug="lathe"))


def test_who_may_only_look_has_the_link_without_the_button() -> None:
    client = at_desk(person(WRITER))
    html = html_of(client.get(page_of(tool := make_tool())))
    assert f'href="{preview_of(tool)}"' in html
    assert 'name="_preview"' not in html
    assert texts(client.get(preview_of(tool)), "preview-links__new") == []
