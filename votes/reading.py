"""What the pages of votes read, each in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from accounts.models import User
from editorial.reads import CompiledRead
from tools.models import Tool
from votes.models import Vote
from votes.services import NoSuchToolError


@dataclass(frozen=True, slots=True)
class VotedTool:
    """A published tool as a vote needs it."""

    pk: int
    slug: str
    name: str

    @property
    def url(self) -> str:
        return reverse("tool", args=[self.slug])


def voted_tool(slug: str) -> VotedTool:
    """The published tool at this address, NoSuchToolError when there is none; one query."""
    for tool in find_voted_tools([slug]):
        return tool
    raise NoSuchToolError


def find_voted_tools(slugs: Iterable[str]) -> list[VotedTool]:
    """The published tools among these addresses; one query."""
    return [VotedTool(*row) for row in _tools(slugs=slugs)]


def records_of(user: User) -> list[dict[str, Any]]:
    """Every vote of an account, for the export of a person's own data; one query."""
    votes = Vote.objects.filter(voter__user=user).select_related("tool").order_by("cast_at")
    return [
        {
            "tool": vote.tool.slug,
            "choice": vote.get_choice_display(),
            "state": vote.state,
            "counted among": vote.get_crowd_display(),
            "cast at": vote.cast_at.isoformat(),
            "changed at": vote.changed_at.isoformat(),
        }
        for vote in votes
    ]


_tools = CompiledRead(lambda slugs: Tool.objects.published().addressed_by(slugs).values_list("pk", "slug", "name"))
