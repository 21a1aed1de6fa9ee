"""Votes on a tool that becomes part of another: one of each reader counts, and none is lost on the way.

Rows stay where they were cast (the database refuses to move one). A vote is written anew on the other tool, with its
day of casting, or the reader's vote there changes; the old one is void, and both are recorded as events.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from tools.models import Tool
from votes import locks
from votes.models import Campaign, Case, Freeze, Moderation, Vote
from votes.services.moderation import announce_wave, one_at_a_time

MERGED = "merged"

# When a reader last chose on a tool, or on one that has become part of it.
_CHOSEN = """greatest({vote}.cast_at, (
    SELECT max(e.at) FROM votes_voteevent e
    WHERE e.voter_id = {vote}.voter_id AND e.reason IN ('cast', 'adopted')
      AND (e.tool_id = {vote}.tool_id OR e.tool_id IN (SELECT id FROM tools_tool WHERE merged_into_id = {vote}.tool_id))
))"""

# Of both, the newest choice counts, and it waits for review if either did. A withdrawn vote says nothing, and neither
# does one that a moderator voided; a vote that was voided on the other tool stays void there.
_CHANGE = f"""
UPDATE votes_vote k SET choice = n.choice, state = n.state, crowd = n.crowd, reason = '{MERGED}', actor_id = NULL,
    case_id = CASE WHEN n.state NOT IN ('pending', 'quarantined') THEN NULL
                   WHEN k.state IN ('pending', 'quarantined') AND k.case_id IS NOT NULL THEN k.case_id
                   ELSE votes_open_case(k.tool_id, n.crowd) END
FROM (
    SELECT k.voter_id,
           CASE WHEN is_back OR {_CHOSEN.format(vote="g")} > {_CHOSEN.format(vote="k")} THEN g.choice ELSE k.choice END
               AS choice,
           CASE WHEN is_back THEN g.state
                WHEN 'quarantined' IN (g.state, k.state) THEN 'quarantined'
                WHEN 'pending' IN (g.state, k.state) THEN 'pending' ELSE 'counted' END AS state,
           CASE WHEN is_back THEN g.crowd ELSE k.crowd END AS crowd
    FROM votes_vote g JOIN votes_vote k ON k.voter_id = g.voter_id AND k.tool_id = %(kept)s
    JOIN votes_voter r ON r.id = g.voter_id AND r.state <> 'adopted'
    CROSS JOIN LATERAL (SELECT k.state = 'withdrawn' AS is_back) b
    WHERE g.tool_id = %(gone)s AND g.state NOT IN ('withdrawn', 'void') AND k.state <> 'void'
) n
WHERE k.tool_id = %(kept)s AND k.voter_id = n.voter_id
  AND (k.choice, k.state, k.crowd) IS DISTINCT FROM (n.choice, n.state, n.crowd)
"""  # noqa: S608 - our own words
_COPY = f"""
INSERT INTO votes_vote (tool_id, voter_id, choice, crowd, state, revision, reason, actor_id, cast_at, changed_at,
                        net_tag, net_group_tag, tag_day, case_id)
SELECT %(kept)s, g.voter_id, g.choice, g.crowd, g.state, 1, '{MERGED}', g.actor_id, g.cast_at, g.changed_at,
       g.net_tag, g.net_group_tag, g.tag_day,
       CASE WHEN g.state IN ('pending', 'quarantined') THEN votes_open_case(%(kept)s, g.crowd) END
FROM votes_vote g JOIN votes_voter r ON r.id = g.voter_id AND r.state <> 'adopted'
WHERE g.tool_id = %(gone)s AND g.state <> 'withdrawn'
  AND NOT EXISTS (SELECT FROM votes_vote k WHERE k.tool_id = %(kept)s AND k.voter_id = g.voter_id)
ORDER BY g.voter_id
"""  # noqa: S608 - our own words
_COUNT = """
SELECT count(*), count(*) FILTER (WHERE EXISTS (
    SELECT FROM votes_vote k WHERE k.tool_id = %(kept)s AND k.voter_id = g.voter_id AND k.state <> 'withdrawn'))
FROM votes_vote g WHERE g.tool_id = %(gone)s AND g.state NOT IN ('withdrawn', 'void')
"""


@dataclass(frozen=True, slots=True)
class VotesToMerge:
    """How many votes stand on the tool that goes, and of how many of those readers there is one on the other too."""

    votes: int
    doubled: int

    @property
    def moved(self) -> int:
        return self.votes - self.doubled


def count_votes(gone: Tool, kept: Tool) -> VotesToMerge:
    """One query."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"gone": gone.pk, "kept": kept.pk})
        return VotesToMerge(*cursor.fetchone())


def have_polls_alone(tools: Iterable[int]) -> None:
    """Until the transaction ends nobody votes on these tools: running votes are waited for, later ones wait."""
    one_at_a_time()
    with connection.cursor() as cursor:
        for key in sorted(tools):
            cursor.execute("SELECT pg_advisory_xact_lock(%s, (%s %% 2147483647)::integer)", [locks.TOOL, key])


def merge_votes(gone: Tool, kept: Tool, *, by: User | None, reason: str) -> VotesToMerge:
    """Make the votes on one tool votes on the other, in the caller's transaction; returns what there was to merge.

    A pause, announced waves and what waits for review go along. The public log says so.
    """
    have_polls_alone([gone.pk, kept.pk])
    found, values = count_votes(gone, kept), {"gone": gone.pk, "kept": kept.pk}
    with connection.cursor() as cursor:
        cursor.execute(_CHANGE, values)
        cursor.execute(_COPY, values)
    standing = Vote.objects.filter(tool=gone).exclude(state__in=(Vote.State.WITHDRAWN, Vote.State.VOID))
    standing.update(state=Vote.State.VOID, reason=MERGED, actor=by)
    _close_cases(gone, kept)
    _carry_pause(gone, kept)
    for campaign in Campaign.objects.filter(tool=gone, ends_at__gt=timezone.now()):
        campaign.tool = kept
        announce_wave(campaign, actor=by)
    if found.votes:
        said = _("%(gone)s became part of %(kept)s: %(reason)s") % {"gone": gone, "kept": kept, "reason": reason}
        Moderation.objects.create(
            tool=kept, action=Moderation.Action.MERGED, actor=by, reason=said[:200], vote_count=found.votes
        )
    return found


def _close_cases(gone: Tool, kept: Tool) -> None:
    """What waits does so in the case of the other tool now, which is a burst if one of the two was."""
    for case in Case.objects.filter(tool=gone, closed_at=None):
        there = Case.objects.filter(tool=kept, crowd=case.crowd, closed_at=None).first()
        if there and case.is_burst and not there.is_burst:
            there.is_burst, there.evidence = True, case.evidence
            there.save(update_fields=["is_burst", "evidence"])
    Case.objects.filter(tool=gone, closed_at=None).update(decision=Case.Decision.VOIDED, closed_at=timezone.now())


def _carry_pause(gone: Tool, kept: Tool) -> None:
    """A pause goes on where the votes are now."""
    pause = Freeze.objects.filter(tool=gone, lifted_at=None)
    if Freeze.objects.filter(tool=kept, lifted_at=None).exists():
        pause.update(lifted_at=timezone.now())
    else:
        pause.update(tool=kept)
