"""Evidence at the desk: what a tool stands on below its form, the list of what is due, and "checked again today"."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.asking import ask_first
from editorial.permissions import may_check, works_on_all
from editorial.stepping import AT_ONCE, reader_of
from tools.checking import Checked, check_again, uncheck
from tools.evidence import SOON, Part, count_due, due_page, evidence_of
from tools.figures import day_in_full
from tools.freshness import today
from tools.models import FIRST_DAY, Category, Tool

ALL, UNDO = "all", "undo"
_STORED = re.compile(r"\d+\.\d{4}")
_KEPT = "checked_again"  # in the session: what was checked last, so that it can be taken back


class AmountInput(forms.NumberInput):
    """A price as people write it: 10 or 10.50, and not with as many places as are stored."""

    def format_value(self, value: Any) -> str | None:
        text: str | None = super().format_value(value)
        if not text or not _STORED.fullmatch(text):
            return text
        whole, _point, places = text.partition(".")
        return f"{whole}.{places.rstrip('0'):0<2}" if places.strip("0") else whole


class SourceForm(forms.ModelForm):  # type: ignore[type-arg]
    """A price or fact: says in our words what a source is, and lets the calendar offer no day that is refused."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        said = _("Give the address of the page on which you read it, for instance https://example.com/pricing.")
        if "source" in self.fields:
            self.fields["source"].error_messages.update(invalid=said, required=said)
        if "checked_on" in self.fields:
            self.fields["checked_on"].widget.attrs.update(min=FIRST_DAY.isoformat(), max=today().isoformat())


class EvidenceDesk(admin.ModelAdmin):  # type: ignore[type-arg]
    """Adds to the tools' desk. A button below the form saves what was typed first, like those of the steps."""

    has_edit_permission: Callable[[HttpRequest], bool]

    class Media:
        css: ClassVar = {"all": ["tools/desk/evidence.css"]}

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.evidence_view)
        return [path("evidence/", view, name="tools_tool_evidence"), *super().get_urls()]

    @admin.action(description=gettext_lazy("Checked again today: prices and facts"), permissions=["edit"])
    def check_selected(self, request: HttpRequest, queryset: QuerySet[Tool]) -> HttpResponse | None:
        tools = list(queryset.order_by("pk")[: AT_ONCE + 1])
        if len(tools) > AT_ONCE:
            self.message_user(request, _("Choose at most %(count)s at once.") % {"count": AT_ONCE}, messages.ERROR)
            return None
        question = _("Have you read every source of these again? Each price and fact of theirs gets today's date.")
        if asked := ask_first(self, request, tools, question=question):
            return asked
        self._check(request, [(tool, None) for tool in tools])
        return None

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if request.method != "POST" or "_checked" not in request.POST:
            return super().change_view(request, object_id, form_url, extra_context)
        with transaction.atomic():
            tool = self.get_object(request, unquote(object_id))
            if tool is None or self.has_change_permission(request, tool):
                return super().change_view(request, object_id, form_url, extra_context)
            return self._checked(request, tool)

    def response_change(self, request: HttpRequest, obj: Tool) -> HttpResponse:
        return self._checked(request, obj) if "_checked" in request.POST else super().response_change(request, obj)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **options: Any) -> HttpResponse:
        tool = context["original"]
        if tool and not context["is_popup"]:
            context["evidence"] = evidence_of(tool.pk)
            context["may_check"] = may_check(reader_of(request), tool)
            context["taken_back"] = _kept(request, tool)
            context["desk_sections"] = [*context.get("desk_sections", []), "admin/tools/_evidence.html"]
        return super().render_change_form(request, context, *args, **options)

    def evidence_view(self, request: HttpRequest) -> HttpResponse:
        """What is due now or within a fortnight, of tools that are out; for those who work on all of them."""
        if not works_on_all(request.user, Tool):
            raise PermissionDenied
        if request.method == "POST":
            self._press(request, request.POST.get("_checked", ""), None)
            return HttpResponseRedirect(request.get_full_path())
        category = request.GET.get("class", "")
        context = {
            **self.admin_site.each_context(request),
            "title": _("Evidence to check again"),
            "opts": self.opts,
            "lines": due_page(request.GET.get("p"), category=category),
            "counts": count_due(),
            "days": SOON,
            "categories": Category.objects.order_by("name"),
            "category": category,
            "taken_back": _kept(request),
            "media": self.media,
        }
        return TemplateResponse(request, "admin/tools/evidence.html", context)

    def _checked(self, request: HttpRequest, tool: Tool) -> HttpResponse:
        self._press(request, request.POST["_checked"], tool)
        return HttpResponseRedirect(reverse("admin:tools_tool_change", args=[tool.pk]))

    def _press(self, request: HttpRequest, value: str, tool: Tool | None) -> None:
        """One of the buttons, on a tool's form or in the list; a forged one is refused."""
        if value == UNDO:
            self._take_back(request)
        elif value == ALL and tool:
            self._check(request, [(tool, None)])
        else:
            try:
                part = Part.read(value)
            except ValueError:
                raise PermissionDenied from None
            owner = tool or part.tool()
            self._check(request, [(owner, [part])] if owner else [])

    def _check(self, request: HttpRequest, wanted: Sequence[tuple[Tool, list[Part] | None]]) -> None:
        """All of them in one transaction; what was checked last is remembered for as long as the session lasts."""
        person = reader_of(request)
        with transaction.atomic():
            checked = [(tool, check_again(tool, parts, by=person)) for tool, parts in wanted]
        found = [one for _tool, ones in checked for one in ones]
        if not found:
            self.message_user(
                request, _("Nothing to do: all of it bears today’s date already, or is gone."), messages.INFO
            )
            return
        kept = [[tool.pk, str(one.part), one.name, one.before.isoformat()] for tool, ones in checked for one in ones]
        request.session[_KEPT] = {"on": today().isoformat(), "parts": kept}
        self.message_user(request, _outcome([tool for tool, ones in checked if ones], found), messages.SUCCESS)

    def _take_back(self, request: HttpRequest) -> None:
        kept = request.session.pop(_KEPT, {"on": today().isoformat(), "parts": []})
        by_tool: dict[int, list[Checked]] = {}
        for tool, part, name, before in kept["parts"]:
            by_tool.setdefault(tool, []).append(Checked(Part.read(part), name, date.fromisoformat(before)))
        count, on = 0, date.fromisoformat(kept["on"])
        with transaction.atomic():
            for tool in Tool.objects.filter(pk__in=by_tool).order_by("pk"):
                count += uncheck(tool, by_tool[tool.pk], on=on, by=reader_of(request))
        said = ngettext(
            "Taken back: %(count)s bears the day it bore before.",
            "Taken back: %(count)s bear the days they bore before.",
            count,
        )
        self.message_user(request, said % {"count": count}, messages.SUCCESS)


def _kept(request: HttpRequest, tool: Tool | None = None) -> int:
    """How many of what was checked last can be taken back: of one tool alone, or of any."""
    parts = request.session.get(_KEPT, {"parts": []})["parts"]
    return len(parts) if tool is None or {part[0] for part in parts} == {tool.pk} else 0


def _outcome(tools: Sequence[Tool], checked: Sequence[Checked]) -> str:
    """Names what one click has done, with the day from before."""
    if len(checked) == 1:
        said = _("%(name)s of %(tool)s is checked today, %(today)s. It said %(before)s before.")
        before = day_in_full(checked[0].before)
        named = {"name": checked[0].name, "tool": tools[0], "before": before}
        return said % {**named, "today": day_in_full(today())}
    if len(tools) == 1:
        words = _("%(count)s prices and facts of %(tool)s are checked today, %(today)s.")
        return words % {"count": len(checked), "tool": tools[0], "today": day_in_full(today())}
    words = _("%(count)s prices and facts of %(tools)s tools are checked today, %(today)s.")
    return words % {"count": len(checked), "tools": len(tools), "today": day_in_full(today())}
