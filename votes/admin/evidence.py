"""Why a case is open, in plain words: each measured share beside its published threshold (votes/rules.py).

Only the figures named here are shown, whatever else a case holds: never a network tag, never a reader.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tools.figures import number, percent
from votes import rules
from votes.models import Case, Crowd

# The signs as cases and the public log keep them (votes/services/watch.py). A moderator's own words stand as typed.
SIGNS = {
    "one network": gettext_lazy("one network"),
    "one choice": gettext_lazy("one choice"),
    "new voters": gettext_lazy("new voters"),
    "regular as a clock": gettext_lazy("regular as a clock"),
}


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure of a burst; a sign is one that lies beyond its threshold and opened the case."""

    what: str
    measured: str
    threshold: str
    is_sign: bool


def kind_of(case: Case) -> str:
    """What set the votes aside."""
    if "minutes" in case.evidence:
        return "burst"
    return "moderator" if case.evidence else "limit"


def kind_text(case: Case) -> str:
    """The same in a word for the desk."""
    return {"burst": _("burst"), "moderator": _("moderator"), "limit": _("limit")}[kind_of(case)]


def reasons_text(case: Case) -> str:
    """The reasons of a case in one line."""
    reasons = [str(SIGNS.get(reason, reason)) for reason in map(str, case.evidence.get("reasons", ()))]
    return ", ".join(reasons) or _("more votes than the limits allow")


def evidence_text(case: Case) -> list[str]:
    """What happened, as sentences."""
    said = _("While it is open, new votes of %(crowd)s on this tool wait too.")
    waiting = [said % {"crowd": case.get_crowd_display()}]
    match kind_of(case):
        case "burst":
            return [*_burst_text(case), *waiting]
        case "moderator":
            held = _("A moderator held these votes: %(reasons)s.") % {"reasons": reasons_text(case)}
            return [held, *(waiting if case.is_burst else [])]
    limits = _(
        "Limits a day: %(by_address)s signed-out votes on a tool from one address and %(by_network)s from one network, "
        "%(browsers)s new browsers from one address, %(accounts)s accounts from one network that vote for the first "
        "time."
    )
    return [
        _("A limit held these votes back; none of them was counted."),
        limits
        % {
            "by_address": rules.PASSING_PER_ADDRESS_AND_TOOL,
            "by_network": rules.PASSING_PER_GROUP_AND_TOOL,
            "browsers": rules.NEW_READERS_PER_ADDRESS,
            "accounts": rules.NEW_ACCOUNTS_PER_GROUP,
        },
    ]


def evidence_measures(case: Case) -> list[Measure]:
    """The measured shares of a burst beside the published thresholds; empty for other cases."""
    if kind_of(case) != "burst":
        return []
    seen, reasons = case.evidence, case.evidence.get("reasons", ())
    one_choice = _("more than %(share)s, with less than %(standing)s before") % {
        "share": _percent(rules.ONE_CHOICE_SHARE),
        "standing": _percent(rules.STANDING_SHARE),
    }
    rows = [
        (_("From one network"), "top_group_share", _more_than(rules.TOP_GROUP_SHARE), "one network"),
        (_("Voters new to us"), "new_voter_share", _more_than(rules.NEW_VOTER_SHARE), "new voters"),
        (_("Of one choice"), "leading_share", one_choice, "one choice"),
        (_("That choice before"), "standing_share", _less_than(rules.STANDING_SHARE), "one choice"),
        (_("Gaps between votes vary by"), "variation", _less_than(rules.REGULARITY), "regular as a clock"),
    ]
    return [
        Measure(what, _share(seen, key), _not_asked(case, key) or threshold, reason in reasons)
        for what, key, threshold, reason in rows
    ]


def _burst_text(case: Case) -> list[str]:
    seen = case.evidence
    came = _("Within %(span)s, %(votes)s votes of %(crowd)s came: %(ship)s ship, %(skip)s skip.") % {
        "span": _span_text(seen["minutes"]),
        "votes": seen["votes"],
        "crowd": case.get_crowd_display(),
        "ship": seen["ship"],
        "skip": seen["votes"] - seen["ship"],
    }
    usual = _(
        "Usual at this hour of the week are %(baseline)s. More than %(threshold)s are a wave: %(factor)s times what is "
        "usual, at least %(least)s, and more than %(slow)s over hours. A wave with at least one sign is a burst."
    ) % {
        "baseline": f"{seen['baseline']:g}",
        "threshold": f"{seen['threshold']:g}",
        "factor": rules.BASELINE_FACTOR,
        "least": rules.BASELINE_FACTOR * rules.BASELINE_FLOOR,
        "slow": rules.SLOW_WAVE.least,
    }
    announced = _("The wave was announced: %(mark)s.")
    return [came, usual, *([announced % {"mark": seen["announced"]}] if "announced" in seen else [])]


def _span_text(minutes: int) -> str:
    if minutes < 60:
        return ngettext("%(count)s minute", "%(count)s minutes", minutes) % {"count": minutes}
    return ngettext("%(count)s hour", "%(count)s hours", minutes // 60) % {"count": minutes // 60}


def _not_asked(case: Case, key: str) -> str:
    """Why a share was measured and decided nothing; empty when it could have."""
    is_slow = case.evidence["minutes"] > rules.BURST.span.total_seconds() / 60
    if key == "new_voter_share" and case.crowd == Crowd.PASSING:
        return _("not asked: every browser is new with its first vote")
    if key in ("new_voter_share", "variation") and is_slow:
        return _("not asked over hours")
    if key in ("new_voter_share", "leading_share", "standing_share") and "announced" in case.evidence:
        return _("not asked of an announced wave")
    return ""


def _share(seen: Mapping[str, Any], key: str) -> str:
    return _tenths(seen[key]) if key in seen else _("not measured")


def _tenths(share: Any) -> str:
    return _("%(number)s%%") % {"number": number(Decimal(f"{100 * float(share):.1f}"))}


def _more_than(share: float) -> str:
    return _("more than %(share)s") % {"share": _percent(share)}


def _less_than(share: float) -> str:
    return _("less than %(share)s") % {"share": _percent(share)}


def _percent(share: float) -> str:
    return percent(round(100 * share))
