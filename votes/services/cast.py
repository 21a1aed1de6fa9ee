"""Casting, changing and withdrawing a vote, and what happens to a browser's votes when its reader signs in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from editorial.reads import CompiledRead
from tools.models import Tool
from votes import locks, rules
from votes.intervals import Community
from votes.models import Crowd, Vote, Voter
from votes.network import Tags

_LIMITS = ", ".join(map(str, rules.limits()))
_CAST = f"votes_cast({{tool}}, %s, %s, %s, %s, %s, %s, %s, ARRAY[{_LIMITS}], %s)"
_BY_KEY = f"SELECT outcome, choice, state, crowd FROM {_CAST.format(tool='%s')}"  # noqa: S608 - our own words
_BY_SLUG = f"""
SELECT outcome, choice, state, crowd, CASE WHEN %s THEN votes_numbers(counted_on) END
FROM ({{published}}) t, {_CAST.format(tool="t.pk")}
"""  # noqa: S608 - our own words

_OWN = """
SELECT tool_id, choice, state, crowd FROM votes_vote
WHERE voter_id = (SELECT id FROM votes_voter WHERE CASE WHEN %(user)s::bigint IS NULL THEN secret_hash = %(secret)s
                                                        ELSE user_id = %(user)s END)
  AND tool_id = ANY(%(tools)s) AND state <> 'withdrawn'
"""

WITHDRAW = 0


class VoteRefusedError(Exception):
    """The vote was not taken, and nothing was changed."""


class TooManyChangesError(VoteRefusedError):
    """This reader changed too many votes within the minute or the hour."""


class VotingPausedError(VoteRefusedError):
    """A moderator paused voting on this tool."""


class NoSuchToolError(VoteRefusedError):
    """No published tool has this address."""


class BrowserAdoptedError(VoteRefusedError):
    """This browser's votes belong to an account by now: it needs a new secret to vote signed out."""


class VoteStanding(StrEnum):
    """Where a reader's vote stands, in the words of the page."""

    INKED = "inked"  # counts as an account's vote
    PENCILLED = "pencilled"  # counts among readers passing by
    PENDING = "pending"  # received, counted after review
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who votes, and from where. An account has a `user_id`, a browser the `secret` of its cookie."""

    tags: Tags
    user_id: int | None = None
    is_established: bool = False
    secret: bytes = b""

    @property
    def secret_hash(self) -> bytes | None:
        return None if self.user_id is not None else hashlib.sha256(self.secret).digest()


@dataclass(frozen=True, slots=True)
class OwnVote:
    """A reader's vote on one tool; `choice` is None when there is none. A void vote stands like one under review."""

    choice: Vote.Choice | None = None
    standing: VoteStanding = VoteStanding.NONE
    is_void: bool = False

    @classmethod
    def of(cls, choice: int, state: str | None, crowd: str | None) -> OwnVote:
        if not choice or state == Vote.State.WITHDRAWN:
            return cls()
        if state != Vote.State.COUNTED:
            return cls(Vote.Choice(choice), VoteStanding.PENDING, state == Vote.State.VOID)
        return cls(Vote.Choice(choice), VoteStanding.INKED if crowd == Crowd.ACCOUNT else VoteStanding.PENCILLED)


def is_established(user: User, at: datetime) -> bool:
    """Whether votes of this account make the community's number: a proven address, and old enough (rules.py)."""
    return user.verified_at is not None and user.joined_at <= at - rules.account_age()


def cast_vote(*, caller: Caller, tool: int, choice: int, at: datetime | None = None) -> OwnVote:
    """Set a reader's choice on a tool (SHIP 1, SKIP -1, WITHDRAW 0); one statement, one transaction.

    Repeating it changes nothing. TooManyChangesError, VotingPausedError and BrowserAdoptedError change nothing either.
    """
    return _own_vote(_call(caller, tool, choice, at or timezone.now(), None))


def cast_vote_by_slug(
    *, caller: Caller, slug: str, choice: int, at: datetime | None = None, with_numbers: bool = False
) -> tuple[OwnVote, dict[Crowd, Community]]:
    """Like `cast_vote`, on the published tool at an address, with the numbers it led to; all in one statement.

    Without `with_numbers` there are none. NoSuchToolError when no tool has the address.
    """
    sql, values = _published.statement(slugs=[slug])
    values = [with_numbers, *values, *_values(caller, choice, at or timezone.now(), None)]
    with connection.cursor() as cursor:
        cursor.execute(_BY_SLUG.format(published=sql), values)
        row = cursor.fetchone()
    if row is None:
        raise NoSuchToolError
    *cast, numbers = row
    ship, skip, passing_ship, passing_skip = numbers or (0, 0, 0, 0)
    crowds = {Crowd.ACCOUNT: Community(ship, skip), Crowd.PASSING: Community(passing_ship, passing_skip)}
    return _own_vote(_Cast(*cast)), crowds if with_numbers else {}


def own_votes(*, caller: Caller, tools: Iterable[int]) -> dict[int, OwnVote]:
    """The reader's votes on these tools, by tool; one query. Tools without one are left out."""
    values = {"user": caller.user_id, "secret": caller.secret_hash, "tools": list(tools)}
    with connection.cursor() as cursor:
        cursor.execute(_OWN, values)
        return {tool: OwnVote.of(choice, state, crowd) for tool, choice, state, crowd in cursor.fetchall()}


@transaction.atomic
def adopt_votes(*, secret: bytes, account: Caller, at: datetime | None = None) -> int:
    """On signing in, a browser's votes become the account's; where the account has voted already, its own vote stays.

    The browser's votes are void afterwards, so that nobody is counted twice; doing it again changes nothing. Returns
    how many were adopted.
    """
    moment, secret_hash = at or timezone.now(), hashlib.sha256(secret).digest()
    _wait_for_browser(secret_hash)
    browser = (
        Voter.objects.select_for_update().filter(secret_hash=secret_hash).exclude(state=Voter.State.ADOPTED).first()
    )
    if browser is None:
        return 0
    browser.state = Voter.State.ADOPTED
    browser.save(update_fields=["state"])
    votes = Vote.objects.filter(voter=browser).exclude(state__in=(Vote.State.VOID, Vote.State.WITHDRAWN))
    mine = list(votes.order_by("tool_id").values_list("tool_id", "choice", "state"))
    votes.update(state=Vote.State.VOID, reason="adopted")
    return sum(_call(account, tool, choice, moment, state).outcome == "changed" for tool, choice, state in mine)


def _wait_for_browser(secret_hash: bytes) -> None:
    """Let moderators' bulk changes and a click of this very browser pass first: each would touch the same rows.

    The click has to be over before its votes are read, or one that nobody saw would count beside the account's.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s, 0)", [locks.MANY])
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, (id %% 2147483647)::integer) FROM votes_voter WHERE secret_hash = %s",
            [locks.READER, secret_hash],
        )


class _Cast(NamedTuple):
    """A row of the database's `votes_cast`."""

    outcome: str
    choice: int
    state: str | None
    crowd: str | None


def _call(caller: Caller, tool: int, choice: int, at: datetime, adopted: str | None) -> _Cast:
    with connection.cursor() as cursor:
        cursor.execute(_BY_KEY, [tool, *_values(caller, choice, at, adopted)])
        return _Cast(*cursor.fetchone())


def _values(caller: Caller, choice: int, at: datetime, adopted: str | None) -> list[Any]:
    """What `_CAST` is called with, after the tool."""
    reader = (caller.user_id, caller.secret_hash, caller.is_established)
    return [*reader, int(choice), caller.tags.host, caller.tags.group, at, adopted]


def _own_vote(cast: _Cast) -> OwnVote:
    if cast.outcome in _REFUSALS:
        raise _REFUSALS[cast.outcome]
    return OwnVote.of(cast.choice, cast.state, cast.crowd)


_REFUSALS = {
    "limited": TooManyChangesError,
    "frozen": VotingPausedError,
    "adopted": BrowserAdoptedError,
}
_published = CompiledRead(lambda slugs: Tool.objects.published().addressed_by(slugs).order_by().values_list("pk"))
