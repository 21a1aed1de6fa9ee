"""The tables of votes: the votes themselves, what defends them, and the records of what was shown."""

from votes.models.defence import Campaign, Case, Freeze, LimitSlot, Moderation, NetKey
from votes.models.records import Export, Standing
from votes.models.votes import Crowd, Tally, Vote, VoteEvent, Voter

__all__ = [
    "Campaign",
    "Case",
    "Crowd",
    "Export",
    "Freeze",
    "LimitSlot",
    "Moderation",
    "NetKey",
    "Standing",
    "Tally",
    "Vote",
    "VoteEvent",
    "Voter",
]
