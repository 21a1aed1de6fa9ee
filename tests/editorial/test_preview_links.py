"""Links by which somebody outside reads a draft."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.registry import records_of
from accounts.roles import EDITOR, PUBLISHER, REVIEWERS_WRITER, SUPPORT, WRITER
from editorial.models import PreviewLink
from tests.editorial.people import at_desk, make_piece, page_of, person
from tests.factories import make_page, make_review, make_reviewer, make_tool
from tests.pages import html_of, text_of
from tools.services import publish_tool

pytestmark = pytest.mark.django_db

DRAFT: dict[str, Any] = {"status": "draft", "published_at": None}
ASK = "Ask the editor who sent it to you for a new one."


def preview_of(piece: Any) -> str:
    return page_of(piece).replace("/change/", "/preview/")


def make(client: Client, piece: Any, days: int = 7) -> str:
    """The path of a new link, as the desk tells it."""
    page = html_of(client.post(preview_of(piece), {"days": days}))
    (link,) = re.findall(r'value="http://[^/"]+(/preview/[\w-]+/)"', page)
    return str(link)


def opened(link: str) -> Any:
    return Client().get(link)


@pytest.fixture
def person_at_desk() -> User:
    user = person(EDITOR)
    assert user
    return user


@pytest.fixture
def editor(person_at_desk: User) -> Client:
    return at_desk(person_at_desk)


@pytest.mark.parametrize("kind", ["tool", "review", "comparison"])
def test_a_link_opens_the_draft_for_somebody_without_an_account(editor: Client, kind: str) -> None:
    piece = make_piece(kind, "draft")
    page = opened(make(editor, piece))
    assert page.status_code == 200
    assert "Preview: a draft, not published." in text_of(page)
    assert str(piece).split(" on ")[-1].split(" vs ")[0] in text_of(page)


def test_a_link_to_a_page(editor: Client) -> None:
    link = make(editor, make_page("about", title="Who we are", **DRAFT))
    assert "Who we are" in text_of(opened(link))


def test_an_opened_link_is_kept_by_no_cache_listed_by_no_robot_and_passed_on_by_no_header(editor: Client) -> None:
    page = opened(make(editor, make_tool(**DRAFT)))
    assert page["Cache-Control"] == "private, no-store"
    assert page["Referrer-Policy"] == "no-referrer"
    assert page["X-Robots-Tag"] == "noindex, nofollow"
    assert "frame-ancestors 'none'" in page["Content-Security-Policy"]
    assert page["X-Frame-Options"] == "DENY"
    assert not page.cookies
    assert "<base" not in html_of(page)
    assert "Disallow: /preview/\n" in Client().get("/robots.txt").content.decode()


def test_the_token_is_told_once_and_kept_nowhere(editor: Client) -> None:
    tool = make_tool(**DRAFT)
    link = make(editor, tool)
    token = link.split("/")[2]
    assert len(token) == 43
    assert token not in html_of(editor.get(preview_of(tool)))
    with connection.cursor() as cursor:
        for table in ("editorial_previewlink", "django_admin_log"):
            cursor.execute(f"SELECT t::text FROM {table} t")  # noqa: S608
            assert token not in str(cursor.fetchall())


@pytest.mark.parametrize("days", [1, 7, 30])
def test_a_link_expires(editor: Client, days: int) -> None:
    link = make(editor, make_tool(**DRAFT), days)
    stored = PreviewLink.objects.get()
    assert stored.expires_at - stored.made_at < timedelta(days=days, minutes=1)
    PreviewLink.objects.update(expires_at=timezone.now() + timedelta(minutes=1))
    assert opened(link).status_code == 200
    PreviewLink.objects.update(expires_at=timezone.now())
    page = opened(link)
    assert page.status_code == 410
    assert ASK in text_of(page)
    assert page["Cache-Control"] == "private, no-store"
    assert page["X-Robots-Tag"] == "noindex, nofollow"


@pytest.mark.parametrize("days", ["", "2", "365", "x"])
def test_no_link_lives_for_as_long_as_somebody_likes(editor: Client, days: str) -> None:
    page = editor.post(preview_of(make_tool(**DRAFT)), {"days": days})
    assert "Choose for how long." in text_of(page)
    assert not PreviewLink.objects.exists()


def test_live_links_are_listed_and_revoked(editor: Client) -> None:
    tool = make_tool(**DRAFT)
    link = make(editor, tool)
    opened(link), opened(link)
    words = text_of(editor.get(preview_of(tool)))
    stored = PreviewLink.objects.get()
    assert f"{stored.made_by}" in words
    assert stored.opened_count == 2
    assert "never" not in words
    assert "opens nothing from now on" in text_of(editor.post(preview_of(tool), {"revoke": stored.pk}, follow=True))
    assert opened(link).status_code == 410
    assert "No link opens it now." in text_of(editor.get(preview_of(tool)))
    again = editor.post(preview_of(tool), {"revoke": stored.pk}, follow=True)
    assert "There is no such link any more." in text_of(again)
    history = text_of(editor.get(page_of(tool).replace("/change/", "/history/")))
    assert "Made a preview link for 7 days." in history
    assert "Revoked a preview link." in history


def test_a_link_is_revoked_at_its_own_piece_only(editor: Client) -> None:
    link, other = make(editor, make_tool(**DRAFT)), make_tool(**DRAFT)
    editor.post(preview_of(other), {"revoke": PreviewLink.objects.get().pk})
    assert opened(link).status_code == 200


def test_what_was_never_a_link_is_not_found() -> None:
    for path in ("/preview/nonsense/", f"/preview/{'a' * 43}/", "/preview/%00/"):
        page = opened(path)
        assert page.status_code == 404
        assert ASK in text_of(page)
        assert page["Cache-Control"] == "private, no-store"


def test_deleting_the_piece_takes_its_links_along(editor: Client) -> None:
    tool = make_tool(**DRAFT)
    link = make(editor, tool)
    editor.post(page_of(tool).replace("/change/", "/delete/"), {"post": "yes"})
    assert opened(link).status_code == 404
    assert not PreviewLink.objects.exists()


def test_once_the_piece_is_out_the_link_leads_to_its_page(editor: Client) -> None:
    tool = make_tool(**DRAFT)
    link = make(editor, tool)
    publish_tool(tool)
    answer = opened(link)
    assert (answer.status_code, answer["Location"]) == (302, f"/tools/{tool.slug}/")
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Referrer-Policy"] == "no-referrer"


def test_whoever_may_change_or_publish_makes_links_and_nobody_else() -> None:
    tool = make_tool()
    for role, status in ((PUBLISHER, 200), (EDITOR, 403), (WRITER, 403), (REVIEWERS_WRITER, 403), (SUPPORT, 403)):
        assert at_desk(person(role)).post(preview_of(tool), {"days": 1}).status_code == status, role
    assert PreviewLink.objects.count() == 1


def test_a_writer_shares_their_own_draft_and_takes_the_link_back_while_it_is_in_review() -> None:
    writer = person(WRITER)
    tool = make_tool(author=writer, **DRAFT)
    client = at_desk(writer)
    link = make(client, tool)
    tool.__class__.objects.filter(pk=tool.pk).update(status="in_review")
    assert opened(link).status_code == 200
    assert client.post(preview_of(tool), {"days": 1}).status_code == 403
    client.post(preview_of(tool), {"revoke": PreviewLink.objects.get().pk})
    assert opened(link).status_code == 410


def test_another_writer_does_not_revoke_it(editor: Client) -> None:
    tool = make_tool(status="published", author=person(WRITER))
    make(at_desk(person(PUBLISHER)), tool)
    answer = editor.post(preview_of(tool), {"revoke": PreviewLink.objects.get().pk})
    assert answer.status_code == 403


def test_a_link_is_worth_what_its_maker_may_see(editor: Client, person_at_desk: User) -> None:
    link = make(editor, make_tool(**DRAFT))
    person_at_desk.groups.clear()
    assert opened(link).status_code == 410
    person_at_desk.delete()
    assert opened(link).status_code == 404


def test_a_link_of_a_writer_shows_no_draft_of_others() -> None:
    writer, reviewer = person(WRITER), make_reviewer()
    tool = make_tool(author=writer, **DRAFT)
    make_review(tool, reviewer, headline="Not theirs.", **DRAFT)
    assert "Not theirs." not in text_of(opened(make(at_desk(writer), tool)))


def test_links_are_among_what_is_kept_about_their_maker(editor: Client, person_at_desk: User) -> None:
    make(editor, make_tool(**DRAFT))
    (record,) = records_of(person_at_desk)["preview links"]
    assert record["opened_count"] == 0
    assert "token_hash" not in record
