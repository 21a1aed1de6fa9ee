"""V5, V6 and V16: accounts that belong to one hand, the slow wave of them, and the same network the next day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from ipaddress import ip_address

from django.utils import timezone

from accounts.models import User
from attacks.findings import Finding, at_most, burst_cases, counts, ever_counted, exactly, no_error, said, tally_agrees
from attacks.stage import Stage
from testbed.traffic import addresses_of, ballot, flood
from tools.models import Tool
from votes.intervals import Community, shared_ranks, wilson_interval
from votes.models import Crowd, Vote
from votes.network import tags_of
from votes.rules import NEW_ACCOUNTS_PER_GROUP, PASSING_PER_ADDRESS_AND_TOOL, PASSING_PER_GROUP_AND_TOOL
from votes.services import Caller, cast_vote, communities, sweep

SHIP, SKIP = int(Vote.Choice.SHIP), int(Vote.Choice.SKIP)
STANDING_VOTES = 200  # what each tool of the leaderboard has before the attack


def sock_puppets(stage: Stage) -> list[Finding]:
    """V5: 500 proven accounts of one /24, made today, at a site that counts accounts at once and at one that waits."""
    return [*_puppets(stage, hours=0), *_puppets(stage, hours=72)]


def _puppets(stage: Stage, *, hours: int) -> list[Finding]:
    stage.stay_within_a_day()
    field = [stage.tool() for _ in range(3)]
    target = field[1]
    for tool, percent in zip(field, (90, 75, 60), strict=True):
        _earlier_votes(stage, tool, STANDING_VOTES, percent)
    before, ranks = counts(target, Crowd.ACCOUNT), _ranks(field)
    puppets = stage.accounts(stage.size(500, 40), age=timedelta(minutes=5))
    readers = [
        stage.signed_in(user, address)
        for user, address in zip(puppets, addresses_of(stage.network(), len(puppets)), strict=True)
    ]
    port = stage.server(VOTE_ACCOUNT_AGE_HOURS=str(hours)).port
    statuses = flood(port, [ballot(target.slug, "ship", reader) for reader in readers])
    mine = Vote.objects.filter(tool=target, voter__user__in=puppets)
    counted = mine.filter(state=Vote.State.COUNTED)
    as_accounts = counted.filter(crowd=Crowd.ACCOUNT).count()
    age = f"age {hours} h: "
    return [
        exactly(f"{age}votes received", mine.count(), len(puppets)),
        at_most(f"{age}counted of {len(puppets)}", counted.count(), NEW_ACCOUNTS_PER_GROUP),
        exactly(f"{age}account tally grew by", sum(counts(target, Crowd.ACCOUNT)) - sum(before), as_accounts),
        exactly(f"{age}ranks of three tools at 90, 75 and 60 % of 200", _ranks(field), ranks),
        no_error(statuses),
        tally_agrees(target),
        said(f"{age}counted as accounts; as readers passing by", f"{as_accounts}; {counted.count() - as_accounts}"),
    ]


def slow_wave(stage: Stage) -> list[Finding]:
    """V6, the hard one: 300 accounts a year old, each from a network of its own, over six hours."""
    return [*_wave(stage, percent=100), *_wave(stage, percent=90)]


def _wave(stage: Stage, *, percent: int) -> list[Finding]:
    """The six hours pass in the service's own time: a sweep a minute, as the first vote of a minute does it."""
    tool, people = stage.tool(), 300
    _earlier_votes(stage, tool, STANDING_VOTES, 50)
    begin = timezone.now() - timedelta(hours=6)
    moments = sorted(begin + timedelta(seconds=stage.chance.uniform(0, 6 * 3600 - 1)) for _ in range(people))
    ships = [n < people * percent // 100 for n in range(people)]
    stage.chance.shuffle(ships)
    minute, opened_after = begin, None
    for number, (user, is_ship, at) in enumerate(
        zip(stage.accounts(people, age=timedelta(days=400)), ships, moments, strict=True), start=1
    ):
        while minute < at:
            sweep(minute)
            minute += timedelta(minutes=stage.size(1, 10))
        _cast(user, stage.address(), tool, SHIP if is_ship else SKIP, at)
        if opened_after is None and burst_cases(tool, Crowd.ACCOUNT):
            opened_after = number
    sweep()
    return _wave_findings(tool, percent, people, opened_after)


def _wave_findings(tool: Tool, percent: int, people: int, opened_after: int | None) -> list[Finding]:
    ship, skip = counts(tool, Crowd.ACCOUNT)
    cases = burst_cases(tool, Crowd.ACCOUNT)
    name = f"{percent} % ship: "
    outcome = f"after {opened_after or people} votes" if cases else "no case opened"
    moved = said(
        f"{name}community, 50 % of {STANDING_VOTES} before",
        f"{100 * ship / (ship + skip):.0f} % of {ship + skip}",
        f"{ever_counted(tool, Crowd.ACCOUNT) - STANDING_VOTES} counted for a time",
    )
    if percent == 100:
        return [Finding(f"{name}case of direction", outcome, "opens", bool(cases)), moved, tally_agrees(tool)]
    return [said(f"{name}case of direction", outcome, "the stated limit"), moved, tally_agrees(tool)]


def next_day(stage: Stage) -> list[Finding]:
    """V16: a network that has used up its day comes back the next day with new browsers."""
    stage.stay_within_a_day()
    tool, network, today = stage.tool(), stage.network(), timezone.now()
    gains = []
    for day in range(3):
        before = ever_counted(tool, Crowd.PASSING)
        for address in addresses_of(network, stage.size(100, 30)):
            _cast(None, address, tool, SHIP, today + timedelta(days=day))
        gains.append(ever_counted(tool, Crowd.PASSING) - before)
    address = stage.address()
    alone = stage.tool()
    for day in range(2):
        for _ in range(10):
            _cast(None, address, alone, SHIP, today + timedelta(days=day))
    return [
        at_most("gain of one /24 on any of three days", max(gains), PASSING_PER_GROUP_AND_TOOL),
        at_most(
            "gain of one address in two days", ever_counted(alone, Crowd.PASSING), 2 * PASSING_PER_ADDRESS_AND_TOOL
        ),
        exactly("account tally", counts(tool, Crowd.ACCOUNT), (0, 0)),
        said("gains of the /24, day by day", ", ".join(map(str, gains)), "no matching across days"),
    ]


_browsers = iter(range(10**9))


def _cast(user: User | None, address: str, tool: Tool, choice: int, at: datetime) -> None:
    tags = tags_of(ip_address(address), at)
    if user:
        caller = Caller(tags, user_id=user.pk, is_established=True)
    else:
        caller = Caller(tags, secret=f"puppet-{next(_browsers)}".encode())
    cast_vote(caller=caller, tool=tool.pk, choice=choice, at=at)


def _earlier_votes(stage: Stage, tool: Tool, count: int, ship_percent: int) -> None:
    """Accounts that voted over the last months, from everywhere."""
    now, ships = timezone.now(), count * ship_percent // 100
    for number, user in enumerate(stage.accounts(count, age=timedelta(days=400))):
        at = now - timedelta(days=20 + stage.chance.uniform(0, 200))
        _cast(user, stage.address(), tool, SHIP if number < ships else SKIP, at)


def _ranks(field: Sequence[Tool]) -> list[int]:
    """The leaderboard's ranks of these tools among themselves, in their order here."""
    crowds = communities([tool.pk for tool in field])
    counted = {tool.pk: crowds.get(tool.pk, {}).get(Crowd.ACCOUNT, Community()) for tool in field}
    order = sorted(
        (key for key, one in counted.items() if one.total), key=lambda key: _bound(counted[key]), reverse=True
    )
    ranks = dict(zip(order, shared_ranks([counted[key] for key in order]), strict=True))
    return [ranks[tool.pk] for tool in field]


def _bound(community: Community) -> float:
    return wilson_interval(community.ship, community.total)[0]
