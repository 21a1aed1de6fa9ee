"""Pauses of voting on a tool."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from votes.admin.desk import DeskAdmin, ReasonField, Step, ToolChoice, actor_of, log_of
from votes.models import Freeze, Moderation
from votes.services import CannotModerateError, freeze_votes, lift_freeze


class FreezeForm(forms.ModelForm):
    reason = ReasonField()

    class Meta:
        model = Freeze
        fields = ("tool", "reason")

    def clean(self) -> None:
        super().clean()
        tool = self.cleaned_data.get("tool")
        if tool and Freeze.objects.filter(tool=tool, lifted_at__isnull=True).exists():
            raise ValidationError(_("Voting on %(tool)s is paused already.") % {"tool": tool})


def _resume(freeze: Freeze, actor: User, reason: str) -> str:
    if freeze.lifted_at:
        raise CannotModerateError(_("Readers vote on %(tool)s again already.") % {"tool": freeze.tool})
    lift_freeze(freeze, actor=actor, reason=reason)
    return _("Readers can vote on %(tool)s again.") % {"tool": freeze.tool}


@admin.register(Freeze)
class FreezeAdmin(ToolChoice, DeskAdmin):
    steps: ClassVar = {"resume": Step(gettext_lazy("Resume voting"), _resume)}
    page_template = "admin/votes/freeze/pause.html"
    form = FreezeForm
    fields = ("tool", "reason")
    actions: ClassVar = ["resume_selected"]
    list_display = ("tool", "in_force", "reason", "since", "lifted_at")
    list_select_related = ("tool",)
    search_fields = ("tool__name", "tool__slug")
    search_help_text = gettext_lazy("A tool's name or address")
    ordering = (F("lifted_at").desc(nulls_first=True), "-since")

    @admin.display(description=gettext_lazy("paused"), boolean=True)
    def in_force(self, freeze: Freeze) -> bool:
        return freeze.lifted_at is None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return admin.ModelAdmin.has_add_permission(self, request)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        try:
            return super().add_view(request, form_url, extra_context)
        except CannotModerateError as problem:  # somebody else was quicker
            self.message_user(request, str(problem), messages.ERROR)
            return HttpResponseRedirect(reverse("admin:votes_freeze_changelist"))

    def save_model(self, request: HttpRequest, obj: Freeze, form: Any, change: bool) -> None:  # noqa: FBT001
        made = freeze_votes(tool=obj.tool, actor=actor_of(request), reason=obj.reason)
        obj.pk, obj.since = made.pk, made.since

    def steps_for(self, piece: Freeze) -> dict[str, Step]:
        return {} if piece.lifted_at else self.steps

    def page_of(self, piece: Freeze) -> dict[str, Any]:
        pauses = Moderation.objects.filter(tool=piece.tool_id, action__in=("frozen", "unfrozen"))
        return {"log": log_of(pauses)}

    @admin.action(description=gettext_lazy("Resume voting"), permissions=["change"])
    def resume_selected(self, request: HttpRequest, queryset: QuerySet[Freeze]) -> HttpResponse | None:
        return self.ask(request, queryset.select_related("tool"), "resume")
