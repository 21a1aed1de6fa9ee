"""What a reader is told about a vote: one wording for the page, the script and the confirm page."""

from __future__ import annotations

from typing import Any

from votes.intervals import Community, community_facts, passing_text
from votes.models import Crowd
from votes.services import OwnVote, Standing, communities


def message(vote: OwnVote) -> str:
    """One sentence or two on where a reader's vote stands."""
    word = vote.choice.name.lower() if vote.choice else ""
    match vote.standing:
        case Standing.INKED:
            return f"Inked: {word}. It counts."
        case Standing.PENCILLED:
            return f"Pencilled in: {word}."
        case Standing.PENDING if vote.is_void:
            return "Set aside: a moderator does not count this vote. Write to us if that is wrong."
        case Standing.PENDING:
            return "Received. It is counted after review."
    return "No vote of yours is on record."


def own_answer(vote: OwnVote) -> dict[str, Any]:
    """A reader's own vote as JSON."""
    choice = vote.choice.name.lower() if vote.choice else None
    return {"choice": choice, "standing": vote.standing.value, "message": message(vote)}


def full_answer(slug: str, tool: int, vote: OwnVote) -> dict[str, Any]:
    """A reader's own vote with the new numbers of the tool; one query."""
    crowds = communities([tool]).get(tool, {})
    community = crowds.get(Crowd.ACCOUNT, Community())
    passing = crowds.get(Crowd.PASSING, Community())
    numbers = {"community": community_facts(community), "passing": passing_text(passing)}
    return {"tool": slug, **own_answer(vote), **numbers}
