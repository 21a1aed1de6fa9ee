"""What happens by itself, every minute: bursts open cases, accounts grow old enough, keys and limits are destroyed.

A worker calls `sweep` every minute. So does the vote that comes first in a minute, whatever process it reaches: the
defence works without a broker, a worker or a scheduler. All of it is harmless when it is done twice.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from tools.models import Tool
from votes import rules
from votes.models import Campaign, Case, Crowd, LimitSlot, NetKey, Vote, Voter
from votes.services.moderation import hold_votes, one_at_a_time

logger = logging.getLogger(__name__)

# One row per tool and crowd with many new choices in the window. `baseline` is the median of the same span on the
# same weekday in the four weeks before. Every part is grouped once and joined: asking for each wave anew took half a
# minute when a thousand tools were busy, and the vote that happens to sweep waits for it. A vote whose account grew old
# enough is new to the accounts' crowd and belongs to its wave; when it came is our doing, so it has no gap.
_WAVES = """
WITH recent AS (
    SELECT v.tool_id, v.crowd, v.choice, v.state, v.changed_at, v.net_group_tag,
           w.first_vote_at >= %(since)s AS is_new,
           CASE WHEN v.reason <> 'promoted' THEN v.changed_at - lag(v.changed_at) OVER (
               PARTITION BY v.tool_id, v.crowd, v.reason = 'promoted' ORDER BY v.changed_at) END AS gap
    FROM votes_vote v JOIN votes_voter w ON w.id = v.voter_id
    WHERE v.changed_at >= %(since)s AND v.changed_at <= %(until)s AND v.reason IN ('cast', 'adopted', 'promoted')
      AND v.state IN ('counted', 'pending', 'quarantined')
), waves AS (
    SELECT tool_id, crowd, count(*) AS votes,
           count(*) FILTER (WHERE choice = 1) AS ship,
           count(*) FILTER (WHERE state = 'counted') AS counted,
           count(*) FILTER (WHERE state = 'counted' AND choice = 1) AS counted_ship,
           count(*) FILTER (WHERE is_new) AS newcomers,
           CASE WHEN count(gap) = 0 THEN 1
                ELSE coalesce(stddev_pop(extract(epoch FROM gap)) / nullif(avg(extract(epoch FROM gap)), 0), 0)
           END AS variation
    FROM recent GROUP BY tool_id, crowd HAVING count(*) > %(least)s
), networks AS (
    SELECT tool_id, crowd, max(n) AS top_group
    FROM (SELECT tool_id, crowd, count(*) AS n FROM recent WHERE net_group_tag IS NOT NULL
          GROUP BY tool_id, crowd, net_group_tag) g
    GROUP BY tool_id, crowd
), past AS (
    SELECT b.tool_id, b.crowd, k, count(*) AS n
    FROM generate_series(1, %(weeks)s) k
    JOIN votes_vote b ON b.changed_at >= %(since)s - k * interval '7 days'
                     AND b.changed_at <= %(until)s - k * interval '7 days'
    GROUP BY b.tool_id, b.crowd, k
), baselines AS (
    SELECT tool_id, crowd, percentile_cont(0.5) WITHIN GROUP (ORDER BY coalesce(n, 0)) AS baseline
    FROM waves CROSS JOIN generate_series(1, %(weeks)s) k LEFT JOIN past USING (tool_id, crowd, k)
    GROUP BY tool_id, crowd
), tallies AS (
    SELECT tool_id, crowd, sum(t.ship) AS all_ship, sum(t.skip) AS all_skip
    FROM votes_tally t JOIN waves USING (tool_id, crowd) GROUP BY tool_id, crowd
)
SELECT tool_id, crowd, votes, waves.ship, counted, counted_ship, newcomers, variation,
       coalesce(top_group, 0), baseline, coalesce(all_ship, 0), coalesce(all_skip, 0)
FROM waves JOIN baselines USING (tool_id, crowd)
LEFT JOIN networks USING (tool_id, crowd) LEFT JOIN tallies USING (tool_id, crowd)
ORDER BY tool_id, crowd
"""

# The votes of accounts that have become old enough move to the accounts' crowd, wherever they stand; into a burst
# nobody grows up, there they wait like new votes.
_PROMOTE = """
UPDATE votes_vote v
SET crowd = 'account', reason = 'promoted', actor_id = NULL,
    state = CASE WHEN b.waits THEN 'pending' ELSE v.state END,
    case_id = CASE WHEN b.waits THEN votes_open_case(v.tool_id, 'account') ELSE v.case_id END
FROM (SELECT tool_id, voter_id, state = 'counted' AND votes_is_burst(tool_id, 'account') AS waits
      FROM votes_vote WHERE voter_id = ANY(%s) AND crowd = 'passing' ORDER BY tool_id, voter_id FOR UPDATE) b
WHERE v.tool_id = b.tool_id AND v.voter_id = b.voter_id
"""

_last_swept: datetime | None = None


class Wave(NamedTuple):
    """Many new choices on one tool within a window, as the database counts them."""

    tool_id: int
    crowd: str
    votes: int
    ship: int
    counted: int
    counted_ship: int
    newcomers: int
    variation: float
    top_group: int
    baseline: float
    all_ship: int
    all_skip: int

    @property
    def threshold(self) -> float:
        return rules.BASELINE_FACTOR * max(self.baseline, rules.BASELINE_FLOOR)

    @property
    def top_group_share(self) -> float:
        return self.top_group / self.votes

    @property
    def newcomer_share(self) -> float:
        return self.newcomers / self.votes

    @property
    def leading_is_ship(self) -> bool:
        return 2 * self.ship >= self.votes

    @property
    def leading_share(self) -> float:
        return max(self.ship, self.votes - self.ship) / self.votes

    @property
    def standing_share(self) -> float:
        """The leading choice's share among the votes counted before this wave; 0 when there were none."""
        ship, total = self.all_ship - self.counted_ship, self.all_ship + self.all_skip - self.counted
        if total <= 0:
            return 0.0
        return (ship if self.leading_is_ship else total - ship) / total

    def reasons(self, window: rules.Window, *, is_announced: bool) -> list[str]:
        """Why this is no ordinary wave; empty when it is one.

        A browser is new with its first vote, so newness says something of accounts alone. Over hours only what is
        odd at any speed counts. A wave that was announced may bring many new voters of one mind.
        """
        found = []
        if self.top_group_share > rules.TOP_GROUP_SHARE:
            found.append("one network")
        if self.leading_share > rules.ONE_CHOICE_SHARE and self.standing_share < rules.STANDING_SHARE:
            found += [] if is_announced else ["one choice"]
        if window == rules.BURST:
            if self.crowd == Crowd.ACCOUNT and self.newcomer_share > rules.NEW_VOTER_SHARE and not is_announced:
                found.append("new voters")
            if self.variation < rules.REGULARITY:
                found.append("regular as a clock")
        return found


def sweep(at: datetime | None = None) -> None:
    """Everything that is due now."""
    moment = at or timezone.now()
    destroy_expired(moment)
    promote_accounts(moment)
    open_cases(moment)


def sweep_once_a_minute(at: datetime) -> bool:
    """Sweep when no process has done so this minute; True when this call did.

    It follows a vote that is recorded already, so a sweep that fails is logged and never becomes the vote's answer.
    """
    global _last_swept  # noqa: PLW0603 - one process's memory of the minute it has settled
    minute = at.replace(second=0, microsecond=0)
    if _last_swept == minute:
        return False
    _last_swept = minute
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT votes_take('sweep', '', %s, 1)", [minute])
            is_ours = bool(cursor.fetchone()[0])
        if is_ours:
            sweep(at)
    except DatabaseError:
        logger.exception("The sweep of votes failed; it is tried again in a minute.")
        return False
    return is_ours


def open_cases(at: datetime) -> list[Case]:
    """A case for every tool and crowd whose new votes are a burst by the published rules; they are set aside."""
    return [
        case
        for window in (rules.BURST, rules.SLOW_WAVE)
        for wave in _waves(at, window)
        if (case := _open_case(wave, window, at))
    ]


@transaction.atomic
def promote_accounts(at: datetime) -> int:
    """Votes of accounts that are old enough and proven by now make the community's number; returns how many accounts.

    Units: `votes.rules.account_age`. A vote that is set aside stays so.
    """
    one_at_a_time()
    grown = Voter.objects.select_for_update().filter(
        is_young=True, user__verified_at__isnull=False, user__joined_at__lte=at - rules.account_age()
    )
    keys = list(grown.order_by("pk").values_list("pk", flat=True))
    if keys:
        with connection.cursor() as cursor:
            cursor.execute(_PROMOTE, [keys])
        Voter.objects.filter(pk__in=keys).update(is_young=False)
    return len(keys)


@transaction.atomic
def destroy_expired(at: datetime) -> None:
    """Destroy keys that are 48 hours old with every tag they made, and forget limits of past days."""
    one_at_a_time()
    NetKey.objects.filter(destroy_at__lte=at).delete()
    oldest_day = (at - rules.KEY_LIFETIME).astimezone(UTC).date()
    Vote.objects.filter(tag_day__lte=oldest_day).update(net_tag=None, net_group_tag=None, tag_day=None)
    LimitSlot.objects.filter(window_start__lte=at - rules.KEY_LIFETIME).delete()


def _waves(at: datetime, window: rules.Window) -> list[Wave]:
    values: dict[str, datetime | int] = {
        "since": at - window.span,
        "until": at,
        "least": window.least,
        "weeks": rules.BASELINE_WEEKS,
    }
    with connection.cursor() as cursor:
        cursor.execute(_WAVES, values)
        return [Wave(*row) for row in cursor.fetchall()]


def _open_case(wave: Wave, window: rules.Window, at: datetime) -> Case | None:
    if wave.votes <= wave.threshold:
        return None
    if Case.objects.filter(tool=wave.tool_id, crowd=wave.crowd, closed_at__isnull=True, is_burst=True).exists():
        return None
    campaign = Campaign.objects.filter(tool=wave.tool_id, starts_at__lte=at, ends_at__gte=at).first()
    reasons = wave.reasons(window, is_announced=campaign is not None)
    if not reasons:
        return None
    evidence = _evidence(wave, window, reasons)
    if campaign:
        evidence["announced"] = campaign.mark
    tool, crowd = Tool.objects.get(pk=wave.tool_id), Crowd(wave.crowd)
    return hold_votes(
        tool=tool, crowd=crowd, since=at - window.span, actor=None, reason=", ".join(reasons), evidence=evidence
    )


def _evidence(wave: Wave, window: rules.Window, reasons: list[str]) -> dict[str, Any]:
    """What the case list shows: counts and shares, nothing that points at a network or a reader."""
    return {
        "reasons": reasons,
        "minutes": int(window.span.total_seconds() // 60),
        "votes": wave.votes,
        "ship": wave.ship,
        "baseline": float(wave.baseline),
        "threshold": float(max(window.least, wave.threshold)),
        "top_group_share": round(wave.top_group_share, 3),
        "new_voter_share": round(wave.newcomer_share, 3),
        "leading_share": round(wave.leading_share, 3),
        "standing_share": round(wave.standing_share, 3),
        "variation": round(float(wave.variation), 3),
    }
