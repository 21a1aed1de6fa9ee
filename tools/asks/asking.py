"""What a reader does: ask for a tool that is not here, take it back, stop the mail about it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _

from accounts.models import User
from tools.figures import number
from tools.matching import KEY_LENGTH, Keys, name_key, website_key
from tools.models import Ask, AskMailStop, Tool, WantedTool

HOURLY_LIMIT = 3
DAILY_LIMIT = 10
_LEDGER = 7_263_001  # any number that nothing else here locks


class AlreadyHereError(Exception):
    """The tool is published. `is_same_name` is False when only its website says so: a maker may have several."""

    def __init__(self, tool: PublicTool, *, is_same_name: bool) -> None:
        super().__init__(f"{tool.name} is here already.")
        self.tool = tool
        self.is_same_name = is_same_name


class TooManyAsksError(Exception):
    """Words for a reader who has asked as often as an account may."""


class PublicTool(NamedTuple):
    pk: int
    slug: str
    name: str
    website: str


@dataclass(frozen=True, slots=True)
class Wish:
    """What a reader typed, checked. `is_apart`: they say it is not the tool that stands on the same website."""

    name: str
    website: str
    why: str = ""
    wants_mail: bool = True
    is_apart: bool = False

    @property
    def keys(self) -> Keys:
        keys = Keys.of(self.name, self.website)
        return Keys(keys.name, f"{keys.website} {keys.name}"[:KEY_LENGTH]) if self.is_apart else keys


class Shelf:
    """Every public tool by what it is recognised by; of several on one website the newest."""

    def __init__(self) -> None:
        rows = Tool.objects.published().order_by("published_at").values_list("pk", "slug", "name", "website")
        self.by_pk = {row[0]: PublicTool(*row) for row in rows}
        self.by_name = {name_key(tool.name): tool for tool in self.by_pk.values()}
        self.by_website = {website_key(tool.website): tool for tool in self.by_pk.values()}


@contextmanager
def ledger() -> Iterator[None]:
    """A transaction that has the asks to itself. Asks, merges and tellings are rare and short: they take turns, so
    that none of them ever has to wonder what another one is about to write.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LEDGER])
        yield


def find_wanted(wish: Wish) -> WantedTool | None:
    """The wanted tool that a wish belongs to, or None when nobody has asked; AlreadyHereError when it is published.

    A name is the surer sign. Drafts are not looked at, so that no answer tells whether there is one.
    """
    keys, shelf = wish.keys, Shelf()
    if keys.name in shelf.by_name:
        raise AlreadyHereError(shelf.by_name[keys.name], is_same_name=True)
    known = WantedTool.objects.recognised_by(keys).select_related("merged_into").first()
    if keys.website in shelf.by_website and (known is None or known.name_key != keys.name):
        raise AlreadyHereError(shelf.by_website[keys.website], is_same_name=False)
    wanted = (known.merged_into or known) if known else None
    if wanted and wanted.state == WantedTool.State.PUBLISHED and wanted.tool_id in shelf.by_pk:
        raise AlreadyHereError(shelf.by_pk[wanted.tool_id], is_same_name=True)
    return wanted


def ask_for(*, user: User, wish: Wish) -> tuple[Ask, bool]:
    """A reader's ask for a tool, and whether it is new: asking twice is one ask.

    AlreadyHereError when the tool is published, TooManyAsksError when the account has asked too often.
    """
    with ledger():
        wanted = find_wanted(wish) or WantedTool.objects.create(
            name=wish.name, website=wish.website, name_key=wish.keys.name, website_key=wish.keys.website
        )
        old = Ask.objects.filter(wanted_tool=wanted, user=user).first()
        if old and old.told_at is None:
            return old, False
        _check_limits(user)
        if old:  # told once, and the tool was withdrawn since: this is a new wish
            old.delete()
        if wanted.state == WantedTool.State.PUBLISHED:
            wanted.state = WantedTool.State.OPEN
            wanted.save(update_fields=["state"])
        return Ask.objects.create(wanted_tool=wanted, user=user, why=wish.why, wants_mail=wish.wants_mail), True


def _check_limits(user: User) -> None:
    now = timezone.now()
    times = list(
        Ask.objects.filter(user=user, asked_at__gt=now - timedelta(days=1))
        .order_by("-asked_at")
        .values_list("asked_at", flat=True)
    )
    free_at = []
    if len(times) >= DAILY_LIMIT:
        free_at.append(times[DAILY_LIMIT - 1] + timedelta(days=1))
    if len(times) >= HOURLY_LIMIT and times[HOURLY_LIMIT - 1] > now - timedelta(hours=1):
        free_at.append(times[HOURLY_LIMIT - 1] + timedelta(hours=1))
    if free_at:
        raise TooManyAsksError(
            _(
                "An account may ask for %(hourly)s tools an hour and %(daily)s a day. "
                "You can ask again after %(time)s UTC."
            )
            % {
                "hourly": number(HOURLY_LIMIT),
                "daily": number(DAILY_LIMIT),
                "time": time_format(max(free_at) + timedelta(minutes=1)),
            }
        )


def take_back(*, user: User, pk: int) -> bool:
    """Delete a reader's own ask, and the wanted tool when nobody else asked for it; False when it is not theirs."""
    with ledger():
        ask = Ask.objects.filter(pk=pk, user=user).first()
        if ask is None:
            return False
        ask.delete()
        WantedTool.objects.filter(pk=ask.wanted_tool_id, state=WantedTool.State.OPEN, tool=None, asks=None).delete()
        return True


def stop_mail(user_pk: int) -> None:
    """No mail about asked tools to this account any more, whatever it asks for later. Harmless twice."""
    user = User.objects.filter(pk=user_pk).first()
    if user:
        AskMailStop.objects.get_or_create(user=user)


def resume_mail(user: User) -> None:
    AskMailStop.objects.filter(user=user).delete()


def is_mail_stopped(user: User) -> bool:
    return AskMailStop.objects.filter(user=user).exists()


def records_of_asks(user: User) -> list[dict[str, Any]]:
    """What a reader asked for, in plain values, for the export of their own records."""
    return [
        {
            "name": ask.wanted_tool.name,
            "website": ask.wanted_tool.website,
            "why": ask.why,
            "asked_at": ask.asked_at.isoformat(),
            "wants_mail": ask.wants_mail,
            "told_at": ask.told_at.isoformat() if ask.told_at else None,
        }
        for ask in Ask.objects.filter(user=user).select_related("wanted_tool")
    ]


def records_of_mail_stops(user: User) -> list[dict[str, Any]]:
    return [{"stopped_at": stop.stopped_at.isoformat()} for stop in AskMailStop.objects.filter(user=user)]
