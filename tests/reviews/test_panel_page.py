"""A whole panel on one page: what each may see and write there, and that it is saved whole or not at all."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from lxml import html

from accounts.models import User
from accounts.roles import EDITOR, PUBLISHER, REVIEWERS_WRITER, WRITER
from comparisons.models import Receipt
from reviews.leaning import leaning, leanings
from reviews.models import Review, Reviewer
from reviews.querysets import tools_missing_reviewers
from reviews.verdicts import Panel
from tests.editorial.people import at_desk, make_piece, person
from tests.factories import make_panel, make_plan, make_review, make_reviewer, make_tool
from tests.pages import html_of, text_of, texts
from tests.passing_time import pass_time
from tools.models import Plan, Tool

pytestmark = pytest.mark.django_db


def address(tool: Tool) -> str:
    return f"/admin/tools/tool/{tool.pk}/panel/"


def typed(client: Client, tool: Tool, **fields: Any) -> dict[str, Any]:
    """What the page's form would send once these fields were typed."""
    return {**_values(client.get(address(tool))), **fields}


def _values(page: Any) -> dict[str, Any]:
    form = next(form for form in html.fromstring(page.content).forms if any("opened" in name for name in form.fields))
    empty = {field.get("name"): "" for field in form.xpath(".//input[not(@type='radio')]")}  # a browser sends these too
    return {**empty, **dict(form.form_values())}


def blocks(page: Any) -> list[str]:
    return texts(page, "berth")


def draft(tool: Tool, reviewer: Reviewer, **fields: Any) -> Review:
    return make_review(tool, reviewer, **{"status": "draft", "published_at": None, **fields})


def staff(role: str) -> User:
    user = person(role)
    assert user
    return user


# --- What it shows ----------------------------------------------------------------------------------------------------
def test_every_active_reviewer_has_a_block_in_panel_order() -> None:
    tool = make_tool()
    names = ["Zed", "Ann", "Bob"]
    zed, ann, _bob = (make_reviewer(name=name, lens=f"Lens of {name}", position=n) for n, name in enumerate(names))
    make_review(tool, ann)
    make_reviewer(name="Gone", is_active=False)
    left = make_reviewer(name="Left", is_active=False)
    make_review(tool, left, "skip")
    draft(tool, zed)
    found = blocks(at_desk(staff(PUBLISHER)).get(address(tool)))
    assert [block.split()[0] for block in found] == [*names, "Left"]
    assert "Lens of Zed Draft" in found[0]
    assert "Published, 2 Nov 2026" in found[1]
    assert "Not written yet" in found[2]
    assert "No longer on the panel." in found[3]


@pytest.mark.parametrize("verdicts", ["", "s", "sk", "sssk", "kkk"])
def test_the_leaning_is_what_the_public_page_says(client: Client, verdicts: str) -> None:
    tool = make_tool(slug="lathe")
    make_panel(tool, verdicts)
    page = html.fromstring(at_desk(staff(EDITOR)).get(address(tool)).content)
    told = page.xpath("string(//*[@data-told])")
    public = client.get("/tools/lathe/")
    assert texts(public, "stamp-large")[0] in told
    if verdicts:
        assert f"{verdicts.count('s')} of {len(verdicts)} ship" in told
        assert texts(public, "hull-count")[0] in told
    if len(verdicts) > 1:
        assert told.endswith(texts(public, "disagreement")[0])
    table = json.loads(page.xpath("string(//@data-leanings)"))
    assert table[f"{verdicts.count('s')}/{len(verdicts)}"][1] == told


def test_a_table_holds_every_leaning_of_a_panel() -> None:
    table = json.loads(leanings(4))
    assert len(table) == 1 + 2 + 3 + 4 + 5
    assert table["2/4"] == ["split", leaning(Panel(2, 4))]
    assert table["0/0"] == ["unreviewed", "No review yet: Unreviewed."]


def test_a_page_takes_the_same_queries_for_any_panel() -> None:
    tool = make_tool()
    counts = {}
    for role in (PUBLISHER, WRITER, REVIEWERS_WRITER):
        user = staff(role)
        desk = at_desk(user)
        for size in (1, 4):
            for _ in range(size):
                reviewer = make_reviewer()
                reviewer.writers.add(user)
                draft(tool, reviewer, author=user)
            desk.get(address(tool))
            with CaptureQueriesContext(connection) as seen:
                assert desk.get(address(tool)).status_code == 200
            counts[role, size] = len(seen)
    assert all(counts[role, 1] == counts[role, 4] for role, _size in counts)


def test_a_review_from_before_a_price_change_is_marked() -> None:
    tool = make_tool(slug="lathe", published_at=timezone.now() - timedelta(days=1))
    plan = make_plan(tool, checked_on=timezone.now().date() - timedelta(days=1))
    make_review(tool, published_at=timezone.now())
    pass_time(timedelta(days=3))
    desk = at_desk(staff(EDITOR))
    assert texts(desk.get(address(tool)), "berth__mark") == []
    Plan.objects.filter(pk=plan.pk).update(amount=25)
    draft(tool, make_reviewer())
    mark = f"Written before the price changed on {timezone.now():%-d %B %Y}"
    assert texts(desk.get(address(tool)), "berth__mark") == [mark]


# --- Whose it is ------------------------------------------------------------------------------------------------------
def test_a_reviewers_writer_writes_theirs_and_reads_what_is_out() -> None:
    tool, user = make_tool(), staff(REVIEWERS_WRITER)
    mine, other, third = (make_reviewer(name=name, position=n) for n, name in enumerate(("Mine", "Other", "Third")))
    mine.writers.add(user)
    secret = draft(tool, other, headline="A secret remark.")
    make_review(tool, third, headline="It is out.")
    desk = at_desk(user)
    page = desk.get(address(tool))
    found = blocks(page)
    assert "Not written yet" in found[0]
    assert found[1:] == [f"{name} Whether it floats Nothing here for you to read." for name in ("Other", "Third")]
    assert "A secret remark." not in html_of(page)
    form = typed(desk, tool, **{f"r{mine.pk}-verdict": "skip", f"r{mine.pk}-headline": "It sinks."})
    forged = {f"r{other.pk}-verdict": "skip", f"r{other.pk}-headline": "Forged", f"r{other.pk}-body": ""}
    said = text_of(desk.post(address(tool), {**form, **forged}))
    assert "This review is not yours to change as it stands now." in said
    secret.refresh_from_db()
    assert (secret.headline, Review.objects.filter(reviewer=mine).count()) == ("A secret remark.", 0)
    assert "1 review saved: Mine." in text_of(desk.post(address(tool), form, follow=True))
    written = Review.objects.get(reviewer=mine)
    assert (written.status, written.author, written.verdict) == ("draft", user, "skip")


def test_a_writer_reads_what_is_out_and_finds_no_trace_of_others_drafts() -> None:
    tool, user = make_tool(), staff(WRITER)
    first, second = make_reviewer(), make_reviewer()
    make_review(tool, first, headline="It is out.")
    draft(tool, second, headline="A secret remark.")
    desk = at_desk(user)
    page = desk.get(address(tool))
    assert "It is out." in blocks(page)[0]
    assert f'name="r{first.pk}-headline"' not in html_of(page)
    assert "secret" not in html_of(page)
    form = typed(desk, tool, **{f"r{second.pk}-verdict": "skip", f"r{second.pk}-headline": "Mine"})
    again = desk.post(address(tool), form)
    assert "This reviewer already has a review of this tool" in blocks(again)[1]
    assert _values(again)[f"r{second.pk}-headline"] == "Mine"


def test_with_four_eyes_what_is_out_is_read_only() -> None:
    tool = make_tool()
    review = make_review(tool)
    desk = at_desk(staff(PUBLISHER))
    assert f'name="r{review.reviewer_id}-headline"' in html_of(desk.get(address(tool)))
    with override_settings(FOUR_EYES=True):
        assert f'name="r{review.reviewer_id}-headline"' not in html_of(desk.get(address(tool)))


def test_a_draft_of_a_tool_is_not_found_by_others() -> None:
    tool = make_piece("tool", "draft")
    assert at_desk(staff(WRITER)).get(address(tool)).status_code == 302
    assert "nothing. The tool is a draft." in text_of(at_desk(staff(EDITOR)).get(address(tool)))


# --- Saving -----------------------------------------------------------------------------------------------------------
def test_all_are_saved_at_once_and_only_what_was_typed() -> None:
    tool, user = make_tool(), staff(EDITOR)
    first, second, third = (make_reviewer(name=name, position=n) for n, name in enumerate(("Ann", "Bob", "Cy")))
    old = draft(tool, first, headline="Old words.", body="One.\n\nTwo.")
    left = draft(tool, third)
    desk = at_desk(user)
    form = typed(
        desk,
        tool,
        **{
            f"r{first.pk}-headline": "New words.",
            f"r{second.pk}-verdict": "skip",
            f"r{second.pk}-headline": "It sinks.",
        },
    )
    assert "2 reviews saved: Ann, Bob." in text_of(desk.post(address(tool), form, follow=True))
    old.refresh_from_db()
    left.refresh_from_db()
    assert (old.headline, old.body.replace("\r", ""), old.changed_by) == ("New words.", "One.\n\nTwo.", user)
    assert left.changed_by is None
    new = Review.objects.get(reviewer=second)
    assert (new.author, new.changed_by, new.status, new.tool) == (user, user, "draft", tool)
    assert LogEntry.objects.count() == 2
    said = text_of(desk.post(address(tool), typed(desk, tool), follow=True))
    assert "Nothing was typed, so nothing is saved." in said


def test_one_that_is_wrong_keeps_all_from_being_saved_and_loses_nothing() -> None:
    tool = make_tool()
    first, second = make_reviewer(position=1), make_reviewer(position=2)
    desk = at_desk(staff(EDITOR))
    form = typed(
        desk,
        tool,
        **{f"r{first.pk}-verdict": "ship", f"r{first.pk}-headline": "It floats."},
        **{f"r{second.pk}-headline": "It sinks.", f"r{second.pk}-body": "Much to say."},
    )
    page = desk.post(address(tool), form)
    assert "Nothing is saved yet: 1 review below needs you." in text_of(page)
    found = blocks(page)
    assert ("Choose SHIP or SKIP." in found[0], "Choose SHIP or SKIP." in found[1]) == (False, True)
    assert Review.objects.count() == 0
    again = _values(page)
    assert {again[name] for name in form if name.startswith("r") and name.endswith("headline")} == {
        "It floats.",
        "It sinks.",
    }
    desk.post(address(tool), {**again, f"r{second.pk}-verdict": "skip"})
    assert Review.objects.count() == 2


def test_a_verdict_that_readers_see_turns_for_a_reason() -> None:
    tool = make_tool()
    review = make_review(tool, verdict="ship")
    desk = at_desk(staff(PUBLISHER))
    turned = typed(desk, tool, **{f"r{review.reviewer_id}-verdict": "skip"})
    page = desk.post(address(tool), turned)
    assert "Readers have seen the other verdict. Say in a sentence why it changes." in blocks(page)[0]
    assert "All on this page: 0 of 1 ship: Skip." in text_of(page)
    assert "Readers see now: 1 of 1 ship: Ship." in text_of(page)
    review.refresh_from_db()
    assert review.verdict == "ship"
    desk.post(address(tool), {**_values(page), f"r{review.reviewer_id}-reason": "It sank on us."})
    receipt = Receipt.objects.filter(kind="verdict").latest("pk")
    assert receipt.before is not None
    assert (receipt.before["verdict"], receipt.reason) == ("ship", "It sank on us.")


def test_a_newer_review_is_not_saved_over_unseen() -> None:
    tool, other = make_tool(), staff(EDITOR)
    review = draft(tool, make_reviewer(), headline="As it was.", verdict="ship")
    beside = draft(tool, make_reviewer(), headline="As it was.")
    desk = at_desk(staff(PUBLISHER))
    prefix = f"r{review.reviewer_id}"
    form = typed(desk, tool, **{f"{prefix}-headline": "Mine."})
    for piece in (review, beside):
        piece.headline, piece.changed_by = "Theirs.", other
        piece.save()
    page = desk.post(address(tool), form)
    assert "Somebody has saved this review since you opened the page." in text_of(page)
    assert texts(page, "berth__theirs")[0].startswith(f"What {other} saved on ")
    assert "SHIP Theirs." in texts(page, "berth__theirs")[0]
    assert len(texts(page, "berth__theirs")) == 1, "the other was not typed over"
    review.refresh_from_db()
    assert review.headline == "Theirs."
    again = _values(page)
    assert again[f"{prefix}-headline"] == "Mine."
    desk.post(address(tool), again)
    review.refresh_from_db()
    beside.refresh_from_db()
    assert (review.headline, beside.headline) == ("Mine.", "Theirs.")


def test_what_was_taken_out_of_ones_hands_is_still_there_to_be_copied() -> None:
    tool, user = make_tool(), staff(EDITOR)
    review = draft(tool, make_reviewer())
    desk = at_desk(user)
    prefix = f"r{review.reviewer_id}"
    form = typed(desk, tool, **{f"{prefix}-body": "Words of an hour."})
    Review.objects.filter(pk=review.pk).update(status="published", published_at=timezone.now())
    page = desk.post(address(tool), form)
    assert "This review is not yours to change as it stands now." in text_of(page)
    assert _values(page)[f"{prefix}-body"].strip() == "Words of an hour."
    Review.objects.filter(pk=review.pk).update(status="withdrawn")
    page = desk.post(address(tool), form)
    assert "This review was withdrawn since you opened the page." in text_of(page)
    desk.post(address(tool), _values(page))
    assert Review.objects.exclude(pk=review.pk).get().body == "Words of an hour."


# --- Steps ------------------------------------------------------------------------------------------------------------
def test_all_go_to_review_and_out_with_one_press_each(client: Client) -> None:
    tool = make_tool(slug="lathe")
    first, second = make_reviewer(), make_reviewer()
    draft(tool, first)
    editor = at_desk(staff(EDITOR))
    form = typed(editor, tool, **{f"r{second.pk}-verdict": "skip", f"r{second.pk}-headline": "It sinks."})
    editor.post(address(tool), {**form, "_step": "submit"})
    assert set(Review.objects.values_list("status", flat=True)) == {"in_review"}
    page = editor.get(address(tool))
    assert 'value="publish"' not in html_of(page)
    assert editor.post(address(tool), {**_values(page), "_step": "publish"}).status_code == 403
    assert set(Review.objects.values_list("status", flat=True)) == {"in_review"}
    publisher = at_desk(staff(PUBLISHER))
    said = text_of(publisher.post(address(tool), {**typed(publisher, tool), "_step": "publish"}, follow=True))
    assert said.count("is published.") == 2
    assert texts(client.get("/tools/lathe/"), "hull-count") == ["1 of 2 ship"]


def test_each_goes_by_itself_and_what_cannot_is_named() -> None:
    tool, user = make_tool(), staff(PUBLISHER)
    seen, own = draft(tool, make_reviewer(name="Ann")), draft(tool, make_reviewer(name="Bob"), changed_by=user)
    desk = at_desk(user)
    with override_settings(FOUR_EYES=True):
        said = text_of(desk.post(address(tool), {**typed(desk, tool), "_step": "publish"}, follow=True))
    assert f"You made the last change to Bob on {tool}." in said
    seen.refresh_from_db()
    own.refresh_from_db()
    assert (seen.status, own.status) == ("published", "draft")


def test_reviews_wait_for_their_tool_and_a_forged_step_is_refused() -> None:
    tool, reviewer = make_piece("tool", "draft"), make_reviewer()
    headline = draft(tool, reviewer).headline
    desk = at_desk(staff(PUBLISHER))
    said = text_of(desk.post(address(tool), {**typed(desk, tool), "_step": "publish"}, follow=True))
    assert said.count("Publish the tool first") == 1
    forged = {**typed(desk, tool, **{f"r{reviewer.pk}-headline": "Typed with it."}), "_step": "withdraw"}
    assert desk.post(address(tool), forged).status_code == 403
    assert (Review.objects.get().status, Review.objects.get().headline) == ("draft", headline)


# --- The way there, and what the first page of the desk asks ----------------------------------------------------------
def test_the_form_and_the_list_lead_to_it() -> None:
    tool = make_tool()
    desk = at_desk(staff(EDITOR))
    for page in (f"/admin/tools/tool/{tool.pk}/change/", "/admin/tools/tool/"):
        assert f'href="{address(tool)}"' in html_of(desk.get(page))


def test_tools_that_wait_for_reviewers() -> None:
    first, second = make_reviewer(), make_reviewer()
    left = make_reviewer(is_active=False)
    whole, half, none = make_tool(), make_tool(), make_tool()
    make_panel(whole, "sk", [first, second])
    make_panel(half, "sk", [first, left])
    draft(half, second)
    make_piece("tool", "draft")
    found = {tool.pk: tool.to_come for tool in tools_missing_reviewers(2)}
    assert found == {half.pk: 1, none.pk: 2}
