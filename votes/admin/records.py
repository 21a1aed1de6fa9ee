"""The log, which nobody can change, and the waves we announce."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Model, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tools.models import Tool
from votes.admin.desk import ToolChoice, actor_of, actor_text
from votes.models import Campaign, Moderation
from votes.services import announce_wave, call_off_wave


@admin.register(Moderation)
class ModerationAdmin(admin.ModelAdmin):
    list_display = ("at", "action", "tool_name", "case_link", "vote_count", "reason", "acted_by")
    list_display_links = None
    list_select_related = ("actor",)
    list_filter = ("action",)
    date_hierarchy = "at"
    search_fields = ("reason", "tool__name", "tool__slug")
    search_help_text = gettext_lazy("Words of the reason, or a tool's name or address")
    show_full_result_count = False
    fields = list_display

    class Media:
        css: ClassVar = {"all": ["votes/admin.css"]}

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return super().changelist_view(request, {"title": _("Moderation log"), **(extra_context or {})})

    def get_queryset(self, request: HttpRequest) -> QuerySet[Moderation]:
        """With the tool's name as it is now; an entry outlives its tool."""
        name = Tool.objects.filter(pk=OuterRef("tool_id")).values("name")
        entries: QuerySet[Moderation] = super().get_queryset(request)
        return entries.annotate(name=Subquery(name))

    @admin.display(description=gettext_lazy("tool"))
    def tool_name(self, entry: Any) -> str:
        return entry.name or _("a tool that is gone")

    @admin.display(description=gettext_lazy("case"))
    def case_link(self, entry: Moderation) -> str:
        if entry.case_id is None:
            return "-"
        return format_html(
            '<a href="{}">{}</a>', reverse("admin:votes_case_change", args=[entry.case_id]), entry.case_id
        )

    @admin.display(description=gettext_lazy("by"))
    def acted_by(self, entry: Moderation) -> str:
        return actor_text(entry.actor_id, entry.actor)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Campaign)
class CampaignAdmin(ToolChoice, admin.ModelAdmin):
    list_display = ("mark", "tool", "starts_at", "ends_at")
    list_select_related = ("tool",)
    search_fields = ("mark", "tool__name", "tool__slug")
    search_help_text = gettext_lazy("What sends the readers, or a tool's name or address")
    date_hierarchy = "starts_at"
    ordering: ClassVar = ["-starts_at"]
    fields = ("tool", "mark", "starts_at", "ends_at")

    def save_model(self, request: HttpRequest, obj: Campaign, form: Any, change: bool) -> None:  # noqa: FBT001
        announce_wave(obj, actor=actor_of(request))

    def delete_model(self, request: HttpRequest, obj: Campaign) -> None:
        call_off_wave(obj, actor=actor_of(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Campaign]) -> None:
        for campaign in queryset:
            call_off_wave(campaign, actor=actor_of(request))
