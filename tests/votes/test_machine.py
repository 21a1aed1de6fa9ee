"""Whatever readers and moderators do, in whatever order: the tally equals a recount after every step."""

from __future__ import annotations

import contextlib
from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from accounts.models import User
from tests.factories import make_tool
from tests.votes.voters import SHIP, SKIP, account, browser, make_reader, make_tags
from votes.models import Case, Crowd, Freeze, Vote
from votes.services import (
    WITHDRAW,
    Caller,
    CannotModerateError,
    VoteRefusedError,
    adopt_votes,
    cast_vote,
    find_mismatches,
    freeze_votes,
    hold_votes,
    lift_freeze,
    promote_accounts,
    rebuild_tallies,
    release_case,
    reopen_case,
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
        self.users[number].delete()
        self.users[number] = make_reader(days=1 if number == 2 else 30)

    @rule()
    def rebuild(self) -> None:
        rebuild_tallies()

    @invariant()
    def tally_equals_recount(self) -> None:
        assert find_mismatches() == []

    @invariant()
    def what_waits_has_a_case(self) -> None:
        if hasattr(self, "tools_there"):
            waiting = Vote.objects.filter(state__in=("pending", "quarantined"), case__isnull=True)
            assert not waiting.exists()


@pytest.mark.django_db
def test_tally_equals_recount_after_every_step() -> None:
    run_state_machine_as_test(
        VoteMachine, settings=hypothesis_settings(max_examples=30, stateful_step_count=30, deadline=None)
    )
