"""What needs attention that only shows once tools, reviews and receivers are seen together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from comparisons.models import Webhook
from comparisons.standings import catch_up
from comparisons.webhooks.desk import receivers_needing_attention
from editorial.cockpit import Attention, Group, Line, may_look, register, tends
from editorial.filters import OneClick, add_filter
from tools.figures import minute, number, share
from tools.models import Tool

NAMED = 5


def split(tools: QuerySet[Any], request: HttpRequest) -> QuerySet[Any]:
    """Public tools on which the panel is of two minds in equal parts."""
    catch_up()
    return tools.filter(standing__is_listed=True, standing__minority_share=0.5)


def divided(tools: QuerySet[Any], request: HttpRequest) -> QuerySet[Any]:
    """Those on which it disagrees at all."""
    catch_up()
    return tools.filter(standing__is_listed=True, standing__minority_share__gt=0)


class PanelFilter(OneClick):
    title = gettext_lazy("panel")
    parameter_name = "panel"
    narrowings = {  # noqa: RUF012
        "split": (gettext_lazy("Split"), split),
        "divided": (gettext_lazy("Not unanimous"), divided),
    }


def _most_divided(tools: QuerySet[Any], request: HttpRequest) -> Sequence[Line]:
    """The largest panels first: the more have looked, the more a split says."""
    rows = tools.order_by(F("standing__review_count").desc(), F("standing__reviewed_at").desc(), "name")
    named = rows.values_list("pk", "name", "standing__ship_count", "standing__review_count")[:NAMED]
    return [
        Line(
            name, reverse("admin:tools_tool_change", args=[pk]), _("%(share)s ship") % {"share": share(ships, reviews)}
        )
        for pk, name, ships, reviews in named
    ]


def _receivers(rows: QuerySet[Any], request: HttpRequest) -> Sequence[Line]:
    lines = []
    for one in receivers_needing_attention()[:NAMED]:
        failed = _("this webhook has failed since %(moment)s.") % {"moment": minute(one.since)}
        waiting = _("%(count)s waiting.") % {"count": number(one.waiting)}
        note = f"{_('this webhook is paused.') if one.is_paused else failed} {one.reason} {waiting}"
        lines.append(Line(one.name, reverse("admin:comparisons_webhook_receiver", args=[one.pk]), note))
    return lines


def watch() -> None:
    """Tell the desk; called once all apps are there."""
    add_filter(Tool, PanelFilter)
    register(
        Attention(
            key="split panels",
            label=gettext_lazy("Tools that split the panel"),
            group=Group.TOOLS,
            kind=Tool,
            query={"panel": "split"},
            narrow=split,
            may_see=tends(Tool),
            lines=_most_divided,
            place=20,
        )
    )
    register(
        Attention(
            key="receivers",
            label=gettext_lazy("Webhooks that do not get through"),
            group=Group.MACHINERY,
            kind=Webhook,
            query={"state": "failing"},
            narrow=lambda receivers, request: receivers.failing(),
            may_see=may_look(Webhook),
            lines=_receivers,
        )
    )
