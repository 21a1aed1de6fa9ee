"""Duplicates at the desk: who enters a tool is warned of those it may be, and the likely pairs have a page."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from editorial.permissions import has_right, works_on_all
from editorial.stepping import reader_of
from tools.duplicates import compare_some, count_stale, find_lookalikes, likely_pairs, tell_apart
from tools.models import Tool

SHOWN = 50


class WatchesForDuplicates(admin.ModelAdmin):  # type: ignore[type-arg]
    """What the desk for tools knows of duplicates; a base class of ToolAdmin."""

    class Media:
        css: ClassVar = {"all": ["tools/desk/duplicates.css"]}
        js: ClassVar = ["tools/desk/lookalikes.js"]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:  # noqa: FBT001, FBT002
        """The form asks as the person who fills it in: another's draft has no name for them."""
        form: Any = super().get_form(request, obj, change, **options)
        form.person = request.user
        return form

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """A merged tool says into which: nothing else can be done with it."""
        fieldsets = super().get_fieldsets(request, obj)
        return [(None, {"fields": ("merged_into",)}), *fieldsets] if obj and obj.is_closed else fieldsets

    def open_to(self, request: HttpRequest) -> QuerySet[Any]:
        """Nothing new is written about a tool that is part of another; nor is it found by a search for a choice."""
        return self.get_queryset(request).filter(merged_into=None)

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> Any:
        is_choice = request.path == reverse("admin:autocomplete")
        return super().get_search_results(
            request, queryset.filter(merged_into=None) if is_choice else queryset, search_term
        )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("lookalikes/", view(require_GET(self.lookalikes_view)), name="tools_tool_lookalikes"),
            path("duplicates/", view(self.duplicates_view), name="tools_tool_duplicates"),
        ]
        return [*own, *super().get_urls()]

    def lookalikes_view(self, request: HttpRequest) -> HttpResponse:
        """What is said while somebody types; saving asks again."""
        if not (has_right(request.user, "add", Tool) or has_right(request.user, "change", Tool)):
            raise PermissionDenied
        asked, tool = request.GET, request.GET.get("tool", "")
        without = int(tool) if tool.isascii() and tool.isdecimal() and len(tool) < 19 else None
        name, website = asked.get("name", "")[:200], asked.get("website", "")[:300]
        found = find_lookalikes(name, website, person=request.user, without=without)
        said = _("This may be one that is here already:") if found else ""
        lines = [{"text": item.text, "url": item.desk_url} for item in found]
        return JsonResponse({"said": said, "tools": lines}, headers={"Cache-Control": "no-store"})

    def duplicates_view(self, request: HttpRequest) -> HttpResponse:
        """The likeliest pairs; what was entered lately is compared first."""
        if not works_on_all(request.user, Tool):
            raise PermissionDenied
        if request.method == "POST":
            pair = request.POST.get("apart", "")
            if pair.isascii() and pair.isdecimal() and len(pair) < 19 and tell_apart(int(pair), by=reader_of(request)):
                self.message_user(request, _("Noted: those are two tools."), messages.SUCCESS)
            else:
                self.message_user(request, _("Choose a pair that nobody has decided about."), messages.ERROR)
            return HttpResponseRedirect(request.path)
        compare_some()
        context = {
            **self.admin_site.each_context(request),
            "title": _("Likely duplicates"),
            "opts": self.opts,
            "media": self.media,
            "shown": SHOWN,
            "pairs": likely_pairs(request.user, SHOWN),
            "waiting": count_stale(),
        }
        return TemplateResponse(request, "admin/tools/tool/duplicates.html", context)
