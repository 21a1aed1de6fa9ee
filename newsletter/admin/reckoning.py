"""The account of a send in words for the desk: what its page says, and says anew every few seconds."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from newsletter.heartbeats import silence
from newsletter.models import Carrier, Delivery, Issue, Pause
from newsletter.models.delivery import MOST_COPIES
from newsletter.sending.accounting import Account, account_for
from newsletter.sending.carriers import carrier_name
from newsletter.sending.guard import in_the_way
from newsletter.sending.pausing import Measures, pauses_of
from tools.figures import minute, number

MOVING = (Issue.Status.FROZEN, Issue.Status.SENDING, Issue.Status.PAUSED, Issue.Status.CANCELLED)
_MINUTE, _HOUR = 60, 3600
_FRESH = timedelta(minutes=1)


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
    sentences: dict[str, str]
    named: list[Named]
    pauses: list[Pause]
    halts: list[str]
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
        told = {f"{figure.key}-says": figure.says for figure in self.figures}
        return {**{figure.key: figure.text for figure in self.figures}, **told, **self.sentences}


def reckon(issue: Issue, *, may_see_names: bool) -> Reckoning:
    """A fixed number of queries, whatever the size."""
    account, pauses, halts = account_for(issue), pauses_of(issue), halts_of(issue)
    named = [_named(row, may_see_names=may_see_names) for row in account.doubtful]
    standing = (issue.status, issue.doubt_policy, account.held, account.adds_up, halts)
    shape = repr((standing, named, [(one.pk, one.ended_at) for one in pauses]))
    return Reckoning(
        account=account,
        figures=list(_figures(account)),
        sentences={
            "sum": _sum(account),
            "pace": _pace(account, timezone.now()),
            "doubt": _doubt(account),
            "again": _again(account),
            "complaints": _complaints(account),
        },
        named=named,
        pauses=pauses,
        halts=halts,
        shape=hashlib.sha256(shape.encode()).hexdigest()[:16],
    )


def halts_of(issue: Issue) -> list[str]:
    """Why nothing goes out although nobody has paused it, as sentences; at most four queries."""
    found = [in_the_way()]
    if issue.status in (Issue.Status.FROZEN, Issue.Status.SENDING):
        failing = Carrier.objects.filter(name=carrier_name(), failures__gt=0).values_list("said", flat=True)
        broken = _("The mail server does not do what it should; it is tried again by itself. It says: %(said)s")
        found += [silence(), *(broken % {"said": said or _("nothing")} for said in failing)]
    return [said for said in found if said]


def _figures(account: Account) -> Iterator[Figure]:
    yield Figure("expected", _("Expected"), account.expected, _("everybody it was frozen for"))
    yield Figure("queued", _("Queued"), account.queued, _("ready to go"))
    yield Figure("flight", _("In flight"), account.in_flight, _("with a worker at this moment"))
    yield Figure(
        "accepted", _("Accepted"), account.accepted, _("our mail server or provider took it; it may still bounce")
    )
    yield Figure("rejected", _("Rejected"), account.rejected, _("refused for good"))
    yield Figure("deferred", _("Deferred"), account.deferred, _("refused for now; tried again by itself"))
    yield Figure("doubtful", _("In doubt"), account.in_doubt, _("sent, but no answer came"))
    yield Figure("held", _("Held"), account.held, _("waits for a person"))
    yield Figure("skipped", _("Skipped"), sum(account.skipped.values()), _skipped(account))
    yield Figure("expired", _("Given up"), account.expired, _("eight tries, or two days, in vain"))
    left = _("held, and left at that by a person, or when the issue was called off")
    yield Figure("let_go", _("Left as they are"), account.let_go, left)
    yield Figure("bounced", _("Bounced"), account.bounced, _("came back after they were accepted"))
    yield Figure("complained", _("Complained"), account.complained, _("called it spam, as far as we were told"))


def _skipped(account: Account) -> str:
    said = _("not to be mailed any more")
    reasons = [f"{number(count)} {_reason(reason)}" for reason, count in sorted(account.skipped.items())]
    return f"{said}: {', '.join(reasons)}" if reasons else said


def _sum(account: Account) -> str:
    # What is queued is what is left: with too many settled it is less than nothing.
    counts = {"total": number(account.total - min(0, account.queued)), "expected": number(account.expected)}
    if not account.adds_up:
        return _("It does not add up: %(expected)s are expected and %(total)s are counted.") % counts
    if account.open:
        settled = number(sum(account.settled.values()))
        said = _("%(settled)s of %(expected)s are settled, %(open)s are still open.")
        return said % {**counts, "settled": settled, "open": number(account.open)}
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


def _complaints(account: Account) -> str:
    """One in a thousand is where providers begin to frown."""
    measures = Measures(account.accepted, account.rejected, account.in_doubt, account.bounced, account.complained)
    if not measures.has_complaints:
        return ""
    return _("One in a thousand or more call it spam: see whether everybody on the list wanted to be there.")


def _pace(account: Account, now: datetime) -> str:
    """Nothing when nobody is being sent to at this moment: an old pace foretells nothing."""
    pace, left = account.per_second, account.left
    is_idle = account.last_at is None or now - account.last_at > _FRESH
    if is_idle or not left or account.issue.status != Issue.Status.SENDING:
        return ""
    said = (
        _("%(pace)s a second.") % {"pace": number(round(pace))}
        if pace >= 1
        else _("%(pace)s a minute.") % {"pace": number(round(pace * _MINUTE))}
    )
    return f"{said} {_left(left)}"


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
