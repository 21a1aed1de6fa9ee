"""Single votes: a list to search, and to hold, void or count again what was chosen in it.

Django's admin cannot register a model with a composite key, so this is a page of its own. It names no reader: a vote is
known here by its tool, its choice and its day.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tools.models import Tool
from votes.admin.desk import ReasonForm, actor_of, actor_text
from votes.admin.numbers import moved_text, now_text
from votes.models import Crowd, Moderation, Vote
from votes.services import judge_votes

if TYPE_CHECKING:
    from votes.admin.desk import DeskAdmin

PAGE_SIZE = 100
STEPS = {
    "release": (gettext_lazy("Release"), Moderation.Action.RELEASED),
    "void": (gettext_lazy("Void"), Moderation.Action.VOIDED),
    "hold": (gettext_lazy("Hold"), Moderation.Action.HELD),
}
_KEY = re.compile(r"([0-9]{1,18})-([0-9]{1,18})")


class SearchForm(forms.Form):
    """Which votes to list; empty fields ask nothing."""

    tool = forms.CharField(
        label=gettext_lazy("Tool"),
        required=False,
        max_length=120,
        help_text=gettext_lazy("Its address or its whole name"),
    )
    state = forms.ChoiceField(
        label=gettext_lazy("State"), required=False, choices=[("", gettext_lazy("any")), *Vote.State.choices]
    )
    crowd = forms.ChoiceField(
        label=gettext_lazy("Crowd"), required=False, choices=[("", gettext_lazy("any")), *Crowd.choices]
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), required=False, max_length=120)
    since = forms.DateField(
        required=False, label=gettext_lazy("changed from"), widget=forms.DateInput({"type": "date"})
    )
    until = forms.DateField(
        required=False, label=gettext_lazy("changed until"), widget=forms.DateInput({"type": "date"})
    )
    case = forms.IntegerField(
        label=gettext_lazy("Case"), required=False, min_value=1, max_value=2**63 - 1, widget=forms.NumberInput()
    )

    def votes(self) -> QuerySet[Vote]:
        """The votes that were asked for, those changed last first; none while a field makes no sense."""
        if not self.is_valid():
            return Vote.objects.none()
        asked = self.cleaned_data
        wanted = Q()
        for field in ("state", "crowd", "case"):
            wanted &= Q(**{field: asked[field]}) if asked[field] else Q()
        if asked["tool"]:
            wanted &= Q(tool__slug=asked["tool"]) | Q(tool__name__iexact=asked["tool"])
        if asked["reason"]:
            wanted &= Q(reason__icontains=asked["reason"])
        if asked["since"]:
            wanted &= Q(changed_at__gte=datetime.combine(asked["since"], time(), UTC))
        if asked["until"]:
            wanted &= Q(changed_at__lte=datetime.combine(asked["until"], time.max, UTC))
        found = Vote.objects.filter(wanted).select_related("tool", "actor").defer("net_tag", "net_group_tag")
        return found.order_by("-changed_at", "-tool_id", "-voter_id")


def list_votes(desk: DeskAdmin, request: HttpRequest) -> HttpResponse:
    """The list; POST judges the chosen votes and returns to it."""
    may_change = request.user.has_perm("votes.change_vote")
    if not may_change and (request.method == "POST" or not request.user.has_perm("votes.view_vote")):
        raise PermissionDenied
    form, keys = ReasonForm(request.POST if request.method == "POST" else None), request.POST.getlist("vote")
    if request.method == "POST" and _judge(desk, request, form, keys):
        return HttpResponseRedirect(request.get_full_path())
    search = SearchForm(request.GET)
    page = Paginator(search.votes(), PAGE_SIZE).get_page(request.GET.get("page"))
    rows = [_row(vote, keys) for vote in page.object_list]
    steps = {name: {"label": label} for name, (label, _) in STEPS.items()} if may_change else {}
    asked = request.GET.copy()
    asked.pop("page", None)
    context = {"search": search, "page": page, "rows": rows, "steps": steps, "asked": asked.urlencode()}
    return desk.show(request, "admin/votes/case/votes.html", _("Single votes"), form, context)


def _judge(desk: DeskAdmin, request: HttpRequest, form: ReasonForm, keys: Iterable[str]) -> bool:
    """Judge the chosen votes tool by tool; False with a message when something is missing."""
    chosen: dict[int, list[int]] = {}
    for tool, voter in (match.groups() for match in map(_KEY.fullmatch, keys) if match):
        chosen.setdefault(int(tool), []).append(int(voter))
    step = request.POST.get("step", "")
    if not chosen or step not in STEPS:
        desk.message_user(request, _("Choose votes, say why, and press one of the buttons."), messages.ERROR)
        return False
    if not form.is_valid():
        return False
    for tool in Tool.objects.filter(pk__in=chosen):
        count = judge_votes(
            tool=tool,
            voters=chosen[tool.pk],
            action=STEPS[step][1],
            actor=actor_of(request),
            reason=form.cleaned_data["reason"],
        )
        words = _("%(step)s, single votes (%(count)s): %(reason)s")
        told = {"step": STEPS[step][0], "count": count, "reason": form.cleaned_data["reason"]}
        desk.log_change(request, tool, words % told)
        desk.message_user(request, f"{moved_text(count)} {now_text(tool)}", messages.SUCCESS)
    return True


def _row(vote: Vote, chosen: Iterable[str]) -> dict[str, Any]:
    """A vote as the list shows it."""
    key = f"{vote.tool_id}-{vote.voter_id}"
    acted_by = actor_text(vote.actor_id, vote.actor) if vote.actor_id else ""
    return {"vote": vote, "key": key, "is_chosen": key in chosen, "acted_by": acted_by}
