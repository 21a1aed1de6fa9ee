"""The desk for the panel."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from editorial.admin import LastingAddress, PublishableAdmin
from editorial.exchange.admin import ExchangeDesk
from editorial.permissions import has_right
from reviews import services
from reviews.exchange import ReviewerExchange, ReviewExchange
from reviews.forms import ReviewForm
from reviews.models import Review, Reviewer
from reviews.panel_desk import PANEL
from tools.admin import ToolAdmin

ToolAdmin.pages.append(PANEL)


@admin.register(Reviewer)
class ReviewerAdmin(ExchangeDesk, LastingAddress):
    exchanges = (ReviewerExchange,)
    list_display = ("name", "lens", "emblem", "written_by", "is_active", "position")
    search_fields = ("name",)
    prepopulated_fields: ClassVar = {"slug": ("name",)}
    filter_horizontal = ("writers",)

    def get_exclude(self, request: HttpRequest, obj: Reviewer | None = None) -> tuple[str, ...]:
        """Who writes for whom, by name or email, is told to those who decide it."""
        return () if has_right(request.user, "change", Reviewer) else ("writers",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Reviewer]:
        """Whoever may not write for every reviewer finds here those for whom they may."""
        everybody: QuerySet[Reviewer] = super().get_queryset(request)
        may_write_any = has_right(request.user, "write_any", Review) or has_right(request.user, "change", Reviewer)
        return everybody if may_write_any else everybody.filter(pk__in=everybody.filter(writers=request.user.pk))


@admin.register(Review)
class ReviewAdmin(ExchangeDesk, PublishableAdmin):
    exchanges = (ReviewExchange,)
    form = ReviewForm
    markdown: ClassVar = {"body": 3}
    list_display = ("headline", "tool", "reviewer", "verdict", "status", "published_at")
    list_select_related = ("tool", "reviewer")
    list_filter = ("status", "verdict", "reviewer")
    search_fields = ("headline", "tool__name")
    autocomplete_fields = ("tool",)
    radio_fields: ClassVar = {"verdict": admin.HORIZONTAL}
    fields = ("tool", "reviewer", "verdict", "reason", "headline", "body", *PublishableAdmin.readonly_fields)

    def save_model(self, request: HttpRequest, obj: Review, form: Any, change: bool) -> None:  # noqa: FBT001
        services.save_review(obj, reason=form.cleaned_data["reason"])

    withdrawal = gettext_lazy("Readers find its receipt, with the reason, where the verdict stood.")

    def publish_piece(self, piece: Review, **how: Any) -> None:
        services.publish_review(piece, **how)

    def withdraw_piece(self, piece: Review, **how: Any) -> None:
        services.withdraw_review(piece, **how)

    def reopen_piece(self, piece: Review, **how: Any) -> None:
        services.reopen_review(piece, **how)
