"""What of tools needs attention at the desk: evidence that has grown old, and what readers ask for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from editorial.cockpit import Attention, Group, Line, may_look, register, tends
from editorial.filters import DAYS_AHEAD, OneClick, add_filter
from editorial.querysets import is_published
from tools.figures import number
from tools.freshness import today
from tools.models import Link, Tool, WantedTool
from tools.querysets import has_evidence_due

NAMED = 3


def overdue(tools: QuerySet[Any], request: HttpRequest) -> QuerySet[Any]:
    """Public tools of which a price or a fact is due for re-inspection."""
    return tools.filter(is_published(), has_evidence_due(today()))


def due_soon(tools: QuerySet[Any], request: HttpRequest) -> QuerySet[Any]:
    """Those of which one will be within a fortnight, and none is yet."""
    by_then = has_evidence_due(today() + timedelta(days=DAYS_AHEAD))
    return tools.filter(is_published(), by_then, ~has_evidence_due(today()))


class EvidenceFilter(OneClick):
    title = _("prices and facts")
    parameter_name = "evidence"
    narrowings = {  # noqa: RUF012
        "overdue": (_("Due for re-inspection"), overdue),
        "soon": (_("Due within 14 days"), due_soon),
    }


def _most_asked(wanted: QuerySet[Any], request: HttpRequest) -> Sequence[Line]:
    rows = wanted.order_by("-ask_count", "first_asked_at", "pk")[:NAMED]
    asked = [(row, ngettext("asked by %(count)s", "asked by %(count)s", row.ask_count)) for row in rows]
    return [
        Line(
            row.name, reverse("admin:tools_wantedtool_change", args=[row.pk]), words % {"count": number(row.ask_count)}
        )
        for row, words in asked
    ]


def _dead(links: QuerySet[Any], request: HttpRequest) -> Sequence[Line]:
    longest = links.order_by("failing_since", "pk")[:NAMED]
    return [Line(link.url, reverse("admin:tools_link_change", args=[link.pk]), link.problem) for link in longest]


def watch() -> None:
    """Tell the desk; called once all apps are there."""
    add_filter(Tool, EvidenceFilter)
    for place, value, label, narrow in (
        (1, "overdue", _("Tools whose prices or facts are due for re-inspection"), overdue),
        (2, "soon", _("Tools whose prices or facts fall due within 14 days"), due_soon),
    ):
        register(
            Attention(
                key=f"evidence {value}",
                label=label,
                group=Group.TOOLS,
                kind=Tool,
                query={"evidence": value},
                narrow=narrow,
                may_see=tends(Tool),
                place=place,
            )
        )
    _watch_links()
    _watch_wishes()


def _watch_links() -> None:
    register(
        Attention(
            key="dead links",
            label=_("Dead links"),
            group=Group.TOOLS,
            kind=Link,
            query={"state": "dead"},
            narrow=lambda links, request: links.dead(),
            may_see=may_look(Link),
            lines=_dead,
            place=30,
        )
    )


def _watch_wishes() -> None:
    register(
        Attention(
            key="asked inspections",
            label=_("Inspections that readers ask for"),
            group=Group.READERS,
            kind=WantedTool,
            query={"state__exact": "open"},
            narrow=lambda wanted, request: wanted.filter(state=WantedTool.State.OPEN),
            may_see=may_look(WantedTool),
            lines=_most_asked,
        )
    )
