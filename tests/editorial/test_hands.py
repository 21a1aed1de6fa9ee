"""What the desk tells nobody, what takes a second person, and what happens when two press at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import LazySettings
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.test import Client

from accounts.roles import EDITOR, PUBLISHER, REVIEWERS_WRITER, WRITER
from editorial.services import CannotPublishError, publish
from reviews.models import Review
from tests.editorial.people import CHIEF, at_desk, buttons, make_piece, page_of, person, press, stands, typed
from tests.factories import make_review, make_reviewer, make_tool, make_user
from tests.pages import html_of, text_of
from tools.models import Tool

pytestmark = pytest.mark.django_db


# --- What is nobody's business ----------------------------------------------------------------------------------------
def complete(client: Client, field: str, term: str = "") -> str:
    asked = {"app_label": "reviews", "model_name": "review", "field_name": field, "term": term}
    return client.get("/admin/autocomplete/", asked).content.decode()


@pytest.mark.parametrize("role", [WRITER, REVIEWERS_WRITER])
def test_a_draft_of_anothers_is_told_by_no_door(role: str) -> None:
    client = at_desk(person(role))
    secret, known = make_piece("tool", "draft", name="Secret"), make_tool(name="Known")
    assert "Known" in complete(client, "tool")
    assert "Secret" not in complete(client, "tool")
    assert "Secret" not in text_of(client.get("/admin/tools/tool/"))
    forged = {"tool": secret.pk, "reviewer": make_reviewer().pk, "verdict": "ship", "headline": "x"}
    answer = client.post("/admin/reviews/review/add/", forged)
    assert answer.status_code == 200
    assert "Secret" not in html_of(answer)
    assert not Review.objects.filter(tool=secret).exists()
    assert client.get(page_of(known)).status_code == 200


def test_an_address_of_a_draft_is_not_told_by_the_way_to_the_site() -> None:
    secret = make_piece("tool", "draft")
    path = f"/admin/r/{ContentType.objects.get_for_model(Tool).pk}/{secret.pk}/"
    assert at_desk(person(WRITER)).get(path).status_code == 404
    assert at_desk(person(EDITOR)).get(path)["Location"] == secret.get_absolute_url()


def test_who_writes_for_whom_is_told_to_those_who_decide_it_and_readers_are_no_choice() -> None:
    reader, reviewer = make_user(email="reader@example.org"), make_reviewer()
    reviewer.writers.add(make_user(email="quiet@example.org", is_staff=True))
    path = f"/admin/reviews/reviewer/{reviewer.pk}/change/"
    page = html_of(at_desk(person(PUBLISHER)).get(path))
    assert "quiet@example.org" in page
    assert reader.email not in page
    assert "quiet@example.org" not in html_of(at_desk(person(EDITOR)).get(path))


def test_a_reviewers_writer_writes_for_that_reviewer_only() -> None:
    user, theirs, other = person(REVIEWERS_WRITER), make_reviewer(name="Ann"), make_reviewer(name="Ben")
    assert user
    theirs.writers.add(user)
    client, tool = at_desk(user), make_tool()
    assert "Ann" in complete(client, "reviewer")
    assert "Ben" not in complete(client, "reviewer")
    form = {"tool": tool.pk, "reviewer": other.pk, "verdict": "ship", "headline": "It turns."}
    assert client.post("/admin/reviews/review/add/", form).status_code == 200
    assert not Review.objects.exists()
    assert client.post("/admin/reviews/review/add/", {**form, "reviewer": theirs.pk}).status_code == 302
    make_review(tool, other, headline="Not theirs.")
    assert "Not theirs." not in text_of(client.get("/admin/reviews/review/"))


# --- Four eyes --------------------------------------------------------------------------------------------------------
def test_with_four_eyes_nobody_publishes_their_own_change(settings: LazySettings) -> None:
    settings.FOUR_EYES = True
    one, other = person(PUBLISHER), person(PUBLISHER)
    tool = make_piece("tool", "in_review", one)
    for step in ("publish", "schedule"):
        told = press(at_desk(one), tool, step, step_at="2099-01-01T00:00")
        assert "You made the last change" in told
        assert stands(tool) == "in_review"
    assert buttons(at_desk(one), tool) == ["send_back"]
    assert "Somebody else has to publish it" in press(at_desk(other), tool, "publish", maker="Other words")
    tool.refresh_from_db()
    assert "is published." in press(at_desk(one), tool, "publish")
    assert stands(tool) == "published"


def test_with_four_eyes_what_is_out_is_withdrawn_before_it_changes(settings: LazySettings) -> None:
    settings.FOUR_EYES = True
    publisher = person(PUBLISHER)
    client, review = at_desk(publisher), make_review(make_tool())
    assert client.post(page_of(review), {"headline": "Other words."}).status_code == 403
    assert buttons(client, review) == ["withdraw"]
    assert "Two people have to agree here, so nobody changes what is out." in text_of(client.get(page_of(review)))
    assert "Two people have to agree" not in text_of(at_desk(person(EDITOR)).get(page_of(review)))
    told = text_of(client.post(page_of(review), {"_step": "withdraw"}, follow=True))
    assert "Give the reason" in told
    client.post(page_of(review), {"_step": "withdraw", "reason": "To be rewritten."})
    assert stands(review) == "withdrawn"
    form = {
        "tool": review.tool_id,
        "reviewer": review.reviewer_id,
        "verdict": "ship",
        "headline": review.headline,
        "body": review.body,
    }
    client.post(page_of(review), {**form, "_step": "reopen"})
    assert stands(review) == "draft"
    assert buttons(client, review) == ["submit", "publish", "schedule"]


# --- At once ----------------------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_of_two_who_press_at_once_the_second_is_told() -> None:
    tool, user = make_piece("tool", "draft", name="Lathe"), person(CHIEF)

    def second() -> str:
        try:
            publish(Tool.objects.get(pk=tool.pk), by=user)
        except CannotPublishError as problem:
            return str(problem)
        finally:
            connection.close()
        return "published twice"

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            publish(tool, by=user)
            later = pool.submit(second)
            while not (later.done() or _somebody_waits()):
                pass
        assert later.result() == "Lathe is published already."


@pytest.mark.django_db(transaction=True)
def test_an_editor_who_saves_while_somebody_publishes_changes_nothing() -> None:
    tool, editor = make_piece("tool", "draft"), person(EDITOR)

    def save() -> int:
        try:
            return int(at_desk(editor).post(page_of(tool), typed(tool, maker="Too late")).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            publish(tool)
            later = pool.submit(save)
            while not (later.done() or _somebody_waits()):
                pass
        assert later.result() == 403
    assert (stands(tool), tool.maker) == ("published", "Makers & Sons")


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted LIMIT 1")
        return cursor.fetchone() is not None
