"""Votes on a tool that becomes part of another: one of each reader counts, and none is lost."""

from __future__ import annotations

import random
import threading
from datetime import timedelta
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import Q
from django.test import Client
from django.utils import timezone

from comparisons.merging import merge_tools
from tests.factories import make_tool
from tests.pages import text_of
from tests.votes.voters import SHIP, SKIP, account, browser, cast, counted, states
from tools.models import Tool
from votes.exports import find_disagreements, read_export
from votes.models import Campaign, Case, Crowd, Export, Freeze, Moderation, Vote, VoteEvent, Voter
from votes.services import (
    WITHDRAW,
    Caller,
    CannotModerateError,
    adopt_votes,
    cast_vote_by_slug,
    close_day,
    find_mismatches,
    freeze_votes,
    hold_votes,
    merge_votes,
    reopen_case,
    set_aside,
)

pytestmark = pytest.mark.django_db
WHY = "They are one."


@pytest.fixture
def lathe() -> Tool:
    return make_tool(name="Lathe", slug="lathe")


@pytest.fixture
def double() -> Tool:
    return make_tool(name="Lathe AI", slug="lathe-ai")


def vote_of(caller: Caller, tool: Tool) -> tuple[int, str] | None:
    mine = Q(voter__user=caller.user_id) if caller.user_id else Q(voter__secret_hash=caller.secret_hash)
    return Vote.objects.filter(mine, tool=tool).values_list("choice", "state").first()


class TestOneVoteOfEachReader:
    def test_the_newest_choice_that_was_not_withdrawn(self, lathe: Tool, double: Tool) -> None:
        readers = {
            name: account() for name in ("later there", "later here", "took back here", "took back there", "one")
        }
        for name, choices in {
            "later there": ((lathe, SHIP), (double, SKIP)),
            "later here": ((double, SKIP), (lathe, SHIP)),
            "took back here": ((lathe, SHIP), (double, SKIP), (lathe, WITHDRAW)),
            "took back there": ((lathe, SHIP), (double, SKIP), (double, WITHDRAW)),
            "one": ((double, SKIP),),
        }.items():
            for tool, choice in choices:
                cast(readers[name], tool, choice)
        passing = browser()
        cast(passing, double, SHIP)
        moved = merge_tools(double, lathe, by=None, reason=WHY)
        assert {name: vote_of(reader, lathe) for name, reader in readers.items()} == {
            "later there": (SKIP, "counted"),
            "later here": (SHIP, "counted"),
            "took back here": (SKIP, "counted"),
            "took back there": (SHIP, "counted"),
            "one": (SKIP, "counted"),
        }
        assert (counted(lathe), counted(lathe, Crowd.PASSING)) == ((2, 3), (1, 0))
        assert (counted(double), counted(double, Crowd.PASSING)) == ((0, 0), (0, 0))
        assert vote_of(passing, lathe) == (SHIP, "counted")
        assert (moved.counts["votes"], moved.counts["votes of readers who had voted on both"]) == (3, 2)
        assert find_mismatches() == []

    def test_what_waits_waits_and_what_is_void_counts_for_nobody(self, lathe: Tool, double: Tool) -> None:
        held, held_both, void, void_here = account(), account(), account(), account()
        for reader in (held, held_both, void, void_here):
            cast(reader, double, SHIP)
        for reader in (held_both, void, void_here):
            cast(reader, lathe, SKIP)
        since = timezone.now() - timedelta(minutes=5)
        key = Voter.objects.get(user=void.user_id)
        set_aside(votes=Q(tool=double, voter=key), state=Vote.State.VOID, actor=None, reason="bought")
        key = Voter.objects.get(user=void_here.user_id)
        set_aside(votes=Q(tool=lathe, voter=key), state=Vote.State.VOID, actor=None, reason="bought")
        case = hold_votes(tool=double, crowd=Crowd.ACCOUNT, since=since, actor=None, reason="odd")
        merge_tools(double, lathe, by=None, reason=WHY)
        assert vote_of(held, lathe) == (SHIP, "quarantined")
        assert vote_of(held_both, lathe) == (SKIP, "quarantined")
        assert vote_of(void, lathe) == (SKIP, "counted")
        assert vote_of(void_here, lathe) == (SKIP, "void")
        there = Case.objects.get(tool=lathe, closed_at=None)
        assert (there.votes.count(), Case.objects.get(pk=case.pk).decision) == (2, "voided")
        case.refresh_from_db()
        with pytest.raises(CannotModerateError, match="its votes stand there"):
            reopen_case(case, actor=None, reason="again")
        assert set_aside(votes=Q(tool=double), state=Vote.State.COUNTED, actor=None, reason="again") == 0
        assert find_mismatches() == []

    def test_a_browser_whose_reader_signed_in_counts_once(self, lathe: Tool, double: Tool) -> None:
        passing, reader = browser(), account()
        cast(passing, lathe, SKIP)
        cast(passing, double, SHIP)
        adopt_votes(secret=passing.secret, account=reader)
        merge_tools(double, lathe, by=None, reason=WHY)
        assert vote_of(reader, lathe) == (SHIP, "counted") or vote_of(reader, lathe) == (SKIP, "counted")
        assert (sum(counted(lathe)), counted(lathe, Crowd.PASSING), find_mismatches()) == (1, (0, 0), [])

    def test_through_two_merges_the_newest_of_three(self, lathe: Tool, double: Tool) -> None:
        third, reader = make_tool(), account()
        cast(reader, third, SHIP)
        cast(reader, double, SHIP)
        cast(reader, third, SKIP)
        merge_tools(double, lathe, by=None, reason=WHY)
        lathe.refresh_from_db()
        merge_tools(lathe, third, by=None, reason=WHY)
        assert vote_of(reader, third) == (SKIP, "counted")
        assert find_mismatches() == []


class TestTheBooks:
    def test_every_step_is_an_event_and_the_public_log_says_what_happened(
        self, client: Client, lathe: Tool, double: Tool
    ) -> None:
        reader = account()
        cast(reader, double, SHIP)
        before = list(VoteEvent.objects.values())
        merge_tools(double, lathe, by=None, reason=WHY)
        assert list(VoteEvent.objects.order_by("pk").values())[: len(before)] == before
        told = VoteEvent.objects.order_by("pk").values_list("tool_id", "old_state", "new_state", "reason")
        assert set(told[len(before) :]) == {
            (lathe.pk, "", "counted", "merged"),
            (double.pk, "counted", "void", "merged"),
        }
        logged = Moderation.objects.get(action="merged")
        assert (logged.tool_id, logged.vote_count) == (lathe.pk, 1)
        assert f"Lathe AI became part of Lathe: {WHY}" in text_of(client.get("/methodology/votes/"))

    def test_the_record_of_the_day_can_be_verified_before_and_after(
        self, lathe: Tool, double: Tool, tmp_path: Path
    ) -> None:
        for _ in range(12):
            cast(account(), double, SHIP)
            cast(account(), lathe, SKIP)
        for days in (1, 2):
            export = close_day(timezone.now() + timedelta(days=days))
            assert export is not None
            assert find_disagreements(*read_export(BytesIO(bytes(export.content)))) == []
            if days == 1:
                merge_tools(double, lathe, by=None, reason=WHY)
        file = tmp_path / "votes.zip"
        file.write_bytes(bytes(Export.objects.latest("day").content))
        call_command("verify_votes", str(file), stdout=StringIO())
        call_command("recount_votes", "--check", stdout=StringIO())
        with file.open("rb") as written:
            assert {line.tool for line in read_export(written)[1]} == {"lathe"}

    def test_a_pause_and_an_announced_wave_go_along(self, lathe: Tool, double: Tool) -> None:
        freeze_votes(tool=double, actor=None, reason="a story in the press")
        now = timezone.now()
        Campaign.objects.create(tool=double, mark="letter", starts_at=now, ends_at=now + timedelta(days=1))
        merge_tools(double, lathe, by=None, reason=WHY)
        assert Freeze.objects.get(lifted_at=None).tool == lathe
        assert Campaign.objects.get().tool == lathe

    def test_a_vote_on_a_page_that_a_cache_has_kept(self, client: Client, lathe: Tool, double: Tool) -> None:
        merge_tools(double, lathe, by=None, reason=WHY)
        cast(account(), double, SHIP)  # the service follows too, by key
        assert counted(lathe) == (1, 0)
        sent = {"data": {"choice": "skip"}, "headers": {"sec-fetch-site": "same-origin"}, "follow": True}
        assert client.post("/votes/lathe-ai/", **sent).status_code == 200  # type: ignore[arg-type]
        assert counted(lathe, Crowd.PASSING) == (0, 1)


def test_any_history_ends_with_the_newest_choice_of_each(lathe: Tool, double: Tool) -> None:
    """Drawn by a seed; what a reader did last and did not take back is what counts."""
    chance = random.Random(29)  # noqa: S311
    readers = [account() if number % 3 else browser() for number in range(24)]
    chosen: dict[int, dict[int, tuple[int, int]]] = {number: {} for number in range(len(readers))}
    for turn in range(150):
        number, tool = chance.randrange(len(readers)), chance.choice((lathe, double))
        choice = chance.choice((SHIP, SKIP, WITHDRAW))
        cast(readers[number], tool, choice)
        mine = chosen[number]
        if choice == WITHDRAW:
            mine.pop(tool.pk, None)
        elif mine.get(tool.pk, (0, 0))[1] != choice:
            mine[tool.pk] = (turn, choice)
    merge_tools(double, lathe, by=None, reason=WHY)
    expected = [max(mine.values())[1] if mine else WITHDRAW for mine in chosen.values()]
    found = [vote_of(reader, lathe) for reader in readers]
    assert [vote[0] if vote and vote[1] == "counted" else WITHDRAW for vote in found] == expected
    assert sum(expected) == sum(a - b for a, b in (counted(lathe), counted(lathe, Crowd.PASSING)))
    assert find_mismatches() == []


@pytest.mark.django_db(transaction=True)
def test_while_readers_vote_on_both_none_is_lost() -> None:
    """Eight at once, each by a connection of its own: nobody waits for ever, and the last choice of each stands."""
    lathe, double = make_tool(slug="lathe"), make_tool(slug="lathe-ai")
    readers = [[account() for _ in range(4)] for _ in range(8)]
    last: dict[int | None, int] = {}
    said: dict[tuple[int | None, int], int] = {}
    problems: list[BaseException] = []
    begun = threading.Barrier(9)

    def vote(mine: list[Caller], seed: int) -> None:
        chance = random.Random(seed)  # noqa: S311
        try:
            begun.wait()
            for _ in range(25):
                reader, tool = chance.choice(mine), chance.choice((lathe, double))
                choice = -said.get((reader.user_id, tool.pk), chance.choice((SHIP, SKIP)))  # to repeat says nothing new
                cast(reader, tool, choice)
                last[reader.user_id] = said[reader.user_id, tool.pk] = choice
        except BaseException as problem:
            problems.append(problem)
        finally:
            connection.close()

    threads = [threading.Thread(target=vote, args=(mine, seed)) for seed, mine in enumerate(readers)]
    for thread in threads:
        thread.start()
    begun.wait()
    while VoteEvent.objects.count() < 40:
        pass  # until both have votes, and more are on their way
    merge_tools(double, lathe, by=None, reason=WHY)
    for thread in threads:
        thread.join()
    assert problems == []
    found = dict(Vote.objects.filter(tool=lathe, state="counted").values_list("voter__user_id", "choice"))
    assert found == last
    assert states(double).keys() <= {"void"}
    assert counted(lathe) == (list(last.values()).count(SHIP), list(last.values()).count(SKIP))
    assert find_mismatches() == []


@pytest.mark.django_db(transaction=True)
def test_a_vote_that_waited_for_the_merge_counts_on_the_other_tool() -> None:
    lathe, double = make_tool(slug="lathe"), make_tool(slug="lathe-ai")
    reader, answers = account(), []

    def vote() -> None:
        try:
            answers.append(cast_vote_by_slug(caller=reader, slug="lathe-ai", choice=SHIP, with_numbers=True))
        finally:
            connection.close()

    voter = threading.Thread(target=vote)
    with transaction.atomic():
        merge_votes(double, lathe, by=None, reason=WHY)
        voter.start()
        voter.join(0.5)
        assert voter.is_alive()  # it waits
        Tool.objects.filter(pk=double.pk).update(merged_into=lathe, status="withdrawn")
    voter.join()
    ((own, numbers),) = answers
    assert (own.choice, numbers[Crowd.ACCOUNT].ship, counted(lathe)) == (SHIP, 1, (1, 0))
    assert not Vote.objects.filter(tool=double).exists()
