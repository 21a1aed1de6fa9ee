"""The logo on the form of a tool."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from editorial.media.keeping import keep
from editorial.stepping import reader_of


class LogoDesk(admin.ModelAdmin):  # type: ignore[type-arg]
    """Adds the logo to a tool's form: one out of the library, or a file with its alt text, which goes into it."""

    def get_autocomplete_fields(self, request: HttpRequest) -> Any:
        return (*super().get_autocomplete_fields(request), "logo")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        first, *others = super().get_fieldsets(request, obj)
        may = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        asked = ("logo", "logo_file", "logo_alt") if may else ("logo",)
        return [first, (gettext_lazy("Logo"), {"fields": asked}), *others]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001
        if picture := form.cleaned_data.get("logo_file"):
            typed = form.cleaned_data["logo_alt"].strip()
            obj.logo = keep(picture, alt=typed, by=reader_of(request))
            if obj.logo.alt != typed:
                said = _("This picture was in the library already: it keeps its alt text, “%(alt)s”.")
                self.message_user(request, said % {"alt": obj.logo.alt}, messages.WARNING)
        super().save_model(request, obj, form, change)
