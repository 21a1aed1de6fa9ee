"""Two people at one piece: nothing is saved over what was not seen, and nothing typed is lost."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.roles import EDITOR, PUBLISHER, WRITER
from tests.editorial.people import at_desk, make_piece, page_of, person, stands, typed
from tests.editorial.test_history import rows_of
from tests.factories import make_plan, make_review, make_tool
from tests.pages import html_of, text_of
from tools.models import Plan, Tool

pytestmark = pytest.mark.django_db


def opened(client: Client, piece: Any) -> str:
    """The token of the form as somebody opens it."""
    return token_in(html_of(client.get(page_of(piece))))


def token_in(html: str) -> str:
    found = re.search(r'name="_opened_at" value="([^"]+)"', html)
    assert found
    return found[1]


def send(client: Client, tool: Tool, token: str, **fields: Any) -> Any:
    return client.post(page_of(tool), typed(tool, _opened_at=token, **fields))


@pytest.fixture
def two() -> tuple[Client, Client]:
    return at_desk(person(EDITOR)), at_desk(person(PUBLISHER))


def test_the_second_to_save_sees_both_texts_and_may_save_anyway(two: tuple[Client, Client]) -> None:
    first, second = two
    tool = make_piece("tool", "draft", tagline="Turns wood slowly.")
    seen = opened(first, tool)
    assert send(second, tool, opened(second, tool), tagline="Turns wood fast.").status_code == 302
    answer = send(first, tool, seen, tagline="Turns wood quietly.")
    html = html_of(answer)
    assert answer.status_code == 200
    assert re.search(r"<del>.*?quietly.*?</del>", html)
    assert re.search(r"<ins>.*?fast.*?</ins>", html)
    assert "Publisher, " in html
    assert 'value="Turns wood quietly."' in html
    tool.refresh_from_db()
    assert tool.tagline == "Turns wood fast."
    assert send(first, tool, token_in(html), tagline="Turns wood quietly.").status_code == 302
    tool.refresh_from_db()
    assert tool.tagline == "Turns wood quietly."


def test_a_third_who_saves_meanwhile_is_not_written_over_either(two: tuple[Client, Client]) -> None:
    first, second = two
    tool = make_piece("tool", "draft", tagline="One.")
    seen = opened(first, tool)
    send(second, tool, opened(second, tool), tagline="Two.")
    again = token_in(html_of(send(first, tool, seen, tagline="Mine.")))
    tool.refresh_from_db()
    send(second, tool, opened(second, tool), tagline="Three.")
    answer = send(first, tool, again, tagline="Mine.")
    assert re.search(r"<ins>.*?Three.*?</ins>", html_of(answer))
    tool.refresh_from_db()
    assert tool.tagline == "Three."


def test_theirs_can_be_taken_field_by_field(two: tuple[Client, Client]) -> None:
    first, second = two
    tool = make_piece("tool", "draft", tagline="One.", description="Words.")
    seen = opened(first, tool)
    send(second, tool, opened(second, tool), tagline="Theirs.", description="Their words.")
    html = html_of(send(first, tool, seen, tagline="Mine.", description="My words."))
    assert html.count('name="_theirs"') == 2
    send(first, tool, token_in(html), tagline="Mine.", description="My words.", _theirs=["tagline"])
    tool.refresh_from_db()
    assert (tool.tagline, tool.description) == ("Theirs.", "My words.")


def test_what_one_did_not_touch_follows_and_is_shown(two: tuple[Client, Client]) -> None:
    first, second = two
    tool = make_piece("tool", "draft", maker="Turners", tagline="One.")
    seen = opened(first, tool)
    mine = typed(tool, tagline="Mine.", _opened_at=seen)
    send(second, tool, opened(second, tool), maker="Sold")
    answer = first.post(page_of(tool), mine)
    html = html_of(answer)
    assert "You had not touched these" in html
    assert re.search(r'name="maker" value="Sold"', html)
    assert re.search(r'name="tagline" value="Mine."', html)
    assert 'name="_theirs"' not in html


def test_prices_collide_too(two: tuple[Client, Client]) -> None:
    first, second = two
    tool = make_piece("tool", "draft")
    make_plan(tool, name="Pro", amount=20, note="")
    make_plan(tool, name="Team", amount=90, note="")
    seen, mine = opened(first, tool), rows_of(tool)
    theirs = {**mine, "plans-0-amount": 25, "plans-1-DELETE": "on", "plans-TOTAL_FORMS": 3}
    new = {"name": "Crew", "amount": 7, "currency": "USD", "period": "month", "source": "https://a.example.com/"}
    theirs |= {f"plans-2-{name}": value for name, value in {**new, "checked_on": "2026-11-02", "position": 5}.items()}
    assert send(second, tool, opened(second, tool), **theirs).status_code == 302
    mine |= {"plans-0-amount": 30, "plans-1-amount": 95}
    answer = send(first, tool, seen, **mine)
    html = html_of(answer)
    assert re.search(r"<del>.*?30.*?</del>", html)
    assert re.search(r"<ins>.*?25.*?</ins>", html)
    assert "They took it out. It is a new row" in html
    assert 'value="Crew"' in html
    assert 'value="95"' in html
    form = answer.context_data["inline_admin_formsets"][0].formset
    sent = {name: values[-1] for name, values in form.data.lists() if name.startswith("plans-")}
    pro = Plan.objects.get(name="Pro")
    send(first, tool, token_in(html), **sent, _theirs=[f"plans:{pro.pk}"])
    assert {plan.name: plan.amount for plan in tool.plans.all()} == {"Pro": 25, "Team": 95, "Crew": 7}


def test_pressing_save_twice_is_no_collision(two: tuple[Client, Client]) -> None:
    first, _ = two
    tool = make_piece("tool", "draft")
    seen = opened(first, tool)
    new = {"name": "Crew", "amount": 7, "currency": "USD", "period": "month", "source": "https://a.example.com/"}
    row = {f"plans-0-{name}": value for name, value in {**new, "checked_on": "2026-11-02", "position": 5}.items()}
    row |= {"plans-TOTAL_FORMS": 1}
    mine = typed(tool, tagline="Mine.", _opened_at=seen, **row)
    assert [first.post(page_of(tool), mine).status_code for _ in range(2)] == [302, 302]
    assert tool.plans.count() == 1


def test_a_step_that_somebody_took_meanwhile_is_no_collision(two: tuple[Client, Client]) -> None:
    _, publisher = two
    tool = make_piece("tool", "draft", tagline="One.")
    seen = opened(publisher, tool)
    at_desk(person(EDITOR)).post(page_of(tool), typed(tool, _step="submit"))
    assert stands(tool) == "in_review"
    assert send(publisher, tool, seen, tagline="Mine.").status_code == 302


def test_a_button_neither_saves_nor_steps_over_somebody_elses_words(two: tuple[Client, Client]) -> None:
    editor, publisher = two
    tool = make_piece("tool", "draft", tagline="One.")
    seen = opened(publisher, tool)
    send(editor, tool, opened(editor, tool), tagline="Theirs.")
    answer = send(publisher, tool, seen, tagline="Mine.", _step="publish")
    assert "Take theirs for Tagline" in text_of(answer)
    tool.refresh_from_db()
    assert (tool.tagline, tool.status) == ("Theirs.", "draft")


def test_nobody_decides_about_words_they_have_not_read(two: tuple[Client, Client], settings: Any) -> None:
    """A step without the right to change, such as a publisher's who withdraws with four eyes."""
    settings.FOUR_EYES = True
    _, publisher = two
    tool = make_tool(tagline="One.")
    seen = opened(publisher, tool)
    Tool.objects.filter(pk=tool.pk).update(tagline="Two.")
    answer = publisher.post(page_of(tool), {"_step": "withdraw", "_opened_at": seen}, follow=True)
    assert "This was changed while you looked" in text_of(answer)
    assert stands(tool) == "published"
    publisher.post(page_of(tool), {"_step": "withdraw", "_opened_at": opened(publisher, tool)})
    assert stands(tool) == "withdrawn"


def test_reviews_collide_and_keep_the_reason(two: tuple[Client, Client]) -> None:
    _, publisher = two
    review = make_review(make_tool(), verdict="ship", headline="It floats.")
    seen = opened(publisher, review)
    form = {"tool": review.tool_id, "reviewer": review.reviewer_id, "body": "", "headline": "It floats."}
    publisher.post(page_of(review), {**form, "verdict": "ship", "headline": "It swims.", "_opened_at": seen})
    answer = publisher.post(page_of(review), {**form, "verdict": "skip", "reason": "It sank.", "_opened_at": seen})
    html = html_of(answer)
    assert 'value="It swims."' in html
    assert "It sank." in html
    review.refresh_from_db()
    assert review.verdict == "ship"
    again = {**form, "headline": "It swims.", "verdict": "skip", "reason": "It sank.", "_opened_at": token_in(html)}
    assert publisher.post(page_of(review), again).status_code == 302
    review.refresh_from_db()
    assert (review.verdict, review.headline) == ("skip", "It swims.")


@pytest.mark.parametrize("token", ["", "soon", "9" * 40, "1", "1.2.3.4"])
def test_a_token_that_is_none_of_ours_saves_nothing_over(two: tuple[Client, Client], token: str) -> None:
    first, _ = two
    tool = make_piece("tool", "draft", tagline="One.")
    answer = send(first, tool, token, tagline="Mine.")
    assert answer.status_code == 200
    assert "Take theirs for Tagline" in text_of(answer)


def test_line_ends_of_a_browser_are_no_change() -> None:
    client = at_desk(person(WRITER))
    tool = make_piece("tool", "draft", None, description="One.\nTwo.")
    tool.author = client_user = person_of(client)
    tool.save()
    assert client_user
    client.post(page_of(tool), typed(tool, description="One.\r\nTwo."))
    tool.refresh_from_db()
    assert tool.description == "One.\nTwo."


def person_of(client: Client) -> Any:
    return client.get("/admin/").wsgi_request.user


def test_frames_collide_as_pieces_do() -> None:
    client = at_desk(person(PUBLISHER))
    category = make_tool().category
    seen = opened(client, category)
    form = {"name": category.name, "slug": category.slug}
    client.post(page_of(category), {**form, "description": "Theirs.", "_opened_at": seen})
    answer = client.post(page_of(category), {**form, "description": "Mine.", "_opened_at": seen})
    assert "Take theirs for Description" in text_of(answer)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_save_at_the_same_moment_one_is_asked(two: tuple[Client, Client]) -> None:
    tool = make_piece("tool", "draft", tagline="One.")
    forms = [
        typed(tool, tagline=f"{client_number}.", _opened_at=opened(client, tool))
        for client_number, client in enumerate(two)
    ]

    def save(client: Client, form: dict[str, Any]) -> int:
        try:
            return int(client.post(page_of(tool), form).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as both:
        answers = sorted(both.map(save, two, forms))
    assert answers == [200, 302]
