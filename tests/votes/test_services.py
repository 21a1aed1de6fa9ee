"""Votes, their tallies and their events, against the database itself."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from tests.factories import make_tool
from tests.votes.voters import SHIP, SKIP, account, browser, cast, counted, make_reader, make_tags, states
from votes import rules
from votes.models import Case, Crowd, Tally, Vote, VoteEvent, Voter
from votes.services import (
    WITHDRAW,
    BrowserAdoptedError,
    Caller,
    OwnVote,
    TooManyChangesError,
    VoteStanding,
    VotingPausedError,
    adopt_votes,
    cast_vote,
    find_mismatches,
    freeze_votes,
    hold_votes,
    lift_freeze,
    own_votes,
    release,
    release_case,
    reopen_case,
    set_aside,
    void_case,
)
from votes.tasks import check_tallies_task


@pytest.mark.django_db
class TestCasting:
    def test_a_vote_is_a_state_so_repeating_it_changes_nothing(self) -> None:
        tool, reader = make_tool(), account()
        answers = [cast(reader, tool) for _ in range(3)]
        assert answers == [OwnVote(Vote.Choice.SHIP, VoteStanding.INKED)] * 3
        assert (counted(tool), Vote.objects.get().revision, VoteEvent.objects.count()) == ((1, 0), 1, 1)

    def test_a_change_of_mind_moves_the_tally_once(self) -> None:
        tool, reader = make_tool(), account()
        cast(reader, tool, SHIP)
        cast(reader, tool, SKIP)
        assert counted(tool) == (0, 1)
        assert [cast(reader, tool, WITHDRAW), cast(reader, tool, WITHDRAW)] == [OwnVote(), OwnVote()]
        assert counted(tool) == (0, 0)
        cast(reader, tool, SKIP)
        assert counted(tool) == (0, 1)

    def test_withdrawing_what_was_never_cast_leaves_nothing_behind(self) -> None:
        tool = make_tool()
        assert cast(browser(), tool, WITHDRAW) == OwnVote()
        assert (Voter.objects.count(), Vote.objects.count()) == (0, 0)

    def test_every_change_leaves_an_event(self) -> None:
        tool, reader = make_tool(), account()
        for choice in (SHIP, SKIP, WITHDRAW):
            cast(reader, tool, choice)
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
        assert cast(account(), tool).standing == VoteStanding.INKED
        assert cast(browser(), tool, SKIP).standing == VoteStanding.PENCILLED
        assert (counted(tool), counted(tool, Crowd.PASSING)) == ((1, 0), (0, 1))

    def test_young_account_counts_among_readers_passing_by(self) -> None:
        tool = make_tool()
        assert cast(account(is_established=False), tool).standing == VoteStanding.PENCILLED
        assert (counted(tool), counted(tool, Crowd.PASSING)) == ((0, 0), (1, 0))

    def test_a_reader_reads_only_their_own_votes(self) -> None:
        first, second = make_tool(), make_tool()
        mine, other = browser(), account()
        cast(mine, first, SHIP)
        cast(other, first, SKIP)
        cast(other, second, SKIP)
        keys = [first.pk, second.pk]
        assert own_votes(caller=mine, tools=keys) == {first.pk: OwnVote(Vote.Choice.SHIP, VoteStanding.PENCILLED)}
        assert set(own_votes(caller=other, tools=keys)) == set(keys)
        assert own_votes(caller=browser(), tools=keys) == {}


@pytest.mark.django_db
class TestLimits:
    def test_thirty_changes_a_minute_then_no_more(self) -> None:
        tool, reader = make_tool(), account()
        for number in range(rules.CHANGES_PER_MINUTE):
            cast(reader, tool, SKIP if number % 2 else SHIP)
        before = counted(tool)
        with pytest.raises(TooManyChangesError):
            cast(reader, tool, SHIP)
        assert (counted(tool), cast(reader, tool, SKIP).choice) == (before, Vote.Choice.SKIP)  # no change, no limit

    def test_the_fourth_passing_vote_of_an_address_waits_for_review(self) -> None:
        tool, tags = make_tool(), make_tags()
        standings = [cast(browser(tags=tags), tool).standing for _ in range(5)]
        assert standings == ["pencilled"] * 3 + ["pending"] * 2
        assert (counted(tool, Crowd.PASSING), states(tool)) == ((3, 0), {"counted": 3, "pending": 2})
        case = Case.objects.get()
        assert (case.tool, case.crowd, case.is_burst, case.votes.count()) == (tool, Crowd.PASSING, False, 2)

    def test_the_sixteenth_passing_vote_of_a_network_waits_for_review(self) -> None:
        tool = make_tool()
        for _ in range(16):
            cast(browser(tags=make_tags(group=7)), tool)
        assert states(tool) == {"counted": 15, "pending": 1}

    def test_the_twenty_first_new_browser_of_an_address_is_held_wherever_it_votes(self) -> None:
        tags = make_tags()
        for _ in range(rules.NEW_READERS_PER_ADDRESS):
            cast(browser(tags=tags), make_tool())
        late = browser(tags=tags)
        assert [cast(late, make_tool()).standing, cast(late, make_tool()).standing] == ["pending", "pending"]
        assert cast(browser(), make_tool()).standing == "pencilled"

    def test_the_eleventh_new_account_of_a_network_is_held_wherever_it_votes(self) -> None:
        tool = make_tool()
        for _ in range(rules.NEW_ACCOUNTS_PER_GROUP):
            assert cast(account(tags=make_tags(group=9)), tool).standing == "inked"
        late = account(tags=make_tags(group=9))
        assert [cast(late, tool).standing, cast(late, make_tool()).standing] == ["pending", "pending"]

    def test_taking_back_and_voting_again_neither_costs_nor_wins_a_place(self) -> None:
        tool, tags = make_tool(), make_tags()
        first, *_, late = readers = [browser(tags=tags) for _ in range(4)]
        for reader in readers:
            cast(reader, tool)
        for reader, standing in ((first, "pencilled"), (late, "pending")):
            cast(reader, tool, WITHDRAW)
            assert cast(reader, tool, SKIP).standing == standing

    def test_a_released_case_counts_its_votes_and_trusts_its_readers(self) -> None:
        tool = make_tool()
        readers = [account(tags=make_tags(group=9)) for _ in range(12)]
        for reader in readers:
            cast(reader, tool)
        editor = User.objects.create_superuser("editor@example.org")
        assert release_case(Case.objects.get(), actor=editor, reason="an office party") == 2
        assert counted(tool) == (12, 0)
        assert cast(readers[-1], make_tool()).standing == "inked"


@pytest.mark.django_db
class TestModeration:
    def test_what_is_held_and_released_gives_the_same_numbers(self) -> None:
        tool, editor = make_tool(), User.objects.create_superuser("editor@example.org")
        for choice in (SHIP, SHIP, SKIP):
            cast(account(), tool, choice)
        for state in (Vote.State.QUARANTINED, Vote.State.VOID):
            assert set_aside(votes=Q(tool=tool), state=state, actor=editor, reason="a burst") == 3
            assert counted(tool) == (0, 0)
            assert release(votes=Q(tool=tool), actor=editor, reason="a newsletter") == 3
            assert counted(tool) == (2, 1)
        assert VoteEvent.objects.filter(actor_id=editor.pk).count() == 12

    def test_voting_again_does_not_undo_a_moderators_void(self) -> None:
        tool, reader = make_tool(), account()
        cast(reader, tool)
        set_aside(votes=Q(tool=tool), state=Vote.State.VOID, actor=None, reason="sold")
        assert cast(reader, tool, SKIP) == OwnVote(Vote.Choice.SKIP, VoteStanding.PENDING, is_void=True)
        assert cast(reader, tool, WITHDRAW).is_void
        assert counted(tool) == (0, 0)

    def test_a_reader_may_take_back_a_vote_that_is_set_aside_and_release_does_not_revive_it(self) -> None:
        tool, reader = make_tool(), account()
        cast(reader, tool)
        set_aside(votes=Q(tool=tool), state=Vote.State.QUARANTINED, actor=None, reason="a burst")
        cast(reader, tool, WITHDRAW)
        release(votes=Q(tool=tool), actor=None, reason="fine")
        assert counted(tool) == (0, 0)

    def test_a_vote_cast_anew_is_none_of_its_old_cases_business(self) -> None:
        tool, reader = make_tool(), account()
        cast(reader, tool)
        case = hold_votes(
            tool=tool, crowd=Crowd.ACCOUNT, since=timezone.now() - timedelta(hours=1), actor=None, reason="x"
        )
        cast(reader, tool, WITHDRAW)
        void_case(case, actor=None, reason="bought")
        assert cast(reader, tool, SKIP).standing == "pending"
        assert Vote.objects.get().case_id not in (None, case.pk)

    def test_a_decision_can_be_taken_back(self) -> None:
        tool, tags = make_tool(), make_tags()
        for _ in range(5):
            cast(browser(tags=tags), tool)
        case = Case.objects.get()
        before = counted(tool, Crowd.PASSING)
        assert void_case(case, actor=None, reason="bought") == 2
        assert release_case(case, actor=None, reason="not bought after all") == 2
        assert counted(tool, Crowd.PASSING) == (5, 0)
        assert reopen_case(case, actor=None, reason="bought, it seems") == 2
        assert (counted(tool, Crowd.PASSING), case.decision) == (before, Case.Decision.OPEN)
        assert [entry.action for entry in case.log.order_by("pk")] == ["voided", "released", "held"]

    def test_a_paused_tool_takes_no_vote_and_keeps_its_count(self) -> None:
        tool, reader = make_tool(), account()
        cast(reader, tool)
        freeze = freeze_votes(tool=tool, actor=None, reason="a story in the press")
        for choice in (SKIP, WITHDRAW):
            with pytest.raises(VotingPausedError):
                cast(reader, tool, choice)
        assert (counted(tool), cast(reader, make_tool()).standing) == ((1, 0), "inked")
        lift_freeze(freeze, actor=None, reason="over")
        cast(reader, tool, SKIP)
        assert counted(tool) == (0, 1)


@pytest.mark.django_db
class TestSigningIn:
    def test_adopts_once_and_keeps_the_accounts_own_vote(self) -> None:
        first, second = make_tool(), make_tool()
        mine, passing = account(), browser()
        cast(mine, first, SKIP)
        cast(passing, first, SHIP)
        cast(passing, second, SHIP)
        assert [adopt_votes(secret=passing.secret, account=mine) for _ in range(2)] == [1, 0]
        assert (counted(first), counted(second)) == ((0, 1), (1, 0))
        assert (counted(first, Crowd.PASSING), counted(second, Crowd.PASSING)) == ((0, 0), (0, 0))

    def test_the_browser_needs_a_new_secret_afterwards(self) -> None:
        tool, passing = make_tool(), browser()
        cast(passing, tool)
        adopt_votes(secret=passing.secret, account=account())
        with pytest.raises(BrowserAdoptedError):
            cast(passing, tool, SKIP)
        assert (counted(tool), counted(tool, Crowd.PASSING)) == ((1, 0), (0, 0))

    def test_what_waits_for_review_goes_on_waiting_as_the_accounts(self) -> None:
        tool, tags = make_tool(), make_tags()
        readers = [browser(tags=tags) for _ in range(4)]
        for reader in readers:
            cast(reader, tool)
        mine = account()
        adopt_votes(secret=readers[-1].secret, account=mine)
        assert (own_votes(caller=mine, tools=[tool.pk])[tool.pk].standing, counted(tool)) == ("pending", (0, 0))

    def test_releasing_does_not_revive_what_was_adopted(self) -> None:
        tool, passing = make_tool(), browser()
        cast(passing, tool)
        adopt_votes(secret=passing.secret, account=account())
        assert release(votes=Q(tool=tool), actor=None, reason="all of them") == 0
        assert (counted(tool), counted(tool, Crowd.PASSING)) == ((1, 0), (0, 0))

    def test_deleting_an_account_takes_its_votes_from_the_tally_and_leaves_the_events(self) -> None:
        tool, user = make_tool(), make_reader()
        cast(account(user), tool)
        user.delete()
        assert counted(tool) == (0, 0)
        assert list(VoteEvent.objects.order_by("revision").values_list("reason", flat=True)) == ["cast", "deleted"]


@pytest.mark.django_db
class TestDatabase:
    @pytest.mark.parametrize(
        "attempt",
        [
            "UPDATE votes_voteevent SET new_choice = 1",
            "DELETE FROM votes_voteevent",
            "UPDATE votes_moderation SET reason = 'none'",
            "DELETE FROM votes_moderation",
            "UPDATE votes_vote SET tool_id = tool_id + 1",
            "UPDATE votes_vote SET choice = 2",
            "UPDATE votes_vote SET state = 'lost'",
            "UPDATE votes_tally SET ship = -1",
            "UPDATE votes_case SET closed_at = now()",
            "INSERT INTO votes_voter (user_id, secret_hash) VALUES (NULL, NULL)",
        ],
    )
    def test_refuses(self, attempt: str) -> None:
        tool, tags = make_tool(), make_tags()
        for reader in (*(browser(tags=tags) for _ in range(4)), account()):
            cast(reader, tool)
        freeze_votes(tool=tool, actor=None, reason="a test")
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(attempt)

    def test_recount_finds_and_mends_a_tally_that_drifted(self) -> None:
        tool = make_tool()
        cast(account(), tool)
        out = StringIO()
        call_command("recount_votes", "--check", stdout=out)
        assert out.getvalue() == "Every tally agrees with its votes.\n"
        Tally.objects.update(ship=7)
        errors = StringIO()
        with pytest.raises(SystemExit):
            call_command("recount_votes", "--check", stderr=errors)
        assert f"tool {tool.pk}, account: the votes say (1, 0), the tally says (7, 0)" in errors.getvalue()
        call_command("recount_votes", stdout=out, stderr=StringIO())
        assert (find_mismatches(), counted(tool)) == ([], (1, 0))

    def test_the_nightly_comparison_raises_an_alarm_and_mends_nothing(self, caplog: pytest.LogCaptureFixture) -> None:
        tool = make_tool()
        cast(account(), tool)
        check_tallies_task()
        assert caplog.records == []
        Tally.objects.update(skip=3)
        check_tallies_task()
        assert [record.levelname for record in caplog.records] == ["ERROR"]
        assert f"tool {tool.pk}, account: the votes say (1, 0), the tally says (1, 3)" in caplog.text
        assert counted(tool) == (1, 3)


def in_parallel(calls: int, call: object) -> None:
    def run(number: int) -> None:
        try:
            call(number)  # type: ignore[operator]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(run, range(calls)))


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_many_clicks_make_one_row_and_no_drift(self) -> None:
        tool = make_tool()
        readers: list[Caller] = [account() for _ in range(2)] + [browser() for _ in range(2)]

        def click(number: int) -> None:
            choice = SHIP if number % 3 else SKIP
            try:
                cast_vote(caller=readers[number % 4], tool=tool.pk, choice=choice)
            except TooManyChangesError:
                return

        in_parallel(200, click)
        assert (Voter.objects.count(), Vote.objects.count()) == (4, 4)
        assert find_mismatches() == []
        assert sum(counted(tool)) + sum(counted(tool, Crowd.PASSING)) == 4

    def test_signing_in_twice_while_voting_leaves_one_counted_vote(self) -> None:
        for _ in range(10):
            tool, user, passing = make_tool(), make_reader(), browser()
            cast(passing, tool)
            mine = account(user)

            def step(number: int, tool: object = tool, mine: Caller = mine, passing: Caller = passing) -> None:
                if number % 2:
                    adopt_votes(secret=passing.secret, account=mine)
                    return
                try:
                    cast_vote(caller=passing, tool=tool.pk, choice=SKIP if number % 4 else SHIP)  # type: ignore[attr-defined]
                except BrowserAdoptedError:
                    return

            in_parallel(8, step)
            assert (sum(counted(tool)), sum(counted(tool, Crowd.PASSING))) == (1, 0)
        assert find_mismatches() == []
