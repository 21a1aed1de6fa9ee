"""Bursts, promotions and the sweep that needs no worker."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count

import pytest
from django.utils import timezone

from accounts.models import User
from tests.factories import make_tool
from tests.votes.voters import SHIP, SKIP, account, browser, cast, counted, make_reader, make_tags, states
from tools.models import Tool
from votes.models import Campaign, Case, Crowd, Moderation, Vote, Voter
from votes.services import open_cases, promote_accounts, release_case, sweep_once_a_minute
from votes.tasks import sweep_task

_numbers = count(10**9)


def make_wave(
    tool: Tool,
    *,
    votes: int,
    crowd: Crowd = Crowd.ACCOUNT,
    ship_share: float = 0.6,
    groups: int = 2000,
    new_share: float = 0.6,
    minutes: float = 9.5,
    until: datetime | None = None,
    is_regular: bool = False,
) -> datetime:
    """Votes spread over the last minutes as if cast then; seeded, Poisson unless regular. Returns its end."""
    chance, end = random.Random(votes), until or timezone.now()  # noqa: S311 - seeded on purpose
    long_ago = end - timedelta(days=60)
    is_account = crowd == Crowd.ACCOUNT
    seconds = [n * minutes * 60 / votes if is_regular else chance.uniform(0, minutes * 60) for n in range(votes)]
    moments = [end - timedelta(seconds=second) for second in seconds]
    users = User.objects.bulk_create(
        [User(email=f"wave{next(_numbers)}@example.org") for _ in range(votes if is_account else 0)]
    )
    voters = Voter.objects.bulk_create(
        [
            Voter(
                user=users[n] if is_account else None,
                secret_hash=None if is_account else next(_numbers).to_bytes(32),
                first_vote_at=moments[n] if n < votes * new_share else long_ago,
            )
            for n in range(votes)
        ]
    )
    Vote.objects.bulk_create(
        [
            Vote(
                tool=tool,
                voter=voter,
                choice=SHIP if n < votes * ship_share else SKIP,
                crowd=crowd,
                cast_at=moments[n],
                changed_at=moments[n],
                net_tag=b"host" + n.to_bytes(4),
                net_group_tag=b"group" + chance.randrange(groups).to_bytes(4),
            )
            for n, voter in enumerate(voters)
        ]
    )
    return end


@pytest.mark.django_db
class TestBursts:
    @pytest.mark.parametrize("crowd", list(Crowd))
    @pytest.mark.parametrize("seed", [0, 1, 2])
    def test_a_front_page_spike_is_no_alarm(self, crowd: Crowd, seed: int) -> None:
        tool = make_tool()
        end = make_wave(tool, votes=200 + seed, crowd=crowd, new_share=0.7 if crowd == Crowd.ACCOUNT else 1.0)
        assert open_cases(end) == []
        assert states(tool) == {"counted": 200 + seed}

    @pytest.mark.parametrize(
        ("reason", "wave"),
        [
            ("one network", {"groups": 2}),
            ("new voters", {"new_share": 0.95}),
            ("one choice", {"ship_share": 1.0}),
            ("regular as a clock", {"is_regular": True}),
        ],
    )
    def test_an_odd_burst_opens_one_case_and_is_set_aside(self, reason: str, wave: dict[str, float]) -> None:
        tool = make_tool()
        end = make_wave(tool, votes=60, **wave)  # type: ignore[arg-type]
        (case,) = open_cases(end)
        assert case.evidence["reasons"] == [reason]
        assert (states(tool), counted(tool)) == ({"quarantined": 60}, (0, 0))
        assert open_cases(end + timedelta(minutes=1)) == []
        assert cast(account(), tool).standing == "pending"
        assert cast(browser(), tool).standing == "pencilled"  # the other crowd is not concerned
        assert Moderation.objects.get().actor is None

    def test_a_change_of_mind_waits_too_while_a_burst_is_open(self) -> None:
        tool, sleeper = make_tool(), account()
        cast(sleeper, tool, SKIP)
        Vote.objects.update(changed_at=timezone.now() - timedelta(days=3))
        open_cases(make_wave(tool, votes=60, groups=1))
        assert counted(tool) == (0, 1)
        assert cast(sleeper, tool, SHIP).standing == "pending"
        assert counted(tool) == (0, 0)

    def test_releasing_restores_every_vote_and_opens_no_second_case(self) -> None:
        tool = make_tool()
        end = make_wave(tool, votes=60, groups=1)
        (case,) = open_cases(end)
        cast(account(), tool)
        assert release_case(case, actor=None, reason="a conference") == 61
        assert counted(tool) == (37, 24)
        assert open_cases(end) == []

    def test_few_votes_are_never_a_burst(self) -> None:
        tool = make_tool()
        assert open_cases(make_wave(tool, votes=25, groups=1)) == []

    def test_a_tool_that_is_always_busy_at_this_hour_has_a_higher_bar(self) -> None:
        tool, end = make_tool(), timezone.now()
        for week in range(1, 5):
            make_wave(tool, votes=20, until=end - timedelta(weeks=week))
        make_wave(tool, votes=110, groups=1, until=end)
        assert open_cases(end) == []
        make_wave(tool, votes=40, groups=1, until=end)
        assert [case.evidence["baseline"] for case in open_cases(end)] == [20.0]

    def test_one_choice_is_no_alarm_where_it_always_was_the_choice(self) -> None:
        tool, end = make_tool(), timezone.now()
        make_wave(tool, votes=100, ship_share=0.9, until=end - timedelta(days=3))
        assert open_cases(make_wave(tool, votes=60, ship_share=1.0, until=end)) == []

    def test_an_announced_wave_may_be_new_and_of_one_mind_but_not_from_one_network(self) -> None:
        tool, end = make_tool(), timezone.now()
        Campaign.objects.create(
            tool=tool, mark="weekly email 12", starts_at=end - timedelta(hours=1), ends_at=end + timedelta(hours=1)
        )
        make_wave(tool, votes=60, ship_share=1.0, new_share=1.0, until=end)
        assert open_cases(end) == []
        make_wave(tool, votes=90, groups=1, until=end)
        (case,) = open_cases(end)
        assert (case.evidence["reasons"], case.evidence["announced"]) == (["one network"], "weekly email 12")

    def test_a_slow_wave_of_one_mind_is_seen_over_hours(self) -> None:
        tool, end = make_tool(), timezone.now()
        make_wave(tool, votes=200, ship_share=0.5, until=end - timedelta(days=3))
        make_wave(tool, votes=300, ship_share=1.0, new_share=0.0, minutes=355, until=end)
        (case,) = open_cases(end)
        assert (case.evidence["minutes"], case.evidence["reasons"]) == (360, ["one choice"])
        assert counted(tool) == (100, 100)


@pytest.mark.django_db
class TestGrowingUp:
    def test_votes_of_an_account_count_once_it_is_old_enough(self, settings: object) -> None:
        settings.VOTE_ACCOUNT_AGE_HOURS = 72  # type: ignore[attr-defined]
        now, tool = timezone.now(), make_tool()
        for reader in (make_reader(days=2), make_reader(days=2, verified_at=None)):
            cast(account(reader, is_established=False), tool)
        assert promote_accounts(now) == 0
        assert promote_accounts(now + timedelta(hours=25)) == 1
        assert (counted(tool), counted(tool, Crowd.PASSING)) == ((1, 0), (1, 0))
        assert promote_accounts(now + timedelta(hours=25)) == 0

    def test_nobody_grows_up_into_an_open_burst(self) -> None:
        tool, grown = make_tool(), account(is_established=False)
        cast(grown, tool)
        (case,) = open_cases(make_wave(tool, votes=60, groups=1))
        promote_accounts(timezone.now())
        assert counted(tool) == (0, 0)
        assert release_case(case, actor=None, reason="a conference") == 61
        assert counted(tool) == (37, 24)

    @pytest.mark.parametrize(("ships", "reasons"), [(35, ["one choice"]), (22, [])])
    def test_many_who_grow_up_at_once_are_a_wave_like_any_other(self, ships: int, reasons: list[str]) -> None:
        tool = make_tool()
        for number in range(35):
            cast(account(is_established=False), tool, SHIP if number < ships else SKIP)
        Voter.objects.update(first_vote_at=timezone.now() - timedelta(days=3))
        assert promote_accounts(timezone.now()) == 35
        assert counted(tool) == (ships, 35 - ships)
        cases = open_cases(timezone.now())
        assert [(case.crowd, case.evidence["reasons"]) for case in cases] == [("account", reasons)] * len(cases)
        assert (len(cases), sum(counted(tool))) == ((1, 0) if reasons else (0, 35))

    def test_an_account_that_must_prove_its_address_anew_grows_up_again(self) -> None:
        tool, other, reader = make_tool(), make_tool(), make_reader()
        cast(account(reader), tool)
        cast(account(reader, is_established=False), other)
        assert (counted(other), promote_accounts(timezone.now()), counted(other)) == ((0, 0), 1, (1, 0))

    def test_what_waits_for_review_goes_on_waiting(self) -> None:
        tool = make_tool()
        for _ in range(11):
            cast(account(make_reader(), tags=make_tags(group=4), is_established=False), tool)
        promote_accounts(timezone.now())
        assert (counted(tool), states(tool)) == ((10, 0), {"counted": 10, "pending": 1})


@pytest.mark.django_db
class TestSweep:
    @pytest.mark.parametrize("sweep", [sweep_task, lambda: sweep_once_a_minute(timezone.now() + timedelta(minutes=1))])
    def test_opens_cases(self, sweep: Callable[[], object]) -> None:
        make_wave(make_tool(), votes=60, groups=1, minutes=5, until=timezone.now() + timedelta(seconds=50))
        if sweep is sweep_task:
            Vote.objects.update(changed_at=timezone.now())
        sweep()
        assert Case.objects.count() == 1

    def test_happens_once_a_minute_over_all_processes(self) -> None:
        minute = timezone.now() + timedelta(hours=1)
        assert [sweep_once_a_minute(minute), sweep_once_a_minute(minute)] == [True, False]
        assert sweep_once_a_minute(minute + timedelta(minutes=1))
