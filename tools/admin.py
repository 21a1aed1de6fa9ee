"""The desk for tools: a tool with its prices and facts on one page."""

from __future__ import annotations

from typing import Any, ClassVar
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.db.models import Case, DecimalField, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.asking import ask_first
from editorial.admin import LastingAddress, PublishableAdmin
from editorial.deskpages import MorePages
from editorial.exchange.admin import ExchangeDesk
from editorial.reasons import because
from tools import services
from tools.asks import desk
from tools.duplicate_desk import WatchesForDuplicates
from tools.evidence_desk import AmountInput, EvidenceDesk, SourceForm
from tools.exchange import CategoryExchange, CriterionExchange, FactExchange, PlanExchange, ToolExchange
from tools.forms import ToolForm
from tools.links import admin as links
from tools.logo_desk import LogoDesk
from tools.models import Ask, Category, Criterion, Fact, Plan, Tool, WantedTool

__all__ = ["ToolAdmin", "links"]


@admin.register(Category)
class CategoryAdmin(ExchangeDesk, LastingAddress):
    exchanges = (CategoryExchange,)
    list_display = ("name", "slug", "description")
    search_fields = ("name",)
    prepopulated_fields: ClassVar = {"slug": ("name",)}


@admin.register(Criterion)
class CriterionAdmin(ExchangeDesk, LastingAddress):
    exchanges = (CriterionExchange,)
    list_display = ("name", "slug", "kind", "unit", "good_for_days", "position")
    search_fields = ("name",)
    prepopulated_fields: ClassVar = {"slug": ("name",)}


class PlanInline(admin.TabularInline):
    model = Plan
    form = SourceForm
    extra = 1  # for those without script; rows.js takes it away again
    fields = ("name", "amount", "currency", "period", "unit", "note", "source", "checked_on", "position")
    formfield_overrides: ClassVar = {DecimalField: {"widget": AmountInput}}


class FactInline(admin.TabularInline):
    model = Fact
    form = SourceForm
    extra = 1

    def get_queryset(self, request: HttpRequest) -> QuerySet[Fact]:
        return super().get_queryset(request).select_related("criterion")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        """The criteria are read once, and not for each row."""
        field: Any = super().formfield_for_foreignkey(db_field, request, **options)
        if field and db_field.name == "criterion":
            field.choices = list(field.choices)
        return field

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        """A criterion is chosen in a row, and changed or deleted on its own form."""
        field = super().formfield_for_dbfield(db_field, request, **options)
        if field and db_field.name == "criterion":
            widget = field.widget
            widget.can_change_related = widget.can_delete_related = widget.can_view_related = False
        return field


@admin.register(Tool)
class ToolAdmin(WatchesForDuplicates, ExchangeDesk, LogoDesk, EvidenceDesk, MorePages, PublishableAdmin):
    exchanges = (ToolExchange, PlanExchange, FactExchange)
    list_display = ("name", "maker", "category", "status", "published_at")
    list_select_related = ("category",)
    list_filter = ("status", "category")
    search_fields = ("name", "maker", "slug")
    prepopulated_fields: ClassVar = {"slug": ("name",)}
    inlines: ClassVar = [PlanInline, FactInline]
    form = ToolForm
    pages: ClassVar = []
    actions = (*PublishableAdmin.actions, "check_selected")
    markdown: ClassVar = {"description": 2}
    fieldsets = (
        (None, {"fields": ("name", "slug", "maker", "tagline", "category")}),
        (gettext_lazy("Papers"), {"fields": ("website", "licence", "launched_on")}),
        (None, {"fields": ("description",)}),
        (gettext_lazy("Reason"), {"fields": ("reason",)}),
        (
            gettext_lazy("Publication"),
            {"fields": PublishableAdmin.readonly_fields},
        ),
    )

    withdrawal = gettext_lazy(
        "Readers then find a notice at its address and at those of its comparisons. Its reviews, comparisons and votes "
        "are out of sight with it, stay as they are here, and return with it."
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Tool | None = None) -> Any:
        """A tool may be renamed: its old address leads to it for good."""
        return (*self.readonly_fields, "merged_into")

    def publish_piece(self, piece: Tool, **how: Any) -> None:
        services.publish_tool(piece, **how)

    def save_model(self, request: HttpRequest, obj: Tool, form: Any, change: bool) -> None:  # noqa: FBT001
        """A draft that was begun from an asked inspection is remembered as its answer."""
        with because(form.cleaned_data["reason"]):
            super().save_model(request, obj, form, change)
        asked = request.GET.get("asked", "")
        if not change and asked.isdecimal() and request.user.has_perm("tools.change_wantedtool"):
            desk.link_draft(pk=int(asked), tool=obj)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: FBT001
        """Prices and facts change for the same reason as the tool beside them."""
        with because(form.cleaned_data["reason"]):
            super().save_related(request, form, formsets, change)


class AskInline(admin.TabularInline):
    """Why and when. Who asked is nobody's business, not even the editors'."""

    model = Ask
    extra = 0
    fields = readonly_fields = ("why", "asked_at", "told_at")
    can_delete = False
    verbose_name_plural = gettext_lazy("asks")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(WantedTool)
class WantedToolAdmin(admin.ModelAdmin):
    list_display = ("name", "website", "asked", "state", "first_asked_at", "tool")
    list_select_related = ("tool",)
    list_filter = ("state",)
    search_fields = ("name", "website")
    actions: ClassVar = ["decline_selected", "reopen_selected", "merge_selected", "draft_selected"]
    fields = readonly_fields = ("name", "website_link", "asked", "state", "first_asked_at", "draft")
    inlines: ClassVar = [AskInline]
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[WantedTool]:
        rank = Case(When(state="open", then=Value(0)), When(state="declined", then=Value(1)), default=Value(2))
        return WantedTool.objects.unmerged().with_counts().annotate(rank=rank)

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ("rank", "-ask_count", "first_asked_at")

    @admin.display(description=gettext_lazy("asked by"), ordering="ask_count")
    def asked(self, wanted: Any) -> int:
        return int(wanted.ask_count)

    @admin.display(description=gettext_lazy("website"))
    def website_link(self, wanted: WantedTool) -> str:
        return format_html('<a href="{0}" rel="noopener noreferrer">{0}</a>', wanted.website)

    @admin.display(description=gettext_lazy("tool"))
    def draft(self, wanted: WantedTool) -> str:
        """The tool it became, or the way to make one."""
        if wanted.tool:
            address = reverse("admin:tools_tool_change", args=[wanted.tool.pk])
            return format_html('<a href="{}">{}</a>', address, wanted.tool)
        return format_html('<a href="{}">{}</a>', self._draft_address(wanted), _("Make a draft tool"))

    @admin.action(description=gettext_lazy("Decline, telling nobody"), permissions=["change"])
    def decline_selected(self, request: HttpRequest, queryset: QuerySet[WantedTool]) -> HttpResponse | None:
        question = _("Decline these? They leave the public list, and nobody is told.")
        if asked := ask_first(self, request, chosen := list(queryset), question=question):
            return asked
        count = desk.decline(wanted.pk for wanted in chosen)
        self.log_all(request, chosen, _("Declined."))
        said = ngettext(
            "%(count)s declined. They are no longer on the public list.",
            "%(count)s declined. They are no longer on the public list.",
            count,
        )
        self.message_user(request, said % {"count": count}, messages.SUCCESS)
        return None

    def log_all(self, request: HttpRequest, chosen: list[WantedTool], words: str) -> None:
        for wanted in chosen:
            self.log_change(request, wanted, words)

    @admin.action(description=gettext_lazy("Open again"), permissions=["change"])
    def reopen_selected(self, request: HttpRequest, queryset: QuerySet[WantedTool]) -> HttpResponse | None:
        question = _("Open these again? Those that were declined return to the public list.")
        if asked := ask_first(self, request, chosen := list(queryset), question=question):
            return asked
        count = desk.reopen(wanted.pk for wanted in chosen)
        self.log_all(request, chosen, _("Opened again."))
        said = ngettext("%(count)s opened again.", "%(count)s opened again.", count) % {"count": count}
        self.message_user(request, said, messages.SUCCESS)
        return None

    @admin.action(description=gettext_lazy("Merge into the most asked for"), permissions=["change"])
    def merge_selected(self, request: HttpRequest, queryset: QuerySet[WantedTool]) -> HttpResponse | None:
        chosen = list(queryset)
        question = _("Make one of these? The most asked for keeps its name and gets the asks of all. It is for good.")
        if len(chosen) > 1 and (asked := ask_first(self, request, chosen, question=question)):
            return asked
        try:
            kept = desk.merge(wanted.pk for wanted in chosen)
        except ValueError as problem:
            self.message_user(request, str(problem), messages.ERROR)
        else:
            others = ", ".join(wanted.name for wanted in chosen if wanted.pk != kept.pk)
            self.log_change(request, kept, _("Merged into it: %(others)s") % {"others": others})
            self.message_user(request, _("All of them are %(tool)s now.") % {"tool": kept}, messages.SUCCESS)
        return None

    @admin.action(description=gettext_lazy("Make a draft tool"), permissions=["change"])
    def draft_selected(self, request: HttpRequest, queryset: QuerySet[WantedTool]) -> HttpResponse | None:
        chosen = list(queryset[:2])
        if len(chosen) == 1 and chosen[0].tool is None:
            return redirect(self._draft_address(chosen[0]))
        words = _("Choose one that has no tool yet.") if len(chosen) == 1 else _("Choose one at a time.")
        self.message_user(request, words, messages.ERROR)
        return None

    @staticmethod
    def _draft_address(wanted: WantedTool) -> str:
        fields = {**desk.draft_fields(wanted), "asked": wanted.pk}
        return f"{reverse('admin:tools_tool_add')}?{urlencode(fields)}"
