"""The editors' desk: what every publishable piece has in common, and the pages."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest

from editorial import services
from editorial.models import Page, Publishable
from editorial.reasons import LONGEST

admin.site.site_header = "Drydock: the editors' desk"
admin.site.site_title = "Drydock desk"
admin.site.index_title = "What shall we publish?"


class ReasonedActionForm(ActionForm):
    """An action with its reason. Services say what is wrong with one: this form's complaints are not shown."""

    reason = forms.CharField(
        required=False,
        label="Reason for readers:",
        widget=forms.TextInput(attrs={"size": 40, "maxlength": LONGEST, "autocomplete": "off"}),
    )


class PublishableAdmin(admin.ModelAdmin):
    """Status and date are shown, never typed: they move by the actions, which call services.

    The actions stand on the list only: on the form they would drop what an editor has typed and not saved.
    """

    actions: ClassVar = ["publish_selected", "withdraw_selected"]
    action_form: Any = ReasonedActionForm
    readonly_fields = ("status", "published_at", "updated_at")
    list_filter: Any = ("status",)
    date_hierarchy = "published_at"
    show_full_result_count = False

    def get_readonly_fields(self, request: HttpRequest, obj: Publishable | None = None) -> Any:
        """An address is for good once a piece exists: other pages and other sites may point at it."""
        return (*self.readonly_fields, "slug") if obj and hasattr(obj, "slug") else self.readonly_fields

    def get_prepopulated_fields(self, request: HttpRequest, obj: Publishable | None = None) -> Any:
        return {} if obj else self.prepopulated_fields

    def publish_piece(self, piece: Any, reason: str) -> None:
        """What publishing means for this kind of piece; a subclass calls its own app's service."""
        services.publish(piece, reason=reason)

    def withdraw_piece(self, piece: Any, reason: str) -> None:
        services.withdraw(piece, reason=reason)

    @admin.action(description="Publish", permissions=["change"])
    def publish_selected(self, request: HttpRequest, queryset: QuerySet[Publishable]) -> None:
        self._act(request, queryset, self.publish_piece)

    @admin.action(description="Withdraw", permissions=["change"])
    def withdraw_selected(self, request: HttpRequest, queryset: QuerySet[Publishable]) -> None:
        self._act(request, queryset, self.withdraw_piece)

    def _act(self, request: HttpRequest, queryset: QuerySet[Publishable], step: Any) -> None:
        for piece in queryset:
            try:
                step(piece, request.POST.get("reason", ""))
            except (services.CannotPublishError, ValidationError) as problem:
                self.message_user(request, " ".join(getattr(problem, "messages", [str(problem)])), messages.ERROR)
            else:
                self.log_change(request, piece, f"{piece.get_status_display()}.")
                self.message_user(request, f"{piece} is {piece.get_status_display().lower()}.", messages.SUCCESS)


@admin.register(Page)
class PageAdmin(PublishableAdmin):
    action_form = ActionForm  # pages leave no receipts
    list_display = ("title", "slug", "status", "published_at")
    search_fields = ("title", "body")
    fields = ("title", "slug", "body", *PublishableAdmin.readonly_fields)
