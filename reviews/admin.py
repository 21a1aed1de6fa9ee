"""The desk for the panel."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin

from editorial.admin import PublishableAdmin
from reviews import services
from reviews.forms import ReviewForm
from reviews.models import Review, Reviewer


@admin.register(Reviewer)
class ReviewerAdmin(admin.ModelAdmin):
    list_display = ("name", "lens", "emblem", "written_by", "is_active", "position")
    search_fields = ("name",)
    prepopulated_fields: ClassVar = {"slug": ("name",)}


@admin.register(Review)
class ReviewAdmin(PublishableAdmin):
    form = ReviewForm
    list_display = ("headline", "tool", "reviewer", "verdict", "status", "published_at")
    list_select_related = ("tool", "reviewer")
    list_filter = ("status", "verdict", "reviewer")
    search_fields = ("headline", "tool__name")
    autocomplete_fields = ("tool", "reviewer")
    radio_fields: ClassVar = {"verdict": admin.HORIZONTAL}
    fields = ("tool", "reviewer", "verdict", "headline", "body", *PublishableAdmin.readonly_fields)

    def publish_piece(self, piece: Review) -> None:
        services.publish_review(piece)

    def withdraw_piece(self, piece: Review) -> None:
        services.withdraw_review(piece)
