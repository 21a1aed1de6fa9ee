"""What a reader is told about a vote: one wording for the page, the script and the confirm page."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from votes.intervals import Community, community_facts, passing_text
from votes.models import Crowd, Vote
from votes.services import OwnVote, VoteStanding


def message(vote: OwnVote, *, is_signed_in: bool) -> str:
    """One sentence or two on where a reader's vote stands."""
    word = {"word": _("ship") if vote.choice == Vote.Choice.SHIP else _("skip")}
    match vote.standing:
        case VoteStanding.INKED:
            return _("Inked: %(word)s. It counts.") % word
        case VoteStanding.PENCILLED if is_signed_in:
            return (
                _("Pencilled in: %(word)s. It counts among readers passing by until your account is old enough.") % word
            )
        case VoteStanding.PENCILLED:
            return _("Pencilled in: %(word)s. It counts among readers passing by.") % word
        case VoteStanding.PENDING if vote.is_void:
            return _("Set aside: a moderator does not count this vote. Write to us if that is wrong.")
        case VoteStanding.PENDING:
            return _("Received. It is counted after review.")
    return _("No vote of yours is on record.")


def own_answer(vote: OwnVote, *, is_signed_in: bool) -> dict[str, Any]:
    """A reader's own vote as JSON."""
    choice = vote.choice.name.lower() if vote.choice else None
    said = message(vote, is_signed_in=is_signed_in)
    return {"choice": choice, "standing": vote.standing.value, "message": said, "signed_in": is_signed_in}


def full_answer(slug: str, vote: OwnVote, crowds: dict[Crowd, Community], *, is_signed_in: bool) -> dict[str, Any]:
    """A reader's own vote with the new numbers of the tool."""
    community, passing = crowds[Crowd.ACCOUNT], crowds[Crowd.PASSING]
    answer = {"tool": slug, **own_answer(vote, is_signed_in=is_signed_in)}
    if vote.choice is None:
        answer["message"] = _("Taken back. You have no vote here now.")
    return {**answer, "community": community_facts(community), "passing": passing_text(passing)}
