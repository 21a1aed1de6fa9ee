"""What a reader is told about a vote: one wording for the page, the script and the confirm page."""

from __future__ import annotations

import logging
from typing import Any

from django.db import DatabaseError, InterfaceError

from votes.intervals import Community, community_facts, passing_text
from votes.models import Crowd
from votes.services import OwnVote, VoteStanding, communities

logger = logging.getLogger(__name__)


def message(vote: OwnVote, *, is_signed_in: bool) -> str:
    """One sentence or two on where a reader's vote stands."""
    word = vote.choice.name.lower() if vote.choice else ""
    match vote.standing:
        case VoteStanding.INKED:
            return f"Inked: {word}. It counts."
        case VoteStanding.PENCILLED if is_signed_in:
            return f"Pencilled in: {word}. It counts among readers passing by until your account is old enough."
        case VoteStanding.PENCILLED:
            return f"Pencilled in: {word}. It counts among readers passing by."
        case VoteStanding.PENDING if vote.is_void:
            return "Set aside: a moderator does not count this vote. Write to us if that is wrong."
        case VoteStanding.PENDING:
            return "Received. It is counted after review."
    return "No vote of yours is on record."


def own_answer(vote: OwnVote, *, is_signed_in: bool) -> dict[str, Any]:
    """A reader's own vote as JSON."""
    choice = vote.choice.name.lower() if vote.choice else None
    said = message(vote, is_signed_in=is_signed_in)
    return {"choice": choice, "standing": vote.standing.value, "message": said, "signed_in": is_signed_in}


def full_answer(slug: str, tool: int, vote: OwnVote, *, is_signed_in: bool) -> dict[str, Any]:
    """A reader's own vote, which is taken by now, with the new numbers of the tool; one query.

    When the database goes away in between, the numbers are left out: they must not make a taken vote look refused.
    """
    answer = {"tool": slug, **own_answer(vote, is_signed_in=is_signed_in)}
    if vote.choice is None:
        answer["message"] = "Taken back. You have no vote here now."
    try:
        crowds = communities([tool]).get(tool, {})
    except (DatabaseError, InterfaceError):
        logger.exception("A vote was taken, and the new numbers could not be read.")
        return answer
    community = crowds.get(Crowd.ACCOUNT, Community())
    passing = crowds.get(Crowd.PASSING, Community())
    return {**answer, "community": community_facts(community), "passing": passing_text(passing)}
