"""The account of a send in words for the desk: what its page says, and says anew every few seconds."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from newsletter.models import Delivery, Issue, Pause
from newsletter.models.delivery import MOST_COPIES
from newsletter.sending.accounting import Account, account_for
from newsletter.sending.pausing import pauses_of
from tools.figures import minute, number

_MINUTE, _HOUR = 60, 3600


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of the account. `key` is by what a script finds it on the page."""

    key: str
    label: str
    count: int
    says: str

    @property
    def text(self) -> str:
        return number(self.count)


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody in doubt or held. Without the right to see subscribers they are a number."""

    pk: int
    who: str
    state: str
    why: str
    is_held: bool
    has_had_two: bool


@dataclass(frozen=True, slots=True)
class Reckoning:
    """`sentences` by their keys; `shape` changes with everything that a script cannot put right on the page."""

    account: Account
    figures: list[Figure]
    skipped: list[tuple[str, str]]
    sentences: dict[str, str]
    named: list[Named]
    pauses: list[Pause]
    shape: str

    @property
    def more(self) -> str:
        """How many more there are than are named; nothing when all are."""
        rest = self.account.in_doubt + self.account.held - len(self.named)
        said = ngettext("%(count)s more is not named here.", "%(count)s more are not named here.", rest)
        return said % {"count": number(rest)} if rest > 0 else ""

    @property
    def live(self) -> dict[str, str]:
        """What a page that is open needs to be up to date."""
        return {**{figure.key: figure.text for figure in self.figures}, **self.sentences}


def reckon(issue: Issue, *, may_see_names: bool) -> Reckoning:
    """Four queries, whatever the size."""
    account, pauses = account_for(issue), pauses_of(issue)
    named = [_named(row, may_see_names=may_see_names) for row in account.doubtful]
    skipped = [(_reason(reason), number(count)) for reason, count in sorted(account.skipped.items())]
    shape = repr((issue.status, issue.doubt_policy, named, skipped, [(one.pk, one.ended_at) for one in pauses]))
    return Reckoning(
        account=account,
        figures=list(_figures(account)),
        skipped=skipped,
        sentences={"sum": _sum(account), "pace": _pace(account), "doubt": _doubt(account), "again": _again(account)},
        named=named,
        pauses=pauses,
        shape=hashlib.sha256(shape.encode()).hexdigest()[:16],
    )


def _figures(account: Account) -> Iterator[Figure]:
    yield Figure("expected", _("Expected"), account.expected, _("everybody it was frozen for"))
    yield Figure("queued", _("Queued"), account.queued, _("ready to go"))
    yield Figure("flight", _("In flight"), account.in_flight, _("with a worker at this moment"))
    yield Figure("accepted", _("Accepted"), account.accepted, _("their mail server took it"))
    yield Figure("rejected", _("Rejected"), account.rejected, _("their mail server refused the address for good"))
    yield Figure("deferred", _("Deferred"), account.deferred, _("refused for now; tried again by itself"))
    yield Figure("doubtful", _("In doubt"), account.in_doubt, _("sent, but no answer came"))
    yield Figure("held", _("Held"), account.held, _("waits for a person"))
    yield Figure("skipped", _("Skipped"), sum(account.skipped.values()), _("not to be mailed any more"))
    yield Figure("expired", _("Given up"), account.expired, _("tried for two days in vain"))
    yield Figure("let_go", _("Left as they are"), account.let_go, _("held, and a person left it at that"))


def _sum(account: Account) -> str:
    # What is queued is what is left: with too many settled it is less than nothing.
    counts = {"total": number(account.total - min(0, account.queued)), "expected": number(account.expected)}
    if not account.adds_up:
        return _("It does not add up: %(expected)s are expected and %(total)s are counted.") % counts
    if account.open:
        return _("It adds up: %(total)s of %(expected)s, of which %(open)s are still open.") % {
            **counts,
            "open": number(account.open),
        }
    return _("It adds up: %(total)s of %(expected)s, and everybody is settled.") % counts


def _doubt(account: Account) -> str:
    """The sentence by which one can tell how many might get two."""
    if account.issue.doubt_policy == Issue.DoubtPolicy.RESEND_ONCE:
        said = ngettext(
            "%(doubts)s in doubt; policy resend-once; at most %(twice)s reader may see it twice.",
            "%(doubts)s in doubt; policy resend-once; at most %(twice)s readers may see it twice.",
            account.twice_at_most,
        )
    else:
        said = _("%(doubts)s in doubt; policy hold; nobody sees it twice unless a person sends it again.")
    return said % {"doubts": number(account.in_doubt), "twice": number(account.twice_at_most)}


def _again(account: Account) -> str:
    """Those are no longer in doubt, and the sentence before does not count them."""
    if not account.again:
        return ""
    said = ngettext(
        "%(count)s was in doubt before and sent once more, so that it may have been seen twice.",
        "%(count)s were in doubt before and sent once more, so that they may have been seen twice.",
        account.again,
    )
    return said % {"count": number(account.again)}


def _pace(account: Account) -> str:
    if not account.per_second or account.issue.status != Issue.Status.SENDING or not account.open:
        return ""
    pace, left = account.per_second, account.left
    said = (
        _("%(pace)s a second.") % {"pace": number(round(pace))}
        if pace >= 1
        else _("%(pace)s a minute.") % {"pace": number(round(pace * _MINUTE))}
    )
    return f"{said} {_left(left)}" if left else said


def _left(seconds: float) -> str:
    if seconds < _MINUTE:
        return _("Less than a minute left.")
    if seconds < _HOUR:
        minutes = round(seconds / _MINUTE)
        said = ngettext("About %(count)s minute left.", "About %(count)s minutes left.", minutes)
        return said % {"count": number(minutes)}
    hours = round(seconds / _HOUR)
    return ngettext("About %(count)s hour left.", "About %(count)s hours left.", hours) % {"count": number(hours)}


def _named(row: Delivery, *, may_see_names: bool) -> Named:
    who = row.address if may_see_names and row.address else _("reader %(number)s") % {"number": row.subscriber_id}
    is_held = row.state == Delivery.State.HELD
    if not is_held and row.doubt_until:
        why = _("no answer may come after %(moment)s") % {"moment": minute(row.doubt_until)}
    else:
        why = _reason(row.reason)
    return Named(row.pk, str(who), str(row.get_state_display()), why, is_held, row.doubts >= MOST_COPIES)


def _reason(reason: str) -> str:
    return str(Delivery.Reason(reason).label) if reason else ""


def said_of(pause: Pause) -> dict[str, Any]:
    """Why, when, by whom and until when."""
    return {
        "why": pause.why,
        "measured": number(pause.measured) if pause.measured else "",
        "by": str(pause.by) if pause.by else "",
        "at": minute(pause.at),
        "ended": minute(pause.ended_at) if pause.ended_at else "",
    }
