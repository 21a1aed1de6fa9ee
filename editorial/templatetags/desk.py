"""What the first page of the desk prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import template

from editorial.at_the_desk import Desk, load_desk
from editorial.charts import Drawn, draw_for
from editorial.cockpit import Line, Watch, look, notices_for

register = template.Library()


@dataclass(frozen=True, slots=True)
class Board:
    notices: Sequence[Line]
    watch: Watch
    desk: Desk
    charts: Sequence[Drawn]


@register.simple_tag(takes_context=True)
def cockpit(context: Any) -> Board:
    """Everything for the person who looks, in a number of queries that no number of rows changes."""
    request = context["request"]
    desk = load_desk(request)
    return Board(notices_for(request.user), look(request, desk.items), desk, draw_for(request.user))
