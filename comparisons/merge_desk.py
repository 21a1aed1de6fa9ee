"""The desk for merges: a page that tells in numbers what will happen, and the list of those that were made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from comparisons.merging import CannotMergeError, Merging, look_ahead, merge_tools
from comparisons.models import Merge
from editorial.choosing import NamedChoiceField, SearchSelect
from editorial.permissions import has_right, visible
from editorial.reasons import LONGEST, clean_reason
from editorial.stepping import reader_of
from tools.models import Tool

# What is counted in a record, in words; the keys are those of `Merging.counts`.
COUNTED: Mapping[str, Any] = {
    "prices": gettext_lazy("prices"),
    "facts": gettext_lazy("facts"),
    "reviews": gettext_lazy("reviews"),
    "reviews left": gettext_lazy("reviews left behind"),
    "comparisons": gettext_lazy("comparisons"),
    "comparisons left": gettext_lazy("comparisons left behind"),
    "votes": gettext_lazy("votes"),
    "votes of readers who had voted on both": gettext_lazy("votes of readers who had voted on both"),
    "asks": gettext_lazy("asked inspections"),
}


class ChoiceForm(forms.Form):
    """Which two."""

    gone = NamedChoiceField(Tool.objects.none(), label=gettext_lazy("This tool goes"))
    kept = NamedChoiceField(Tool.objects.none(), label=gettext_lazy("into this one, which stays"))

    def __init__(self, *args: Any, tools: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in ("gone", "kept"):
            field = self.fields[name]
            field.queryset = tools  # type: ignore[attr-defined]
            widget = SearchSelect(Merge._meta.get_field(name), admin.site)
            widget.choices = field.choices  # type: ignore[attr-defined]
            field.widget = widget


class MergeForm(forms.Form):
    """The reason, and whose value is right where both tools have one."""

    reason = forms.CharField(
        label=gettext_lazy("Reason for readers"),
        help_text=gettext_lazy(
            "One paragraph, printed on the receipts of both tools for as long as they are on record."
        ),
        widget=forms.Textarea(attrs={"rows": 3, "cols": 80, "maxlength": LONGEST}),
        error_messages={"required": gettext_lazy("Give the reason: readers find it on the receipts of both tools.")},
    )

    def __init__(self, *args: Any, ahead: Merging, **options: Any) -> None:
        super().__init__(*args, **options)
        for clash in ahead.differing:
            self.fields[clash.key] = forms.ChoiceField(
                choices=[("mine", _("keep")), ("theirs", _("replace"))],
                initial="theirs" if clash.is_theirs_newer else "mine",
                widget=forms.RadioSelect,
            )

    def clean_reason(self) -> str:
        return clean_reason(self.cleaned_data["reason"])

    @property
    def theirs(self) -> set[str]:
        return {key for key, choice in self.cleaned_data.items() if choice == "theirs" and key != "reason"}


@admin.register(Merge)
class MergeAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("gone", "kept", "at", "by", "reason")
    list_display_links = ("gone",)
    list_select_related = ("gone", "kept", "by")
    search_fields = ("gone__name", "kept__name", "gone__slug", "kept__slug")
    fields = readonly_fields = ("gone", "kept", "at", "by", "reason", "numbers")
    autocomplete_fields = ("gone", "kept")
    show_full_result_count = False

    class Media:
        css: ClassVar = {"all": ["tools/desk/duplicates.css"]}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and has_right(request.user, "publish", Tool)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    @admin.display(description=gettext_lazy("what went along"))
    def numbers(self, merge: Merge) -> str:
        return ", ".join(f"{merge.counts.get(key, 0)} {words}" for key, words in COUNTED.items()) + "."

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Which two; then what would happen; then it happens."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        tools = Tool.objects.filter(visible(request.user, Tool), merged_into=None)
        asked = request.POST if request.method == "POST" else request.GET
        choice = ChoiceForm(asked if {"gone", "kept"} <= asked.keys() else None, initial=asked.dict(), tools=tools)
        if not choice.is_valid():
            return self._show(request, "choose", {"form": choice, "title": _("Merge two tools"), "media": choice.media})
        ahead = look_ahead(choice.cleaned_data["gone"], choice.cleaned_data["kept"], by=reader_of(request))
        form = MergeForm(request.POST if "reason" in request.POST else None, ahead=ahead)
        if form.is_valid() and (merge := self._merge(request, ahead, form)):
            return HttpResponseRedirect(reverse("admin:tools_tool_change", args=[merge.kept_id]))
        title = _("Merge %(gone)s into %(kept)s?") % {"gone": ahead.gone, "kept": ahead.kept}
        asked_rows = [(clash, form[clash.key]) for clash in ahead.differing]
        context = {"ahead": ahead, "form": form, "title": title, "rows": asked_rows, "errors": form.errors}
        return self._show(request, "confirm", {**context, "media": self.media})

    def _merge(self, request: HttpRequest, ahead: Merging, form: MergeForm) -> Merge | None:
        try:
            reason, by = form.cleaned_data["reason"], reader_of(request)
            merge = merge_tools(ahead.gone, ahead.kept, by=by, reason=reason, theirs=form.theirs)
        except CannotMergeError as problem:
            self.message_user(request, str(problem), messages.ERROR)
            return None
        except OperationalError:  # the database ended it, because somebody's change and this one waited for each other
            said = _("Somebody was changing one of the two at this moment. Nothing was done: press the button again.")
            self.message_user(request, said, messages.ERROR)
            return None
        self.log_addition(request, merge, self.numbers(merge))
        self.log_change(request, merge.gone, _("Merged into %(tool)s.") % {"tool": merge.kept})
        self.log_change(request, merge.kept, _("Took in %(tool)s.") % {"tool": merge.gone})
        said = _("%(gone)s is part of %(kept)s now: %(numbers)s") % {
            "gone": merge.gone,
            "kept": merge.kept,
            "numbers": self.numbers(merge),
        }
        self.message_user(request, said, messages.SUCCESS)
        return merge

    def _show(self, request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        return TemplateResponse(request, f"admin/comparisons/merge/{name}.html", context)
