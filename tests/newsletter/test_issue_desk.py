"""The desk of issues: what an editor reads, writes, moves and lets go, and who may."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from lxml import html

from accounts.models import AuditEntry
from accounts.roles import EDITOR, PUBLISHER, SUPPORT, WRITER
from newsletter.models import Block, Issue, Schedule
from newsletter.services.issues import approve_issue, assemble_issue
from newsletter.services.ticking import set_schedule
from tests.editorial.people import at_desk, person
from tests.editorial.test_history import apart
from tests.factories import make_comparison, make_tool
from tests.newsletter.desk import LIST, MAKE, buttons, form_in, inspect, names, page_of, press, save, send, week_with
from tests.newsletter.test_models import make_issue
from tests.pages import html_of, text_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def publisher() -> Client:
    return at_desk(person(PUBLISHER))


@pytest.fixture
def editor() -> Client:
    return at_desk(person(EDITOR))


def state(issue: Issue) -> tuple[str, bool]:
    issue.refresh_from_db()
    return issue.status, issue.is_held


def frozen(**fields: Any) -> Issue:
    return make_issue(content_sha256=b"x" * 32, status=Issue.Status.FROZEN, subject="A week", **fields)


class TestTheList:
    def test_it_says_where_each_issue_stands_and_what_holds_it_back(self, editor: Client) -> None:
        set_schedule(Schedule(is_on=True))
        make_issue(due_at=timezone.now() + DAY)
        frozen(number=2)
        page = text_of(editor.get(LIST))
        assert "No. 1 (2026-W01)" in page
        assert "Nobody has approved it yet. It has no subject. There is nothing in it." in page
        rows = html.fromstring(html_of(editor.get(LIST))).xpath("//td[contains(@class, 'held_by')]")
        assert [row.text_content().strip() == "-" for row in rows] == [True, False]

    def test_it_costs_as_much_for_three_as_for_one(self, editor: Client) -> None:
        week_with("Gantry")
        editor.get(LIST)
        with CaptureQueriesContext(connection) as one:
            editor.get(LIST)
        make_issue(number=2), make_issue(number=3)
        with CaptureQueriesContext(connection) as three:
            editor.get(LIST)
        assert len(three) == len(one)

    def test_the_first_page_of_the_desk_says_it_in_one_line(self, editor: Client) -> None:
        assert "The schedule is off: no issue is made, and nothing goes out." in text_of(editor.get("/admin/"))
        issue = week_with("Gantry")
        page = html.fromstring(html_of(editor.get("/admin/")))
        (line,) = page.xpath("//p[@class='cockpit__notice']")
        assert line.xpath("a/@href") == [page_of(issue)]
        assert "The schedule is off: nothing goes out by itself." in line.text_content()
        assert "cockpit__notice" not in html_of(at_desk(person(WRITER)).get("/admin/"))


class TestMakingOne:
    def test_without_a_schedule_a_button_makes_this_week_s_issue_once(self, editor: Client) -> None:
        inspect("Gantry")
        assert "Make this week's issue now" in text_of(editor.get(LIST))
        assert "is made." in text_of(editor.post(MAKE, follow=True))
        issue = Issue.objects.get()
        assert (issue.number, names(issue)) == (1, ["Gantry"])
        assert "Make this week" not in text_of(editor.get(LIST))
        assert "This week has its issue already." in text_of(editor.post(MAKE, follow=True))
        assert Issue.objects.count() == 1

    def test_with_one_the_schedule_makes_it(self, editor: Client) -> None:
        set_schedule(Schedule(is_on=True))
        assert "Make this week" not in text_of(editor.get(LIST))
        assert "The schedule is on" in text_of(editor.post(MAKE, follow=True))
        assert not Issue.objects.exists()

    def test_it_is_no_page(self, editor: Client) -> None:
        assert editor.get(MAKE).status_code == 405


class TestTheForm:
    def test_blocks_are_told_in_words(self, editor: Client) -> None:
        make_comparison(inspect("Gantry", "sk"), make_tool(name="Kestrel"), is_featured=True)
        page = text_of(editor.get(page_of(assemble_issue(make_issue(due_at=timezone.now() + DAY)))))
        assert "New verdict Gantry" in page
        assert "says SHIP: “" in page
        assert "Split: the panel 1 of 2, the community not counted yet. Entry price:" in page
        assert "Featured comparison Gantry vs Kestrel" in page
        assert "{" not in page.partition("Blocks")[2]

    def test_what_was_left_out_is_said(self, editor: Client) -> None:
        issue = make_issue(left_out={"price": 12, "new": 1})
        page = text_of(editor.get(page_of(issue)))
        assert "12 further price changes were left out." in page
        assert "1 further tool with a new verdict was left out." in page

    def test_words_order_dropping_and_pinning_are_kept(self, editor: Client) -> None:
        issue = week_with("Anchor", "Bilge", "Capstan")
        assert names(issue) == ["Capstan", "Bilge", "Anchor"]
        typed = {
            **{"subject": "Three of a kind", "preheader": "All aboard.", "introduction": "A **quiet** week."},
            **{"blocks-2-position": 5, "blocks-0-is_dropped": "on", "blocks-1-is_pinned": "on"},
            "blocks-1-words": "We *like* it.",
        }
        assert "was changed successfully" in save(editor, issue, **typed)
        issue.refresh_from_db()
        assert (issue.subject, issue.introduction) == ("Three of a kind", "A **quiet** week.")
        assert names(issue) == ["Anchor", "Capstan", "Bilge"]
        told = {block.name: (block.is_dropped, block.is_pinned, block.words) for block in issue.blocks.all()}
        assert told["Capstan"] == (True, False, "")
        assert told["Bilge"] == (False, True, "We *like* it.")

    def test_a_note_is_added_changed_and_deleted_and_what_was_found_cannot_be(self, editor: Client) -> None:
        issue = week_with("Anchor")
        save(editor, issue, **{"blocks-1-words": "From the bridge."})
        note = issue.blocks.get(kind=Block.Kind.NOTE)
        assert (note.position, note.name, note.words) == (20, "From the bridge.", "From the bridge.")
        assert "A note needs words." in save(editor, issue, **{"blocks-1-words": " "})
        save(editor, issue, **{"blocks-0-DELETE": "on", "blocks-1-DELETE": "on"})
        assert names(issue) == ["Anchor"]

    def test_a_row_in_which_nothing_was_written_is_none(self, editor: Client) -> None:
        issue = week_with("Anchor")
        assert "was changed" in save(editor, issue, **{"blocks-1-position": 3})
        assert names(issue) == ["Anchor"]

    def test_characters_that_cannot_be_shown_are_refused(self, editor: Client) -> None:
        issue = week_with("Anchor")
        assert "cannot be shown safely" in save(editor, issue, subject="A\u202eB")
        assert "cannot be shown safely" in save(editor, issue, **{"blocks-0-words": "A\x07B"})

    def test_who_saves_over_another_s_words_is_asked_first(self, editor: Client, publisher: Client) -> None:
        issue = week_with("Anchor")
        sent = {**form_in(editor, page_of(issue)), "introduction": "Mine."}
        save(publisher, issue, introduction="Theirs.")
        assert "A newer version was saved while you wrote" in send(editor, issue, sent)
        issue.refresh_from_db()
        assert issue.introduction == "Theirs."

    def test_its_past_can_be_read_and_restored(self, editor: Client) -> None:
        issue = week_with("Anchor")
        apart()
        save(editor, issue, introduction="First.")
        apart()
        save(editor, issue, introduction="Second.", **{"blocks-0-words": "Words."})
        history = html_of(editor.get(f"{LIST}{issue.pk}/history/"))
        assert "Introduction, Block (1)" in history
        first = re.findall(r'name="older" value="([^"]+)"', history)[1]
        address = f"{LIST}{issue.pk}/restore/"
        (token,) = re.findall(r'name="_opened_at" value="([^"]+)"', html_of(editor.get(address, {"version": first})))
        said = text_of(editor.post(address, {"version": first, "_opened_at": token}, follow=True))
        assert "The older version is back, as a new one." in said
        issue.refresh_from_db()
        assert (issue.introduction, issue.blocks.get().words) == ("First.", "")

    def test_it_costs_as_much_for_three_blocks_as_for_one(self, editor: Client) -> None:
        issue = week_with("Anchor")
        editor.get(page_of(issue))
        with CaptureQueriesContext(connection) as one:
            editor.get(page_of(issue))
        for name in ("Bilge", "Capstan"):
            Block.objects.create(issue=issue, kind=Block.Kind.NOTE, about=name, words=name)
        with CaptureQueriesContext(connection) as three:
            editor.get(page_of(issue))
        assert len(three) == len(one)


class TestSteps:
    def test_assembling_anew_saves_first_and_leaves_an_editor_s_words(self, editor: Client) -> None:
        issue = week_with("Anchor")
        inspect("Bilge", "k")
        said = press(editor, issue, "assemble", introduction="Mine.", **{"blocks-0-words": "Mine too."})
        assert "No. 1 (2026-W01) is assembled anew." in said
        issue.refresh_from_db()
        assert (issue.introduction, issue.blocks.get(name="Anchor").words) == ("Mine.", "Mine too.")
        assert set(names(issue)) == {"Anchor", "Bilge"}

    def test_what_is_found_no_longer_is_marked_where_an_editor_wrote(self, editor: Client) -> None:
        issue = week_with("Anchor")
        Block.objects.create(issue=issue, kind="price", about="plan:0", name="Adrift", words="Mine.", position=99)
        press(editor, issue, "assemble")
        assert "Adrift Stale: this week's receipts no longer say so" in text_of(editor.get(page_of(issue)))

    def test_the_way_of_an_issue(self, publisher: Client) -> None:
        issue = week_with("Anchor")
        assert buttons(publisher, issue) == ["assemble", "approve", "hold"]
        assert "is held back" in press(publisher, issue, "hold")
        assert (state(issue), buttons(publisher, issue)) == (("draft", True), ["assemble", "approve", "let_go"])
        assert "is no longer held back." in press(publisher, issue, "let_go")
        assert state(issue) == ("draft", False)
        assert "is approved." in press(publisher, issue, "approve", subject="A week")
        assert (state(issue), issue.approved_by and issue.approved_by.name) == (("approved", False), PUBLISHER)
        assert buttons(publisher, issue) == ["take_back"]
        said = text_of(publisher.post(page_of(issue), {"_step": "take_back"}, follow=True))
        assert "is a draft again, and is held back." in said
        assert state(issue) == ("draft", True)
        labels = AuditEntry.objects.filter(kind="newsletter.issue").values_list("words", flat=True)
        assert "Approve" in set(labels)

    def test_a_step_that_is_refused_says_why_and_keeps_what_was_typed(self, publisher: Client) -> None:
        issue = week_with("Anchor")
        assert "There is no subject. Write one." in press(
            publisher, issue, "approve", subject=" ", introduction="Kept."
        )
        issue.refresh_from_db()
        assert (issue.status, issue.introduction) == ("draft", "Kept.")

    def test_an_editor_holds_back_and_does_not_approve(self, editor: Client) -> None:
        issue = week_with("Anchor")
        assert buttons(editor, issue) == ["assemble", "hold"]
        sent = form_in(editor, page_of(issue))
        assert editor.post(page_of(issue), {**sent, "_step": "approve"}).status_code == 403
        assert state(issue) == ("draft", False)
        press(editor, issue, "hold")
        assert buttons(editor, issue) == ["assemble"]
        assert editor.post(page_of(issue), {**sent, "_step": "sink"}).status_code == 403

    def test_what_was_approved_meanwhile_is_not_saved(self, editor: Client) -> None:
        issue = week_with("Anchor")
        sent = {**form_in(editor, page_of(issue)), "introduction": "Late."}
        approve_issue(issue, by=None)
        assert "is approved by now, so nothing was saved." in send(editor, issue, sent)
        issue.refresh_from_db()
        assert issue.introduction == ""


class TestReadOnly:
    @pytest.mark.parametrize("make", [lambda: approve_issue(week_with("Anchor"), by=None), frozen])
    def test_what_is_approved_or_frozen_can_only_be_read(self, publisher: Client, make: Any) -> None:
        issue = make()
        page = html.fromstring(html_of(publisher.get(page_of(issue))))
        assert page.xpath("//form[@id='issue_form']//textarea | //form[@id='issue_form']//input[@type='text']") == []
        assert page.xpath("//input[@name='_save']") == []

    def test_support_has_no_desk_of_issues(self) -> None:
        issue = week_with("Anchor")
        for role in (SUPPORT, WRITER):
            client = at_desk(person(role))
            assert [client.get(path).status_code for path in (LIST, page_of(issue))] == [403, 403]
