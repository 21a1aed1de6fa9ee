"""The desk for the panel."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest

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
    fields = ("tool", "reviewer", "verdict", "reason", "headline", "body", *PublishableAdmin.readonly_fields)

    def save_model(self, request: HttpRequest, obj: Review, form: Any, change: bool) -> None:  # noqa: FBT001
        services.save_review(obj, reason=form.cleaned_data["reason"])

    def has_delete_permission(self, request: HttpRequest, obj: Review | None = None) -> bool:
        """What readers see is withdrawn, with a reason, before it can be deleted."""
        return super().has_delete_permission(request, obj) and not (obj and services.is_seen(obj))

    def publish_piece(self, piece: Review, reason: str) -> None:
        services.publish_review(piece, reason=reason)

    def withdraw_piece(self, piece: Review, reason: str) -> None:
        services.withdraw_review(piece, reason=reason)
