"""The desk for comparisons."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from comparisons import merge_desk
from comparisons.exchange import ComparisonExchange
from comparisons.models import Comparison
from comparisons.services import publish_comparison
from comparisons.webhooks import admin as receivers
from editorial.admin import PublishableAdmin
from editorial.exchange.admin import ExchangeDesk
from editorial.forms import ReasonedForm
from editorial.reasons import because

__all__ = ["ComparisonAdmin", "merge_desk", "receivers"]


@admin.register(Comparison)
class ComparisonAdmin(ExchangeDesk, PublishableAdmin):
    exchanges = (ComparisonExchange,)
    form = ReasonedForm
    markdown: ClassVar = {"summary": 3}
    list_display = ("__str__", "is_featured", "status", "published_at")
    list_select_related = ("first_tool", "second_tool")
    list_filter = ("status", "is_featured")
    search_fields = ("first_tool__name", "second_tool__name")
    autocomplete_fields = ("first_tool", "second_tool")
    fields = (
        *("first_tool", "second_tool", "summary", "choose_first_if", "choose_second_if", "is_featured", "reason"),
        *PublishableAdmin.readonly_fields,
    )

    withdrawal = gettext_lazy("The pair keeps its page; your words leave it, and their receipt stays.")

    def save_model(self, request: HttpRequest, obj: Comparison, form: Any, change: bool) -> None:  # noqa: FBT001
        with because(form.cleaned_data["reason"]):
            super().save_model(request, obj, form, change)

    def publish_piece(self, piece: Comparison, **how: Any) -> None:
        publish_comparison(piece, **how)
