"""Whatever readers and moderators do, in whatever order: rows, events, tallies and the public record agree."""

from __future__ import annotations

import contextlib
from collections import Counter
from datetime import timedelta

import pytest
from django.db.models import Q
from django.utils import timezone
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from accounts.models import User
from accounts.services import close_account
from tests.factories import make_tool
from tests.votes.voters import SHIP, SKIP, account, browser, make_reader, make_tags
from votes.integrity import STATES, load_integrity_page
from votes.models import Case, Crowd, Export, Freeze, Moderation, Tally, Vote, VoteEvent
from votes.services import (
    WITHDRAW,
    Caller,
    CannotModerateError,
    VoteRefusedError,
    adopt_votes,
    cast_vote,
    close_day,
    find_mismatches,
    freeze_votes,
    hold_votes,
    judge_votes,
    lift_freeze,
    promote_accounts,
    rebuild_tallies,
    release,
    release_case,
    reopen_case,
    set_aside,
    void_case,
)


class VoteMachine(RuleBasedStateMachine):
    """Three accounts (one of them young) and three browsers on one network, so that limits are reached too."""

    readers = st.integers(0, 5)
    tools = st.integers(0, 1)
    choices = st.sampled_from([SHIP, SKIP, WITHDRAW])

    @initialize()
    def begin(self) -> None:
        self.tools_there = [make_tool() for _ in range(2)]
        self.tags = make_tags()
        self.users = [make_reader(days=days) for days in (30, 30, 1)]
        self.browsers = [browser(tags=self.tags) for _ in range(3)]

    def caller(self, number: int) -> Caller:
        if number > 2:
            return self.browsers[number - 3]
        return account(self.users[number], tags=self.tags, is_established=number < 2)

    @rule(reader=readers, tool=tools, choice=choices)
    def vote(self, reader: int, tool: int, choice: int) -> None:
        """Cast, flip and withdraw: all three are one call."""
        with contextlib.suppress(VoteRefusedError):
            cast_vote(caller=self.caller(reader), tool=self.tools_there[tool].pk, choice=choice)

    @rule(tool=tools, crowd=st.sampled_from(Crowd), hours=st.integers(0, 1))
    def hold(self, tool: int, crowd: Crowd, hours: int) -> None:
        since = timezone.now() - timedelta(hours=hours)
        hold_votes(tool=self.tools_there[tool], crowd=crowd, since=since, actor=None, reason="looks odd")

    @rule(number=st.integers(0, 9), step=st.sampled_from([release_case, void_case, reopen_case]))
    def decide(self, number: int, step: object) -> None:
        cases = list(Case.objects.filter(tool__in=self.tools_there).order_by("pk"))
        if cases:
            with contextlib.suppress(CannotModerateError):
                step(cases[number % len(cases)], actor=None, reason="decided")  # type: ignore[operator]

    @rule(
        tool=tools,
        which=st.sets(st.integers(0, 9), min_size=1, max_size=4),
        action=st.sampled_from([Moderation.Action.HELD, Moderation.Action.VOIDED, Moderation.Action.RELEASED]),
    )
    def judge(self, tool: int, which: set[int], action: Moderation.Action) -> None:
        """Hold, void or count again single votes."""
        votes = Vote.objects.filter(tool=self.tools_there[tool]).order_by("voter_id")
        voters = list(votes.values_list("voter_id", flat=True))
        chosen = {voters[number % len(voters)] for number in which} if voters else set()
        judge_votes(tool=self.tools_there[tool], voters=chosen, action=action, actor=None, reason="judged")

    @rule(tool=tools, crowd=st.sampled_from(Crowd))
    def void_and_undo(self, tool: int, crowd: Crowd) -> None:
        """What was counted, was void and is counted again leaves no trace in the count."""
        before = list(Tally.objects.rows_of([self.tools_there[tool].pk]).order_by("crowd"))
        counted = Q(tool=self.tools_there[tool], crowd=crowd, state=Vote.State.COUNTED)
        keys = list(Vote.objects.filter(counted).values_list("voter_id", flat=True))
        assert set_aside(votes=counted, state=Vote.State.VOID, actor=None, reason="bought") == len(keys)
        again = Q(tool=self.tools_there[tool], voter__in=keys)
        assert release(votes=again, actor=None, reason="not bought") == len(keys)
        assert list(Tally.objects.rows_of([self.tools_there[tool].pk]).order_by("crowd")) == before

    @rule(tool=tools)
    def pause_or_resume(self, tool: int) -> None:
        freeze = Freeze.objects.filter(tool=self.tools_there[tool], lifted_at__isnull=True).first()
        if freeze:
            lift_freeze(freeze, actor=None, reason="over")
        else:
            freeze_votes(tool=self.tools_there[tool], actor=None, reason="a story")

    @rule(number=st.integers(0, 2), reader=st.integers(0, 2))
    def sign_in(self, number: int, reader: int) -> None:
        """Merge a browser's votes into an account's."""
        adopt_votes(secret=self.browsers[number].secret, account=self.caller(reader))

    @rule(number=st.integers(0, 2))
    def another_browser(self, number: int) -> None:
        self.browsers[number] = browser(tags=self.tags)

    @rule()
    def grow_old(self) -> None:
        User.objects.filter(pk=self.users[2].pk).update(joined_at=timezone.now() - timedelta(days=30))
        promote_accounts(timezone.now())

    @rule(number=st.integers(0, 2))
    def leave(self, number: int) -> None:
        close_account(self.users[number])
        self.users[number] = make_reader(days=1 if number == 2 else 30)

    @rule()
    def rebuild(self) -> None:
        rebuild_tallies()

    @rule()
    def close_the_day(self) -> None:
        """The integrity page's counts of all days are those that the events tell."""
        Export.objects.all().delete()
        close_day(timezone.now() + timedelta(days=1))
        shown: Counter[str] = Counter()
        for day in load_integrity_page().days:
            shown.update(dict(zip([name for name, _ in STATES], day.counts, strict=True)))
        told = Counter(
            event.crowd if event.new_state == Vote.State.COUNTED else event.new_state
            for event in last_events().values()
            if event.new_state
        )
        assert +shown == told

    @invariant()
    def events_lead_to_the_rows(self) -> None:
        """Each vote's events follow one upon the other, and the last says what the row says."""
        if not hasattr(self, "tools_there"):
            return
        last: dict[tuple[int, int], VoteEvent] = {}
        events = VoteEvent.objects.filter(tool_id__in=[tool.pk for tool in self.tools_there])
        for event in events.order_by("tool_id", "voter_id", "revision"):
            before = last.get((event.tool_id, event.voter_id))
            assert event.revision == (before.revision + 1 if before else 1)
            assert event.old_choice == (before.new_choice if before else 0)
            assert event.old_state == (before.new_state if before else "")
            last[event.tool_id, event.voter_id] = event
        told = {
            key: (event.revision, event.new_choice, event.new_state, event.crowd)
            for key, event in last.items()
            if event.new_state
        }
        votes = Vote.objects.filter(tool__in=self.tools_there)
        rows = votes.values_list("tool_id", "voter_id", "revision", "choice", "state", "crowd")
        assert {(tool, voter): tuple(rest) for tool, voter, *rest in rows} == told

    @invariant()
    def no_tally_is_below_nothing(self) -> None:
        assert not Tally.objects.filter(Q(ship__lt=0) | Q(skip__lt=0)).exists()

    @invariant()
    def tally_equals_recount(self) -> None:
        assert find_mismatches() == []

    @invariant()
    def what_waits_has_a_case(self) -> None:
        if hasattr(self, "tools_there"):
            waiting = Vote.objects.filter(state__in=("pending", "quarantined"), case__isnull=True)
            assert not waiting.exists()


def last_events() -> dict[tuple[int, int], VoteEvent]:
    """The last event of each vote, by tool and voter."""
    events = VoteEvent.objects.order_by("revision")
    return {(event.tool_id, event.voter_id): event for event in events}


@pytest.mark.django_db
def test_tally_equals_recount_after_every_step() -> None:
    run_state_machine_as_test(VoteMachine, settings=hypothesis_settings(max_examples=30, stateful_step_count=30))
