"""Two changes of the same votes at once: one waits for the other, neither waits for ever, and none slips through."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import timedelta
from itertools import cycle
from typing import Any

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.test import Client
from django.utils import timezone

from accounts.models import OwnedSession, User
from accounts.services import close_account
from tests.factories import make_tool
from tests.votes.voters import account, browser, cast, counted, make_reader
from votes.models import Case, Crowd, Moderation, Vote, Voter
from votes.services import (
    CannotModerateError,
    adopt_votes,
    find_mismatches,
    hold_votes,
    judge_votes,
    promote_accounts,
    release_case,
    sweep_once_a_minute,
    void_case,
)

pytestmark = pytest.mark.django_db(transaction=True)


def apart(call: Callable[[], Any]) -> Callable[[], Any]:
    """The call on a connection of its own thread, which is closed afterwards."""

    def run() -> Any:
        try:
            return call()
        finally:
            connection.close()

    return run


def meanwhile(first: Callable[[], Any], second: Callable[[], Any]) -> Any:
    """`second` begins once `first` has written and before it commits, and gets as far as it can; returns its result."""
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            first()
            later = pool.submit(apart(second))
            while not (later.done() or _somebody_waits()):
                wait([later], timeout=0.01)
        return later.result()


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])


def hold(tool: Any, crowd: Crowd = Crowd.ACCOUNT) -> Case:
    since = timezone.now() - timedelta(hours=1)
    return hold_votes(tool=tool, crowd=crowd, since=since, actor=None, reason="a wave")


def test_votes_held_while_their_case_is_released_wait_in_a_case_that_is_open() -> None:
    tool = make_tool()
    for _ in range(3):
        cast(account(), tool)
    case = hold(tool)
    later = meanwhile(lambda: release_case(case, actor=None, reason="fine"), lambda: hold(tool))
    assert (later.pk != case.pk, later.closed_at, later.decision) == (True, None, "open")
    assert set(Vote.objects.values_list("state", "case_id")) == {("quarantined", later.pk)}


def test_a_vote_cast_while_its_reader_signs_in_goes_with_the_others() -> None:
    first, second, passing, mine = make_tool(), make_tool(), browser(), account()
    cast(passing, first)
    adopted = meanwhile(lambda: cast(passing, second), lambda: adopt_votes(secret=passing.secret, account=mine))
    assert adopted == 2
    assert [(counted(tool), counted(tool, Crowd.PASSING)) for tool in (first, second)] == [((1, 0), (0, 0))] * 2


def test_a_sweep_that_fails_after_a_vote_is_not_the_voters_business(caplog: pytest.LogCaptureFixture) -> None:
    tool, reader = make_tool(slug="lathe"), Client()

    def vote() -> Any:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '50ms'")
            try:
                return reader.post("/votes/lathe/", {"choice": "ship"}, headers={"sec-fetch-site": "same-origin"})
            finally:
                cursor.execute("RESET lock_timeout")  # the connection goes back to the pool, for other tests

    hold(tool)
    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        hold(tool, Crowd.PASSING)
        sweep_once_a_minute(timezone.now() - timedelta(hours=1))  # so that the vote's own minute is a new one
        answer = pool.submit(apart(vote)).result()
    assert (answer.status_code, answer["Location"]) == (303, "/tools/lathe/#vote-lathe-pencilled")
    assert ("voter" in answer.cookies, Vote.objects.filter(tool=tool).count()) == (True, 1)
    assert "lock timeout" in caplog.text


def test_changes_of_many_votes_at_once_never_stop_each_other() -> None:
    tools = [make_tool() for _ in range(2)]
    for _ in range(12):
        reader = make_reader(days=0)
        for tool in tools:
            cast(account(reader, is_established=False), tool)
    keys = list(Voter.objects.values_list("pk", flat=True))

    def decide(step: Callable[..., int]) -> None:
        case = Case.objects.order_by("?").first()
        if case:
            step(case, actor=None, reason="seen")

    def grow() -> None:
        User.objects.update(joined_at=F("joined_at") - timedelta(days=1))
        Voter.objects.filter(pk__in=keys[:6]).update(is_young=True)
        promote_accounts(timezone.now())

    calls: list[Callable[[], Any]] = [
        *(lambda tool=tool: hold(tool, Crowd.PASSING) for tool in tools),
        lambda: decide(release_case),
        lambda: judge_votes(tool=tools[0], voters=keys, action=Moderation.Action.HELD, actor=None, reason="look"),
        lambda: decide(void_case),
        grow,
    ]

    def run(call: Callable[[], Any]) -> None:
        try:
            call()
        except CannotModerateError:
            return

    with ThreadPoolExecutor(4) as pool:
        running: list[Future[None]] = [
            pool.submit(apart(lambda call=call: run(call)))  # type: ignore[misc]
            for call, _ in zip(cycle(calls), range(120), strict=False)
        ]
    assert [str(future.exception()) for future in running if future.exception()] == []
    assert find_mismatches() == []


def test_a_click_that_runs_while_its_account_is_closed_is_finished_and_goes_with_it() -> None:
    tool, other, reader = make_tool(), make_tool(), make_reader()
    cast(account(reader), other)
    meanwhile(lambda: cast(account(reader), tool), lambda: close_account(reader))
    assert (Vote.objects.count(), counted(tool), counted(other), find_mismatches()) == (0, (0, 0), (0, 0), [])


@pytest.mark.parametrize("has_voted", [True, False])
def test_a_click_that_comes_while_its_account_is_closed_is_refused(*, has_voted: bool) -> None:
    tool, other, reader = make_tool(), make_tool(), make_reader()
    if has_voted:
        cast(account(reader), other)
    with pytest.raises(IntegrityError):
        meanwhile(lambda: close_account(reader), lambda: cast(account(reader), tool))
    assert (Vote.objects.count(), Voter.objects.count(), User.objects.count()) == (0, 0, 0)
    assert (counted(tool), counted(other), find_mismatches()) == ((0, 0), (0, 0), [])


def test_a_session_that_is_used_while_its_account_is_closed_does_not_come_back() -> None:
    client, reader = Client(), make_reader()
    client.force_login(reader)
    session = client.session

    def use() -> None:
        session["seen"] = "something new"
        session.save()

    with pytest.raises(UpdateError):
        meanwhile(lambda: close_account(reader), use)
    assert not OwnedSession.objects.exists()
