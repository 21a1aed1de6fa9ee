"""The desk for comparisons."""

from __future__ import annotations

from django.contrib import admin

from comparisons.models import Comparison
from comparisons.services import publish_comparison
from editorial.admin import PublishableAdmin


@admin.register(Comparison)
class ComparisonAdmin(PublishableAdmin):
    list_display = ("__str__", "is_featured", "status", "published_at")
    list_select_related = ("first_tool", "second_tool")
    list_filter = ("status", "is_featured")
    search_fields = ("first_tool__name", "second_tool__name")
    autocomplete_fields = ("first_tool", "second_tool")
    fields = (
        *("first_tool", "second_tool", "summary", "choose_first_if", "choose_second_if", "is_featured"),
        *PublishableAdmin.readonly_fields,
    )

    def publish_piece(self, piece: Comparison, reason: str) -> None:
        publish_comparison(piece, reason=reason)
