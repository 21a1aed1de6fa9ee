"""Why a case is open, in plain words: each measured share beside its published threshold (votes/rules.py).

Only the figures named here are shown, whatever else a case holds: never a network tag, never a reader.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from votes import rules
from votes.models import Case, Crowd


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


def reasons_text(case: Case) -> str:
    """The reasons of a case in one line."""
    return ", ".join(map(str, case.evidence.get("reasons", ()))) or "more votes than the limits allow"


def evidence_text(case: Case) -> list[str]:
    """What happened, as sentences."""
    waiting = [f"While it is open, new votes of {case.get_crowd_display()} on this tool wait too."]
    match kind_of(case):
        case "burst":
            return [*_burst_text(case), *waiting]
        case "moderator":
            return [f"A moderator held these votes: {reasons_text(case)}.", *(waiting if case.is_burst else [])]
    return [
        "A limit held these votes back; none of them was counted.",
        f"Limits a day: {rules.PASSING_PER_ADDRESS_AND_TOOL} signed-out votes on a tool from one address and "
        f"{rules.PASSING_PER_GROUP_AND_TOOL} from one network, {rules.NEW_READERS_PER_ADDRESS} new browsers from one "
        f"address, {rules.NEW_ACCOUNTS_PER_GROUP} accounts from one network that vote for the first time.",
    ]


def evidence_measures(case: Case) -> list[Measure]:
    """The measured shares of a burst beside the published thresholds; empty for other cases."""
    if kind_of(case) != "burst":
        return []
    seen, reasons = case.evidence, case.evidence.get("reasons", ())
    one_choice = f"more than {_percent(rules.ONE_CHOICE_SHARE)}, with less than {_percent(rules.STANDING_SHARE)} before"
    rows = [
        ("From one network", "top_group_share", f"more than {_percent(rules.TOP_GROUP_SHARE)}", "one network"),
        ("Voters new to us", "new_voter_share", f"more than {_percent(rules.NEW_VOTER_SHARE)}", "new voters"),
        ("Of one choice", "leading_share", one_choice, "one choice"),
        ("That choice before", "standing_share", f"less than {_percent(rules.STANDING_SHARE)}", "one choice"),
        ("Gaps between votes vary by", "variation", f"less than {_percent(rules.REGULARITY)}", "regular as a clock"),
    ]
    return [
        Measure(what, _share(seen, key), _not_asked(case, key) or threshold, reason in reasons)
        for what, key, threshold, reason in rows
    ]


def _burst_text(case: Case) -> list[str]:
    seen = case.evidence
    span = f"{seen['minutes']} minutes" if seen["minutes"] < 60 else f"{seen['minutes'] // 60} hours"
    return [
        f"Within {span}, {seen['votes']} votes of {case.get_crowd_display()} came: {seen['ship']} ship, "
        f"{seen['votes'] - seen['ship']} skip.",
        f"Usual at this hour of the week are {seen['baseline']:g}. More than {seen['threshold']:g} are a wave: "
        f"{rules.BASELINE_FACTOR} times what is usual, at least {rules.BASELINE_FACTOR * rules.BASELINE_FLOOR}, and "
        f"more than {rules.SLOW_WAVE.least} over hours. A wave with at least one sign is a burst.",
        *([f"The wave was announced: {seen['announced']}."] if "announced" in seen else []),
    ]


def _not_asked(case: Case, key: str) -> str:
    """Why a share was measured and decided nothing; empty when it could have."""
    is_slow = case.evidence["minutes"] > rules.BURST.span.total_seconds() / 60
    if key == "new_voter_share" and case.crowd == Crowd.PASSING:
        return "not asked: every browser is new with its first vote"
    if key in ("new_voter_share", "variation") and is_slow:
        return "not asked over hours"
    if key in ("new_voter_share", "leading_share", "standing_share") and "announced" in case.evidence:
        return "not asked of an announced wave"
    return ""


def _share(seen: Mapping[str, Any], key: str) -> str:
    return f"{100 * float(seen[key]):.1f}%" if key in seen else "not measured"


def _percent(share: float) -> str:
    return f"{round(100 * share)}%"
