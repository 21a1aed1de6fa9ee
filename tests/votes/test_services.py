"""Votes, their tallies and their events, against the database itself."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from itertools import count

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from accounts.models import User
from tests.factories import make_tool
from tools.models import Tool
from votes.intervals import Community
from votes.models import Crowd, Tally, Vote, VoteEvent, Voter
from votes.services import (
    adopt_votes,
    cast_vote,
    communities,
    find_mismatches,
    rebuild_tallies,
    release,
    set_aside,
    withdraw_vote,
)
from votes.tasks import check_tallies_task

SHIP, SKIP = Vote.Choice.SHIP, Vote.Choice.SKIP
COUNTED = Vote.State.COUNTED


_numbers = count(1)


def make_voter() -> Voter:
    return Voter.objects.create(user=User.objects.create_user(f"reader{next(_numbers)}@example.org"))


def make_passing() -> Voter:
    return Voter.objects.create(secret_hash=next(_numbers).to_bytes(32))


def cast(voter: Voter, tool: Tool, choice: Vote.Choice = SHIP, crowd: Crowd = Crowd.ACCOUNT) -> bool:
    return cast_vote(voter=voter, tool=tool, choice=choice, crowd=crowd, state=COUNTED)


def counted(tool: Tool, crowd: Crowd = Crowd.ACCOUNT) -> tuple[int, int]:
    community = communities([tool.pk]).get(tool.pk, {}).get(crowd, Community())
    return community.ship, community.skip


@pytest.mark.django_db
class TestVotes:
    def test_a_vote_is_a_state_so_repeating_it_changes_nothing(self) -> None:
        tool, voter = make_tool(), make_voter()
        assert [cast(voter, tool), cast(voter, tool), cast(voter, tool)] == [True, False, False]
        assert counted(tool) == (1, 0)
        assert Vote.objects.get().revision == 1

    def test_a_change_of_mind_moves_the_tally_once(self) -> None:
        tool, voter = make_tool(), make_voter()
        cast(voter, tool, SHIP)
        assert cast(voter, tool, SKIP)
        assert counted(tool) == (0, 1)
        assert withdraw_vote(voter=voter, tool=tool)
        assert not withdraw_vote(voter=voter, tool=tool)
        assert counted(tool) == (0, 0)
        assert cast(voter, tool, SKIP)
        assert counted(tool) == (0, 1)

    def test_every_change_leaves_an_event(self) -> None:
        tool, voter = make_tool(), make_voter()
        cast(voter, tool, SHIP)
        cast(voter, tool, SKIP)
        withdraw_vote(voter=voter, tool=tool)
        events = VoteEvent.objects.order_by("revision").values_list(
            "revision", "old_choice", "new_choice", "old_state", "new_state", "reason"
        )
        assert list(events) == [
            (1, 0, 1, "", "counted", "cast"),
            (2, 1, -1, "counted", "counted", "cast"),
            (3, -1, -1, "counted", "withdrawn", "withdrawn"),
        ]

    def test_passing_readers_are_counted_apart(self) -> None:
        tool = make_tool()
        cast(make_voter(), tool)
        cast(make_passing(), tool, SKIP, Crowd.PASSING)
        assert (counted(tool), counted(tool, Crowd.PASSING)) == ((1, 0), (0, 1))

    def test_a_pending_vote_is_received_and_not_counted(self) -> None:
        tool, voter = make_tool(), make_voter()
        cast_vote(voter=voter, tool=tool, choice=SHIP, crowd=Crowd.ACCOUNT, state=Vote.State.PENDING)
        assert counted(tool) == (0, 0)
        release(votes=Q(tool=tool), actor=None, reason="looked genuine")
        assert counted(tool) == (1, 0)

    def test_what_is_held_and_released_gives_the_same_numbers(self) -> None:
        tool, editor = make_tool(), User.objects.create_superuser("editor@example.org")
        for choice in (SHIP, SHIP, SKIP):
            cast(make_voter(), tool, choice)
        for state in (Vote.State.QUARANTINED, Vote.State.VOID):
            assert set_aside(votes=Q(tool=tool), state=state, actor=editor, reason="a burst") == 3
            assert counted(tool) == (0, 0)
            assert release(votes=Q(tool=tool), actor=editor, reason="a newsletter") == 3
            assert counted(tool) == (2, 1)
        assert VoteEvent.objects.filter(actor_id=editor.pk).count() == 12

    def test_voting_again_does_not_undo_a_moderators_void(self) -> None:
        tool, voter = make_tool(), make_voter()
        cast(voter, tool)
        set_aside(votes=Q(voter=voter), state=Vote.State.VOID, actor=None, reason="sold")
        cast(voter, tool, SKIP)
        assert not withdraw_vote(voter=voter, tool=tool)
        assert counted(tool) == (0, 0)

    def test_signing_in_adopts_once_and_keeps_the_accounts_own_vote(self) -> None:
        first, second = make_tool(), make_tool()
        account, passing = make_voter(), make_passing()
        cast(account, first, SKIP)
        cast(passing, first, SHIP, Crowd.PASSING)
        cast(passing, second, SHIP, Crowd.PASSING)
        assert [adopt_votes(passing=passing, account=account, crowd=Crowd.ACCOUNT) for _ in range(2)] == [1, 0]
        assert (counted(first), counted(second)) == ((0, 1), (1, 0))
        assert (counted(first, Crowd.PASSING), counted(second, Crowd.PASSING)) == ((0, 0), (0, 0))

    def test_deleting_an_account_takes_its_votes_from_the_tally_and_leaves_the_events(self) -> None:
        tool, voter = make_tool(), make_voter()
        cast(voter, tool)
        assert voter.user
        voter.user.delete()
        assert counted(tool) == (0, 0)
        assert list(VoteEvent.objects.order_by("revision").values_list("reason", flat=True)) == ["cast", "deleted"]

    @pytest.mark.parametrize(
        "attempt",
        [
            "UPDATE votes_voteevent SET new_choice = 1",
            "DELETE FROM votes_voteevent",
            "UPDATE votes_vote SET tool_id = tool_id + 1",
            "UPDATE votes_vote SET choice = 2",
            "UPDATE votes_vote SET state = 'lost'",
            "UPDATE votes_tally SET ship = -1",
            "INSERT INTO votes_voter (user_id, secret_hash) VALUES (NULL, NULL)",
        ],
    )
    def test_the_database_refuses(self, attempt: str) -> None:
        cast(make_voter(), make_tool())
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(attempt)

    def test_recount_finds_and_mends_a_tally_that_drifted(self) -> None:
        tool = make_tool()
        cast(make_voter(), tool)
        out = StringIO()
        call_command("recount_votes", "--check", stdout=out)
        assert out.getvalue() == "Every tally agrees with its votes.\n"
        Tally.objects.update(ship=7)
        errors = StringIO()
        with pytest.raises(SystemExit):
            call_command("recount_votes", "--check", stderr=errors)
        assert f"tool {tool.pk}, account: the votes say (1, 0), the tally says (7, 0)" in errors.getvalue()
        call_command("recount_votes", stdout=out, stderr=StringIO())
        assert find_mismatches() == []
        assert counted(tool) == (1, 0)


@pytest.mark.django_db
def test_the_nightly_comparison_raises_an_alarm_and_mends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    tool = make_tool()
    cast(make_voter(), tool)
    check_tallies_task()
    assert caplog.records == []
    Tally.objects.update(skip=3)
    check_tallies_task()
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert f"tool {tool.pk}, account: the votes say (1, 0), the tally says (1, 3)" in caplog.text
    assert counted(tool) == (1, 3)


class VoteMachine(RuleBasedStateMachine):
    """Readers vote, change, withdraw, sign in and leave; moderators hold and release. The count must never drift."""

    readers = st.integers(0, 5)
    tools = st.integers(0, 1)

    @initialize()
    def begin(self) -> None:
        self.tool_rows = [make_tool() for _ in range(2)]
        self.accounts = [make_voter() for _ in range(3)]
        self.passing = [make_passing() for _ in range(3)]

    def voter(self, number: int) -> Voter:
        return [*self.accounts, *self.passing][number]

    @rule(reader=readers, tool=tools, choice=st.sampled_from(Vote.Choice), pending=st.booleans())
    def vote(self, reader: int, tool: int, choice: Vote.Choice, *, pending: bool) -> None:
        crowd = Crowd.ACCOUNT if reader < 3 else Crowd.PASSING
        state = Vote.State.PENDING if pending else COUNTED
        cast_vote(voter=self.voter(reader), tool=self.tool_rows[tool], choice=choice, crowd=crowd, state=state)

    @rule(reader=readers, tool=tools)
    def withdraw(self, reader: int, tool: int) -> None:
        withdraw_vote(voter=self.voter(reader), tool=self.tool_rows[tool])

    @rule(tool=tools, state=st.sampled_from([Vote.State.QUARANTINED, Vote.State.VOID]))
    def hold(self, tool: int, state: Vote.State) -> None:
        set_aside(votes=Q(tool=self.tool_rows[tool]), state=state, actor=None, reason="held")

    @rule(tool=tools)
    def let_go(self, tool: int) -> None:
        release(votes=Q(tool=self.tool_rows[tool]), actor=None, reason="released")

    @rule(number=st.integers(0, 2))
    def sign_in(self, number: int) -> None:
        adopt_votes(passing=self.passing[number], account=self.accounts[number], crowd=Crowd.ACCOUNT)

    @rule(number=st.integers(0, 2))
    def leave(self, number: int) -> None:
        user = self.accounts[number].user
        assert user
        user.delete()
        self.accounts[number] = make_voter()

    @rule()
    def rebuild(self) -> None:
        rebuild_tallies()

    @invariant()
    def tally_equals_recount(self) -> None:
        assert find_mismatches() == []


@pytest.mark.django_db
def test_tally_equals_recount_after_every_step() -> None:
    run_state_machine_as_test(
        VoteMachine, settings=hypothesis_settings(max_examples=25, stateful_step_count=25, deadline=None)
    )


@pytest.mark.django_db(transaction=True)
def test_fifty_clicks_at_once_make_one_row_and_no_drift() -> None:
    tool, voters = make_tool(), [make_voter() for _ in range(4)]

    def click(number: int) -> None:
        try:
            cast(voters[number % 4], tool, SHIP if number % 3 else SKIP)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(click, range(200)))
    assert Vote.objects.count() == 4
    assert find_mismatches() == []
    assert sum(counted(tool)) == 4
