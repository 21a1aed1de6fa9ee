"""What is in an issue, and what of it is an editor's and stays."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from comparisons.scorecards import find_tools, load_scorecards
from comparisons.standings import count_votes
from editorial.reasons import because
from newsletter.assembling import covered_since
from newsletter.findings import MOST
from newsletter.models import Block, Issue, Tally
from newsletter.services.issues import CannotStepError, approve_issue, assemble_issue
from tests.factories import make_comparison, make_panel, make_plan, make_review, make_reviewer, make_tool, make_votes
from tests.newsletter.test_models import make_issue
from tests.passing_time import pass_time
from tools.models import Tool
from votes.models import Standing

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
KEPT = {"issue", "position", "words", "is_dropped", "is_pinned"}


def now() -> datetime:
    return timezone.now()


def recent(**fields: Any) -> dict[str, Any]:
    """Published a little while ago, so that the receipt takes effect within the week."""
    return {"published_at": now() - timedelta(hours=1), **fields}


def assembled(issue: Issue | None = None) -> Issue:
    return assemble_issue(issue or make_issue(due_at=now() + DAY))


def blocks(issue: Issue, kind: str = "") -> list[Block]:
    found = issue.blocks.all()
    return list(found.filter(kind=kind) if kind else found)


def only(issue: Issue, kind: str) -> dict[str, Any]:
    (block,) = blocks(issue, kind)
    return dict(block.found)


def old_tool(**fields: Any) -> Tool:
    """A tool with a panel of longer ago than any issue reaches."""
    tool = make_tool(**fields)
    make_panel(tool, "sk")
    pass_time(30 * DAY)
    return tool


def reviewed(tool: Tool) -> Any:
    return tool.reviews.order_by("pk").first()


class TestWhatIsFound:
    def test_a_new_verdict_with_the_numbers_of_the_site(self) -> None:
        tool = old_tool(name="Gantry")
        reviewer = make_reviewer(name="The Skeptic")
        make_review(tool, reviewer, "skip", headline="It asked for my card.", **recent())
        make_votes(tool, 8, 4)
        found = only(assembled(), "new")
        ((card,),) = (load_scorecards(list(find_tools([tool.slug]).values()))[1],)
        assert found["panel"] == {
            **{"word": "skip", "word_text": "Skip", "ship": 1, "total": 3, "percent": 33, "count_text": "1 of 3"},
        }
        assert (found["panel"]["word"], found["panel"]["percent"]) == (card.panel.word, card.panel.percent)
        assert found["community"]["percent"] == card.tool.community.percent == 67
        assert (found["tool"]["name"], found["tool"]["path"]) == ("Gantry", f"/tools/{tool.slug}/")
        (remark,) = found["remarks"]
        assert (remark["reviewer"], remark["verdict"]) == ("The Skeptic", "skip")
        assert (remark["headline"], remark["receipt"][:10]) == ("It asked for my card.", "/receipts/")
        touched = {"tools": [tool.pk], "categories": [tool.category_id], "reviewers": [reviewer.pk]}
        assert found["touches"] == touched

    def test_the_verdicts_of_one_tool_are_one_block(self) -> None:
        make_panel(make_tool(), "ssk")
        pass_time(20 * DAY)
        tool = make_tool(**recent())
        for verdict in ("ship", "skip", "ship"):
            make_review(tool, None, verdict, **recent())
        found = only(assembled(), "new")
        assert (len(found["remarks"]), found["panel"]["count_text"]) == (3, "2 of 3")

    def test_a_changed_verdict_with_its_reason(self) -> None:
        tool = old_tool()
        review = reviewed(tool)
        with because("The updater no longer wants root."):
            review.verdict = "skip"
            review.save()
        found = only(assembled(), "changed")
        assert (found["before"], found["after"]) == ("ship", "skip")
        assert found["reason"] == "The updater no longer wants root."
        assert found["text"] == f"{review.reviewer.name} moves from SHIP to SKIP."
        assert found["panel"]["count_text"] == "0 of 2"

    def test_a_verdict_taken_back(self) -> None:
        review = reviewed(old_tool())
        with because("It was another tool."):
            review.status = "withdrawn"
            review.save()
        found = only(assembled(), "changed")
        assert (found["after"], found["after_text"]) == (None, "")
        assert (found["text"], found["reason"]) == (
            f"{review.reviewer.name} takes SHIP back.",
            "It was another tool.",
        )

    def test_a_verdict_that_turned_and_turned_again_is_no_change(self) -> None:
        review = reviewed(old_tool())
        for verdict in ("skip", "ship"):
            review.verdict = verdict
            review.save()
        assert blocks(assembled()) == []

    def test_a_price_change_from_the_first_to_the_last(self) -> None:
        tool = make_tool()
        plan = make_plan(tool, name="Pro", amount=Decimal(20))
        pass_time(30 * DAY)
        for amount in (22, 25):
            plan.amount = Decimal(amount)
            plan.save()
        make_plan(tool, name="Crew")
        found = only(assembled(), "price")
        assert (found["plan"], found["before"], found["after"]) == ("Pro", "$20/mo", "$25/mo")
        assert (found["entry"], found["text"]) == ("$20/mo", "$20/mo to $25/mo")

    @pytest.mark.parametrize(("ship", "skip", "is_told"), [(30, 10, True), (5, 5, False), (5, 4, False)])
    def test_the_biggest_mover_has_ten_votes_at_both_ends(self, ship: int, skip: int, is_told: bool) -> None:  # noqa: FBT001
        tool, calm = make_tool(name="Kestrel"), make_tool()
        pass_time(30 * DAY)
        week_ago = (now() - 9 * DAY).date()
        Standing.objects.create(tool=tool, day=week_ago, ship=5, skip=5)
        Standing.objects.create(tool=calm, day=week_ago, ship=10, skip=10)
        make_votes(tool, ship, skip)
        make_votes(calm, 12, 10)
        count_votes()
        if not is_told:  # the other one moved, if less
            assert only(assembled(), "mover")["tool"]["id"] == calm.pk
            return
        found = only(assembled(), "mover")
        assert found["tool"]["name"] == "Kestrel"
        assert found["before"] == {
            **{"ship": 5, "total": 10, "is_shown": True, "percent": 50, "count_text": "5 of 10"},
            "since": week_ago.isoformat(),
        }
        assert (found["after"]["percent"], found["after"]["total"]) == (75, 40)
        assert found["text"] == "50% of 10 votes a week ago, 75% of 40 now."

    def test_no_mover_that_had_too_few_votes_before(self) -> None:
        tool = make_tool()
        pass_time(30 * DAY)
        Standing.objects.create(tool=tool, day=(now() - 9 * DAY).date(), ship=5, skip=4)
        make_votes(tool, 30, 10)
        count_votes()
        assert blocks(assembled(), "mover") == []

    def test_one_featured_comparison_that_no_issue_before_had(self) -> None:
        first, second, third = (make_tool(slug=slug, name=slug.title()) for slug in ("ant", "bee", "cat"))
        make_panel(first, "sk")
        make_panel(second, "ss")
        old = make_comparison(first, third, is_featured=True)
        new = make_comparison(first, second, is_featured=True, published_at=now() - 2 * DAY)
        make_comparison(second, third, published_at=now() - DAY)
        pass_time(30 * DAY)
        one = assembled(make_issue(1, due_at=now() - 6 * DAY))
        assert [block.about for block in blocks(one)] == [f"comparison:{new.pk}"]
        found = only(one, "comparison")
        assert (found["name"], found["path"]) == ("Ant vs Bee", "/compare/ant-vs-bee/")
        assert "leans" in found["text"]
        assert [side["panel"]["count_text"] for side in found["tools"]] == ["1 of 2", "2 of 2"]
        assert [block.about for block in blocks(assembled(make_issue(2, due_at=now())))] == [f"comparison:{old.pk}"]

    def test_nothing_of_a_tool_that_is_no_longer_public_and_nothing_to_come(self) -> None:
        tool = make_tool(**recent())
        make_review(tool, **recent())
        tool.status = "withdrawn"
        tool.save()
        make_review(make_tool(), status="scheduled", published_at=now() + DAY)
        assert blocks(assembled()) == []

    def test_too_many_of_a_kind_are_counted(self) -> None:
        tool = make_tool()
        plans = [make_plan(tool) for _ in range(MOST + 2)]
        pass_time(30 * DAY)
        for plan in plans:
            plan.amount = Decimal(99)
            plan.save()
        issue = assembled()
        assert (len(blocks(issue, "price")), issue.left_out) == (MOST, {"price": 2})

    def test_nothing_falls_between_two_issues(self) -> None:
        due = datetime(2026, 11, 20, 9, tzinfo=UTC)
        one = make_issue(1, due_at=due)
        assert covered_since(one) == due - 7 * DAY
        two = make_issue(2, due_at=due + 7 * DAY)
        assert covered_since(two) == due
        Issue.objects.filter(pk=one.pk).update(assembled_at=due - DAY)
        assert covered_since(two) == due - DAY
        Issue.objects.filter(pk=one.pk).update(status="cancelled", frozen_at=due, candidates=4, excluded=0, expected=4)
        told = Tally.objects.create(issue=one, shard=1, state="accepted", count=1, since=due, until=due)
        assert covered_since(two) == due
        Tally.objects.filter(issue=told.issue).update(count=2)
        assert covered_since(two) == due - DAY  # half of its readers had it before it was called off
        assert covered_since(make_issue(9, due_at=due + 90 * DAY)) == due + 76 * DAY


class TestWhatAnEditorWrote:
    def test_words_order_and_marks_stay_when_assembled_anew(self) -> None:
        tools = [old_tool() for _ in range(3)]
        for tool in tools:
            make_review(tool, **recent())
        issue = assembled()
        for position, block in enumerate(reversed(blocks(issue, "new"))):
            Block.objects.filter(pk=block.pk).update(position=position, words=f"Words {position}", is_dropped=True)
        Block.objects.create(issue=issue, kind="note", about="mine", words="Ahoy.", position=1)
        Issue.objects.update(subject="Mine", preheader="Mine", introduction="Mine")
        before = list(issue.blocks.values("pk", *KEPT))
        Block.objects.update(found={})
        assembled(issue)
        assert list(issue.blocks.values("pk", *KEPT)) == before
        assert all(block.found for block in blocks(issue, "new"))
        issue.refresh_from_db()
        assert (issue.subject, issue.preheader, issue.introduction) == ("Mine", "Mine", "Mine")

    def test_new_blocks_come_at_the_end_of_their_kind(self) -> None:
        first = old_tool()
        make_review(first, **recent())
        plan = make_plan(first)
        pass_time(timedelta(minutes=1))
        issue = assembled()
        Block.objects.create(issue=issue, kind="note", about="mine", words="Ahoy.", position=90)
        second = make_tool(**recent())
        make_review(second, **recent())
        plan.amount = Decimal(1)
        plan.save()
        review = first.reviews.order_by("pk").first()
        assert review is not None
        assembled(issue)
        order = [(block.kind, block.about) for block in blocks(issue)]
        assert order == [("new", f"tool:{first.pk}"), ("new", f"tool:{second.pk}"), ("note", "mine")]

    def test_a_pinned_block_is_left_exactly_as_it_is(self) -> None:
        tool = old_tool()
        make_review(tool, **recent())
        issue = assembled()
        Block.objects.update(is_pinned=True)
        make_review(tool, **recent())
        assembled(issue)
        assert only(issue, "new")["panel"]["total"] == 3

    @pytest.mark.parametrize(
        ("kept", "stays"), [({}, False), ({"words": "Mind this."}, True), ({"is_pinned": True}, True)]
    )
    def test_what_is_found_no_longer_goes_unless_an_editor_wants_it(self, kept: dict[str, Any], stays: bool) -> None:  # noqa: FBT001
        tool = old_tool()
        review = make_review(tool, **recent())
        issue = assembled()
        Block.objects.update(**kept)
        review.delete()
        assembled(issue)
        assert [block.is_stale for block in blocks(issue)] == ([True] if stays else [])

    def test_the_subject_is_proposed_once(self) -> None:
        tool = old_tool(name="Gantry")
        make_review(tool, **recent())
        issue = assembled()
        assert issue.subject == "Gantry"

    def test_what_is_approved_is_not_assembled_anew(self) -> None:
        make_review(old_tool(), **recent())
        issue = assembled()
        approve_issue(issue, None)
        with pytest.raises(CannotStepError, match="take the approval back first"):
            assembled(issue)

    def test_nothing_to_say_is_not_approved(self) -> None:
        issue = make_issue(subject="Calm", local_time=time(9))
        with pytest.raises(CannotStepError, match="nothing in"):
            approve_issue(issue, None)
        Issue.objects.update(subject="", introduction="Words.")
        with pytest.raises(CannotStepError, match="no subject"):
            approve_issue(issue, None)


def test_the_number_of_queries_does_not_follow_the_week() -> None:
    def queries(issue: Issue) -> int:
        with CaptureQueriesContext(connection) as asked:
            assembled(issue)
        return len(asked)

    def week(number: int) -> None:
        for _ in range(number):
            tool = make_tool(**recent())
            make_review(tool, **recent())

    week(1)
    one = queries(make_issue(1, due_at=now()))
    Issue.objects.update(status="cancelled", frozen_at=now())  # so that the next covers its week as well
    week(6)
    issue = make_issue(2, due_at=now())
    assert queries(issue) == one
    assert len(blocks(issue, "new")) == 7
