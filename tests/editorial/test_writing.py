"""Markdown at the desk: what the textarea offers, and what is shown of a text under way."""

from __future__ import annotations

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from accounts.roles import EDITOR, PUBLISHER, SUPPORT, WRITER
from editorial.markdown import to_html, to_html_under_way
from tests.editorial.people import READER, at_desk, make_piece, page_of, person
from tests.factories import make_tool
from tests.pages import html_of

VIEW = "/admin/markdown/"
POLICY = (
    "default-src 'none'; img-src 'self'; style-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)
HERE = '<span id="here"></span>'


@pytest.mark.django_db
def test_a_text_under_way_is_shown_as_the_public_page_would() -> None:
    text = "# It turns\n\n*Twice*, [here](https://x.example/).\n\n<img src=x onerror=alert(1)>"
    page = at_desk(person(WRITER)).post(VIEW, {"text": text, "heading": 3, "line": 2})
    body = html_of(page).partition("<main>")[2].partition("</main>")[0]
    assert body.replace(HERE, "") == to_html(text, 3)
    assert body.index("It turns") < body.index(HERE) < body.index("Twice")
    assert page["Content-Security-Policy"] == POLICY
    assert page["X-Frame-Options"] == "SAMEORIGIN"
    assert "no-store" in page["Cache-Control"]
    assert "<script" not in html_of(page)


@pytest.mark.django_db
@pytest.mark.parametrize("given", [{}, {"text": "", "heading": "99", "line": "-1"}, {"text": "\0", "heading": "x"}])
def test_whatever_is_sent_is_answered(given: dict[str, str]) -> None:
    assert at_desk(person(WRITER)).post(VIEW, given).status_code == 200


@pytest.mark.django_db
def test_only_the_desk_is_shown_it_and_only_from_its_own_form() -> None:
    for role in (WRITER, SUPPORT):
        assert at_desk(person(role)).post(VIEW, {"text": "x"}).status_code == 200
    for stranger in (Client(), at_desk(person(READER))):
        for send in (stranger.post, stranger.get):
            refused = send(VIEW, {"text": "It turns."})
            assert refused.status_code == 403
            assert "You are signed out." in html_of(refused)  # in words, where the browser would say it cannot connect
            assert refused["X-Frame-Options"] == "SAMEORIGIN"
            assert "It turns." not in html_of(refused)
    assert at_desk(person(EDITOR)).put(VIEW).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    user = person(PUBLISHER)
    assert user
    strict.force_login(user)
    assert strict.post(VIEW, {"text": "x"}).status_code == 403
    sent = {"text": "It turns.", "csrfmiddlewaretoken": strict.get(VIEW).json()["token"]}
    assert "It turns." in html_of(strict.post(VIEW, sent))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "field", "level"),
    [("tool", "description", 2), ("review", "body", 3), ("comparison", "summary", 3), ("page", "body", 2)],
)
def test_each_text_in_markdown_gets_the_tools(kind: str, field: str, level: int) -> None:
    editor = at_desk(person(EDITOR))
    piece = make_piece(kind, "draft")
    html = html_of(editor.get(page_of(piece)))
    area = html[html.index(f'<textarea name="{field}"') :].partition(">")[0]
    assert f'data-markdown="{VIEW}"' in area
    assert f'data-heading="{level}"' in area
    assert "editorial/desk/writing.js" in html
    assert html.count("data-markdown=") == 1
    assert html.count("editorial/desk/writing.js") == 1


@pytest.mark.django_db
def test_who_may_only_look_gets_no_tools() -> None:
    assert "data-markdown" not in html_of(at_desk(person(WRITER)).get(page_of(make_tool())))


@given(
    st.text(alphabet=st.sampled_from("ab <>[]()!*_#-`>|:\n\n"), max_size=120) | st.text(max_size=200),
    st.integers(0, 40),
)
def test_the_mark_of_the_line_changes_nothing_else(text: str, line: int) -> None:
    """Wherever somebody types, what is shown is what will be public, with one empty element more."""
    shown = str(to_html_under_way(text, 2, line))
    assert shown.count(HERE) == 1
    assert shown.replace(HERE, "") == to_html(text, 2)


def test_the_mark_stands_before_the_block_of_the_line() -> None:
    text = "One\n\n- two\n- three\n\nFour"
    for line, following in ((0, "<p>One"), (1, "<p>One"), (2, "<ul>"), (3, "<ul>"), (5, "<p>Four"), (99, "<p>Four")):
        assert str(to_html_under_way(text, 2, line)).partition(HERE)[2].startswith(following), line
