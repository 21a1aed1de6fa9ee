"""Many votes moved at once: each is recorded, each is counted, whichever of the two triggers does it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import Q
from django.utils import timezone

from tests.factories import make_tool
from tests.votes.voters import SHIP, SKIP, account, browser, cast, counted, states
from tools.models import Tool
from votes.models import Crowd, Moderation, Vote, VoteEvent
from votes.services import find_mismatches, hold_votes, release_case, set_aside, void_case


def make_votes(tool: Tool) -> None:
    """Twenty accounts (12 ship), more than there are slots of a tally, and three browsers."""
    for number in range(20):
        cast(account(), tool, SHIP if number < 12 else SKIP)
    for _ in range(3):
        cast(browser(), tool)


def last_events(tool: Tool) -> set[tuple[int, str, str, str]]:
    """Of each vote of an account: which revision it reached, from what to what, and why."""
    votes = Vote.objects.filter(tool=tool, crowd=Crowd.ACCOUNT).values_list("voter_id", "revision")
    events = [VoteEvent.objects.get(tool_id=tool.pk, voter_id=voter, revision=revision) for voter, revision in votes]
    return {(event.revision, event.old_state, event.new_state, event.reason) for event in events}


@pytest.mark.django_db
class TestMany:
    def test_each_vote_of_a_case_is_recorded_and_the_case_logged_once(self) -> None:
        tool, since = make_tool(), timezone.now() - timedelta(minutes=5)
        make_votes(tool)
        case = hold_votes(tool=tool, crowd=Crowd.ACCOUNT, since=since, actor=None, reason="odd")
        assert (counted(tool), counted(tool, Crowd.PASSING)) == ((0, 0), (3, 0))
        assert last_events(tool) == {(2, "counted", "quarantined", "held: odd")}
        assert void_case(case, actor=None, reason="bought") == 20
        assert last_events(tool) == {(3, "quarantined", "void", "voided: bought")}
        assert release_case(case, actor=None, reason="not bought") == 20
        assert last_events(tool) == {(4, "void", "counted", "released: not bought")}
        assert (counted(tool), counted(tool, Crowd.PASSING), find_mismatches()) == ((12, 8), (3, 0), [])
        logged = Moderation.objects.order_by("pk").values_list("action", "vote_count")
        assert list(logged) == [("held", 20), ("voided", 20), ("released", 20)]

    def test_holding_takes_those_that_wait_into_the_case_and_leaves_what_is_void(self) -> None:
        tool, since = make_tool(), timezone.now() - timedelta(minutes=5)
        make_votes(tool)
        ships = Q(tool=tool, crowd=Crowd.ACCOUNT, choice=SHIP)
        set_aside(votes=ships, state=Vote.State.VOID, actor=None, reason="bought")
        set_aside(votes=Q(tool=tool, crowd=Crowd.PASSING), state=Vote.State.PENDING, actor=None, reason="odd")
        case = hold_votes(tool=tool, crowd=Crowd.ACCOUNT, since=since, actor=None, reason="odd")
        assert (case.votes.count(), states(tool)) == (8, {"void": 12, "quarantined": 8, "pending": 3})
        case = hold_votes(tool=tool, crowd=Crowd.PASSING, since=since, actor=None, reason="odd")
        assert (case.votes.count(), states(tool)) == (3, {"void": 12, "quarantined": 8, "pending": 3})

    @pytest.mark.parametrize("many", ["on", "off"])
    def test_a_statement_on_many_votes_counts_alike_whatever_it_says_of_itself(self, many: str) -> None:
        tool = make_tool()
        make_votes(tool)
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('votes.many', %s, true)", [many])
        votes = Vote.objects.filter(tool=tool, crowd=Crowd.ACCOUNT)
        votes.update(state="void", reason="a")
        assert (counted(tool), last_events(tool)) == ((0, 0), {(2, "counted", "void", "a")})
        votes.update(state="counted", choice=SKIP, reason="b")
        assert (counted(tool), last_events(tool)) == ((0, 20), {(3, "void", "counted", "b")})
        votes.update(crowd="passing", reason="c")
        assert (counted(tool), counted(tool, Crowd.PASSING)) == ((0, 0), (3, 20))
        Vote.objects.filter(tool=tool).update(reason="nothing that counts")
        assert set(Vote.objects.filter(tool=tool).values_list("revision", flat=True)) == {1, 4}
        assert (VoteEvent.objects.filter(tool_id=tool.pk).count(), find_mismatches()) == (83, [])
        Vote.objects.filter(tool=tool).delete()
        assert (counted(tool, Crowd.PASSING), find_mismatches()) == ((0, 0), [])
        gone = VoteEvent.objects.filter(tool_id=tool.pk, reason="deleted", new_choice=0, new_state="")
        assert set(gone.values_list("old_choice", "revision")) == {(SHIP, 2), (SKIP, 5)}
