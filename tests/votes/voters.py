"""Readers who vote: accounts and browsers, each from a network of its own unless told otherwise."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any

from django.utils import timezone

from accounts.models import User
from tools.models import Tool
from votes.intervals import Community
from votes.models import Crowd, Vote
from votes.network import Tags
from votes.services import Caller, OwnVote, cast_vote, communities

_numbers = count(1)
SHIP, SKIP = int(Vote.Choice.SHIP), int(Vote.Choice.SKIP)


def make_reader(*, days: int = 30, **fields: Any) -> User:
    """A proven account that is old enough to count."""
    now = timezone.now()
    user = User.objects.create_user(f"reader{next(_numbers)}@example.org", **{"verified_at": now, **fields})
    User.objects.filter(pk=user.pk).update(joined_at=now - timedelta(days=days))
    user.refresh_from_db()
    return user


def make_tags(host: int | None = None, group: int | None = None) -> Tags:
    number = next(_numbers)
    return Tags(
        (number if host is None else host).to_bytes(32), (10**6 + number if group is None else group).to_bytes(32)
    )


def account(user: User | None = None, *, tags: Tags | None = None, is_established: bool = True) -> Caller:
    return Caller(tags or make_tags(), user_id=(user or make_reader()).pk, is_established=is_established)


def browser(*, tags: Tags | None = None) -> Caller:
    return Caller(tags or make_tags(), secret=f"browser-{next(_numbers)}".encode())


def cast(caller: Caller, tool: Tool, choice: int = SHIP) -> OwnVote:
    return cast_vote(caller=caller, tool=tool.pk, choice=choice)


def counted(tool: Tool, crowd: Crowd = Crowd.ACCOUNT) -> tuple[int, int]:
    community = communities([tool.pk]).get(tool.pk, {}).get(crowd, Community())
    return community.ship, community.skip


def states(tool: Tool) -> dict[str, int]:
    """How many votes on a tool are in each state."""
    found: dict[str, int] = {}
    for state in Vote.objects.filter(tool=tool).values_list("state", flat=True):
        found[state] = found.get(state, 0) + 1
    return found
