"""The desk for tools: a tool with its prices and facts on one page."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin

from editorial.admin import PublishableAdmin
from tools import services
from tools.models import Category, Criterion, Fact, Plan, Tool


@admin.register(Category)
class CategoryAdmin(admin.ModelAdmin):
    list_display = ("name", "slug", "description")
    search_fields = ("name",)
    prepopulated_fields: ClassVar = {"slug": ("name",)}


@admin.register(Criterion)
class CriterionAdmin(admin.ModelAdmin):
    list_display = ("name", "slug", "kind", "unit", "position")
    search_fields = ("name",)
    prepopulated_fields: ClassVar = {"slug": ("name",)}


class PlanInline(admin.TabularInline):
    model = Plan
    extra = 0
    fields = ("name", "amount", "currency", "period", "unit", "note", "source", "checked_on", "position")


class FactInline(admin.TabularInline):
    model = Fact
    extra = 0
    autocomplete_fields = ("criterion",)


@admin.register(Tool)
class ToolAdmin(PublishableAdmin):
    list_display = ("name", "maker", "category", "status", "published_at")
    list_select_related = ("category",)
    list_filter = ("status", "category")
    search_fields = ("name", "maker", "slug")
    autocomplete_fields = ("category",)
    prepopulated_fields: ClassVar = {"slug": ("name",)}
    inlines: ClassVar = [PlanInline, FactInline]
    fieldsets = (
        (None, {"fields": ("name", "slug", "maker", "tagline", "category")}),
        ("Papers", {"fields": ("website", "licence", "launched_on")}),
        (None, {"fields": ("description",)}),
        (
            "Publication",
            {
                "fields": PublishableAdmin.readonly_fields,
                "description": "Save first; then choose the tool in the list and run the action Publish.",
            },
        ),
    )

    def publish_piece(self, piece: Tool) -> None:
        services.publish_tool(piece)
