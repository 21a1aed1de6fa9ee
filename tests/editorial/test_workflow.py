"""From draft to published and back: the buttons, the refusals, and whose hands they are in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts.roles import EDITOR, PUBLISHER, REVIEWERS_WRITER, ROLES, SUPPORT, WRITER
from editorial.permissions import Step, may_change, may_delete, visible
from editorial.services import CannotPublishError, publish, reopen, send_back, submit, withdraw
from reviews.services import reopen_review
from tests.editorial.people import CHIEF, at_desk, buttons, make_piece, page_of, person, press, stands, typed
from tests.editorial.test_matrix import RULES, STATES
from tests.factories import make_page, make_review, make_tool
from tests.pages import html_of, text_of
from tools.models import Tool

pytestmark = pytest.mark.django_db
KINDS = ("tool", "review", "comparison", "page")


# --- Rules on pieces --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("role", [role for role in (*ROLES, CHIEF) if role != SUPPORT])
@pytest.mark.parametrize("kind", KINDS)
def test_every_state_and_owner_by_role(role: str, kind: str) -> None:
    if role == REVIEWERS_WRITER and kind != "review":
        return
    user, rule = person(role), RULES[role]
    assert user
    for status in STATES:
        for owner in (user, None):
            piece = make_piece(kind, status, owner)
            seen = type(piece).objects.filter(visible(user, type(piece)), pk=piece.pk).exists()
            assert seen == (owner == user or status in rule.sees), (status, owner)
            changes, deletes = (rule.changes_own, rule.deletes_own) if owner else (rule.changes, rule.deletes)
            assert may_change(user, piece) == (status in changes), (status, owner)
            assert may_delete(user, piece) == (status in deletes), (status, owner)


def test_support_finds_no_content_and_somebody_inactive_nothing_at_all() -> None:
    support, gone = person(SUPPORT), person(CHIEF)
    assert support
    assert gone
    gone.is_active = False
    piece = make_piece("tool", "published")
    for user in (support, gone):
        assert not Tool.objects.filter(visible(user, Tool)).exists()
        assert not may_change(user, piece)


def test_what_readers_may_have_seen_is_a_publishers_to_delete() -> None:
    reopened = make_piece("tool", "draft", published_at=timezone.now())
    editor, publisher = person(EDITOR), person(PUBLISHER)
    assert editor
    assert publisher
    assert (may_delete(editor, reopened), may_delete(publisher, reopened)) == (False, True)


def test_the_groups_follow_the_table_at_every_migrate() -> None:
    writer = Group.objects.get(name=WRITER)
    writer.permissions.clear()
    own = Group.objects.create(name="Harbour masters")
    own.permissions.add(*Group.objects.get(name=PUBLISHER).permissions.all())
    count = own.permissions.count()
    Group.objects.get(name=EDITOR).permissions.add(*own.permissions.all())
    call_command("migrate", verbosity=0)
    for role, rights in ROLES.items():
        held = Group.objects.get(name=role).permissions.values_list("content_type__app_label", "codename")
        assert {f"{app}.{codename}" for app, codename in held} == rights
    assert own.permissions.count() == count


# --- Steps ------------------------------------------------------------------------------------------------------------
def test_a_piece_goes_its_whole_way() -> None:
    page = make_page(status="draft", published_at=None)
    submit(page)
    send_back(page, note="Shorter, please.")
    submit(page)
    publish(page)
    withdraw(page)
    reopen(page)
    assert stands(page) == "draft"
    assert page.published_at is not None


REFUSED = [
    (lambda by: submit(make_piece("tool", "published"), by=by), "is published, so it cannot be sent to review"),
    (lambda by: submit(make_piece("tool", "in_review"), by=by), "is in review already"),
    (lambda by: submit(make_piece("tool", "draft", description=" "), by=by), "has no description. Write one."),
    (lambda by: send_back(make_piece("tool", "draft"), by=by, note="x"), "is a draft already"),
    (lambda by: send_back(make_piece("tool", "in_review"), by=by), "Say in a note what"),
    (lambda by: publish(make_piece("tool", "draft", website=""), by=by), "has no website. Give its address"),
    (lambda by: publish(make_piece("tool", "draft", tagline="", maker=""), by=by), "has no maker.*has no tagline"),
    (lambda by: publish(make_piece("tool", "published"), by=by), "is published already"),
    (lambda by: publish(make_piece("page", "draft", title=" ", body=""), by=by), "has no title.*has no text"),
    (lambda by: publish(make_piece("review", "draft", headline=""), by=by), "has no headline"),
    (
        lambda by: publish(make_piece("review", "draft", tool=make_tool(status="in_review", name="Lathe")), by=by),
        "Lathe is not published. Publish the tool first",
    ),
    (
        lambda by: publish(
            make_piece("comparison", "draft", summary="", choose_first_if=" ", choose_second_if=""), by=by
        ),
        "Nothing is written for .* yet. Write a summary",
    ),
    (lambda by: withdraw(make_piece("tool", "draft"), by=by), "was never published, so it cannot be withdrawn"),
    (lambda by: withdraw(make_piece("tool", "withdrawn"), by=by), "is withdrawn already"),
    (lambda by: reopen(make_piece("tool", "published"), by=by), "is published, so it cannot be opened again"),
]


@pytest.mark.parametrize(("step", "told"), REFUSED, ids=[told for _, told in REFUSED])
def test_a_step_says_what_is_missing(step: Any, told: str) -> None:
    with pytest.raises(CannotPublishError, match=told):
        step(person(CHIEF))


def test_a_review_goes_out_with_its_tools_date_and_not_before(client: Client) -> None:
    tool = make_tool(slug="lathe", status="draft", published_at=None)
    publish(tool, at=timezone.now() + timedelta(hours=1))
    review = make_review(tool, status="draft", published_at=None, headline="It turns.")
    publish(review)
    assert client.get("/tools/lathe/").status_code == 404
    Tool.objects.update(published_at=timezone.now())  # its time has come, and no worker runs
    assert "It turns." in text_of(client.get("/tools/lathe/"))


def test_a_withdrawn_review_stays_so_while_there_is_another() -> None:
    old = make_review(make_tool(), status="withdrawn")
    make_review(old.tool, old.reviewer)
    with pytest.raises(CannotPublishError, match="There is another review"):
        reopen_review(old)


@pytest.mark.parametrize("role", [WRITER, EDITOR, REVIEWERS_WRITER, SUPPORT])
def test_services_refuse_whoever_may_not(role: str) -> None:
    user = person(role)
    for kind in KINDS:
        for take, status in ((publish, "in_review"), (withdraw, "published")):
            piece = make_piece(kind, status, user)
            with pytest.raises(PermissionDenied):
                take(piece, by=user)
            assert stands(piece) == status


# --- Buttons ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("role", "offered"),
    [
        (WRITER, [["submit"], [], [], [], []]),
        (EDITOR, [["submit"], ["send_back"], [], [], ["reopen"]]),
        (
            PUBLISHER,
            [
                ["submit", "publish", "schedule"],
                ["send_back", "publish", "schedule"],
                ["publish", "schedule", "withdraw"],
                ["withdraw"],
                ["publish", "schedule", "reopen"],
            ],
        ),
    ],
)
@pytest.mark.parametrize("kind", KINDS)
def test_a_form_offers_the_steps_that_one_may_take(role: str, kind: str, offered: list[list[str]]) -> None:
    user = person(role)
    client = at_desk(user)
    assert [buttons(client, make_piece(kind, status, user)) for status in STATES] == offered


def test_a_button_saves_what_was_typed_and_takes_its_step() -> None:
    writer, editor, publisher = (person(role) for role in (WRITER, EDITOR, PUBLISHER))
    tool = make_piece("tool", "draft", writer, name="Lathe")
    assert "Lathe is in review." in press(at_desk(writer), tool, "submit", maker="Turners")
    assert (stands(tool), tool.maker, tool.changed_by) == ("in_review", "Turners", writer)
    told = press(at_desk(editor), tool, "send_back", step_note="")
    assert "Say what it still needs" in told
    press(at_desk(editor), tool, "send_back", step_note="Which lathes?")
    assert stands(tool) == "draft"
    assert LogEntry.objects.filter(change_message="Sent back: Which lathes?").exists()
    assert "Which lathes?" in text_of(at_desk(writer).get(page_of(tool)))
    press(at_desk(writer), tool, "submit")
    assert "Lathe is published." in press(at_desk(publisher), tool, "publish")
    assert stands(tool) == "published"


def test_a_refused_step_loses_nothing(client: Client) -> None:
    publisher = person(PUBLISHER)
    tool = make_piece("tool", "draft", publisher)
    told = press(at_desk(publisher), tool, "publish", description="", maker="Typed")
    assert "has no description. Write one." in told
    assert (stands(tool), tool.maker) == ("draft", "Typed")
    for moment, words in (("", "Give the day"), ("soon", "for instance"), ("2020-01-01T10:00", "has passed")):
        answer = at_desk(publisher).post(page_of(tool), typed(tool, _step="schedule", step_at=moment, maker="Kept"))
        assert words in text_of(answer)
        assert 'value="Kept"' in html_of(answer)
    day = (timezone.now() + timedelta(days=2)).date()
    tool.description = "Words."
    told = press(at_desk(publisher), tool, "schedule", step_at=f"{day}T09:30")
    assert f"is scheduled for {day} 09:30 UTC." in told
    assert client.get(tool.get_absolute_url()).status_code == 404
    Tool.objects.update(published_at=timezone.now())
    assert client.get(tool.get_absolute_url()).status_code == 200


def test_withdrawing_a_verdict_that_readers_see_asks_for_the_reason() -> None:
    client, review = at_desk(person(PUBLISHER)), make_review(make_tool())
    form = {"tool": review.tool_id, "reviewer": review.reviewer_id, "verdict": "ship", "headline": "It floats."}
    told = text_of(client.post(page_of(review), {**form, "_step": "withdraw"}, follow=True))
    assert "Give the reason that they will read" in told
    assert stands(review) == "published"
    client.post(page_of(review), {**form, "_step": "withdraw", "reason": "It sank."})
    assert stands(review) == "withdrawn"


@pytest.mark.parametrize("step", ["publish", "schedule", "withdraw", "sink"])
def test_a_forged_button_saves_nothing(step: str) -> None:
    writer = person(WRITER)
    tool = make_piece("tool", "draft", writer)
    form = typed(tool, _step=step, maker="Forged", step_at="2099-01-01T00:00")
    assert at_desk(writer).post(page_of(tool), form).status_code == 403
    assert (stands(tool), tool.maker) == ("draft", "Makers & Sons")


def test_a_form_that_is_filled_in_for_the_first_time_may_go_to_review() -> None:
    writer, tool = person(WRITER), make_tool()
    form = typed(tool, name="Lathe", slug="lathe", website="https://lathe.example.com/", _step="submit")
    assert "Lathe is in review." in text_of(at_desk(writer).post("/admin/tools/tool/add/", form, follow=True))
    lathe = Tool.objects.get(slug="lathe")
    assert (lathe.author, lathe.changed_by, lathe.status) == (writer, writer, "in_review")


def test_actions_name_the_pieces_before_they_move_them_and_move_each_for_itself() -> None:
    client = at_desk(person(PUBLISHER))
    ready, wanting = make_piece("tool", "draft", name="Ready"), make_piece("tool", "draft", name="Bare", description="")
    form = {"action": "publish_selected", "_selected_action": [ready.pk, wanting.pk]}
    asked = text_of(client.post("/admin/tools/tool/", form))
    assert "Ready (draft)" in asked
    assert "Bare (draft)" in asked
    assert (stands(ready), stands(wanting)) == ("draft", "draft")
    told = text_of(client.post("/admin/tools/tool/", {**form, "_step": "publish"}, follow=True))
    assert "Ready is published." in told
    assert "Bare has no description." in told
    assert (stands(ready), stands(wanting)) == ("published", "draft")


@pytest.mark.parametrize("step", list(Step))
def test_a_writer_moves_nothing_of_others_from_the_list(step: Step) -> None:
    client, pieces = at_desk(person(WRITER)), [make_piece("tool", status) for status in STATES]
    form = {"action": f"{step}_selected", "_selected_action": [piece.pk for piece in pieces], "_step": step}
    client.post("/admin/tools/tool/", {**form, "step_at": "2099-01-01T00:00", "step_note": "x", "reason": "y"})
    client.post("/admin/tools/tool/", {**form, "action": "delete_selected", "post": "yes"})
    assert tuple(stands(piece) for piece in pieces) == STATES
