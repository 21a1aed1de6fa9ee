"""Import and export at the desk: a page for each, a preview between, and two buttons above a list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.audit import note_export
from editorial import permissions
from editorial.exchange.files import read_rows, write_rows
from editorial.exchange.forms import ExportForm, ImportForm, ReasonForm
from editorial.exchange.resources import Exchange
from editorial.exchange.running import Outcome, carry_out, look
from editorial.exchange.waiting import WaitingImport, bring, waiting
from editorial.models import Publishable
from editorial.stepping import reader_of

_SHOWN = 200  # lines of a preview
_TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json"}


class ExchangeDesk(admin.ModelAdmin):
    """A list whose rows go out as files to whoever finds them, and come in from those who may change all of them."""

    exchanges: ClassVar[Sequence[type[Exchange]]] = ()
    change_list_template: Any = "admin/editorial/exchange/change_list.html"

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        return [
            path("export/", self.admin_site.admin_view(self.export_view), name=f"{name}_export"),
            path("import/", self.admin_site.admin_view(self.import_view), name=f"{name}_import"),
            path("import/<uuid:key>/", self.admin_site.admin_view(self.waiting_view), name=f"{name}_waiting"),
            *super().get_urls(),
        ]

    def may_import(self, request: HttpRequest) -> bool:
        """Those who may change everything of this kind; each row is asked again."""
        may = self.has_add_permission(request) and super().has_change_permission(request)
        return may and (not issubclass(self.model, Publishable) or permissions.works_on_all(request.user, self.model))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        shown = {**(extra_context or {}), "may_import": self.may_import(request)}
        return super().changelist_view(request, shown)

    def export_view(self, request: HttpRequest) -> HttpResponse:
        """The form, or with an answer in the address the file: what the list shows, filters and rights included."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        chosen = request.GET.copy()
        form = ExportForm(self.exchanges, chosen if "ending" in chosen else None)
        if form.is_valid():
            return self._file(request, form.cleaned_data["kind"], form.cleaned_data["ending"])
        kept = [(name, value) for name in chosen if name not in form.fields for value in chosen.getlist(name)]
        return self._page(request, "export", _("Export"), {"form": form, "kept": kept})

    def import_view(self, request: HttpRequest) -> HttpResponse:
        if not self.may_import(request):
            raise PermissionDenied
        form = ImportForm(self.exchanges, request.POST or None, request.FILES or None)
        if request.method != "POST" or not form.is_valid():
            columns = [(kind.title, ", ".join(kind(reader_of(request)).fields)) for kind in self.exchanges]
            return self._page(request, "import", _("Import"), {"form": form, "columns": columns})
        ending, text = form.cleaned_data["file"]
        kind, reason = form.cleaned_data["kind"], form.cleaned_data["reason"]
        brought = bring(reader_of(request), kind=kind, ending=ending, content=text, reason=reason)
        return HttpResponseRedirect(self._exchange_address("waiting", brought.pk))

    def waiting_view(self, request: HttpRequest, key: UUID) -> HttpResponse:
        """What would change; and when somebody says yes to that, the change."""
        if not self.may_import(request):
            raise PermissionDenied
        found = waiting(reader_of(request), str(key), [kind.name for kind in self.exchanges])
        if found is None:
            self.message_user(request, _("That file is no longer here. Bring it again."), messages.WARNING)
            return HttpResponseRedirect(self._exchange_address("import"))
        form = ReasonForm(request.POST if request.method == "POST" else None, initial={"reason": found.reason})
        if request.method == "POST" and form.is_valid():
            return self._carried_out(request, found, form)
        return self._show(request, found, form, look(*self._work(request, found)))

    def _work(self, request: HttpRequest, found: WaitingImport) -> Any:
        kind = next(kind for kind in self.exchanges if kind.name == found.kind)
        return kind, read_rows(found.ending, found.content), reader_of(request)

    def _carried_out(self, request: HttpRequest, found: WaitingImport, form: ReasonForm) -> HttpResponse:
        outcome = carry_out(*self._work(request, found), reason=form.cleaned_data["reason"])
        if not outcome.is_clean:
            return self._show(request, found, form, outcome)
        found.delete()
        said = [
            ngettext("%(count)s added,", "%(count)s added,", outcome.added) % {"count": outcome.added},
            ngettext("%(count)s changed,", "%(count)s changed,", outcome.changed) % {"count": outcome.changed},
            ngettext("%(count)s as it was.", "%(count)s as they were.", outcome.unchanged)
            % {"count": outcome.unchanged},
        ]
        self.message_user(request, " ".join(said), messages.SUCCESS)
        return HttpResponseRedirect(self._exchange_address("changelist"))

    def _show(self, request: HttpRequest, found: WaitingImport, form: ReasonForm, outcome: Outcome) -> HttpResponse:
        sure = (line for line in outcome.lines if not line.problems and not line.doubts)
        lines = [*outcome.refused, *outcome.doubted, *sure]
        context = {
            "form": form,
            "outcome": outcome,
            "lines": lines[:_SHOWN],
            "left": max(0, len(lines) - _SHOWN),
            "drafts": outcome.added and issubclass(self._work(request, found)[0].model, Publishable),
        }
        return self._page(request, "preview", _("Import: what would change"), context)

    def _file(self, request: HttpRequest, name: str, ending: str) -> HttpResponse:
        kind = next(kind for kind in self.exchanges if kind.name == name)(reader_of(request))
        fields = kind.get_import_fields()
        columns = [field.column_name for field in fields]
        rows = list(kind.visible(self._listed(request)))
        note_export(by=reader_of(request), kind=kind.model, count=len(rows))
        told = ({field.column_name: field.export(row) for field in fields} for row in rows)
        day = f"{timezone.now():%Y-%m-%d}"
        headers = {"Content-Disposition": f'attachment; filename="{name}-{day}.{ending}"'}
        return HttpResponse(write_rows(ending, columns, told), content_type=_TYPES[ending], headers=headers)

    def _listed(self, request: HttpRequest) -> Any:
        """What the list shows to this person under the filters of the address."""
        asked = request.GET.copy()
        for name in ("kind", "ending"):
            asked.pop(name, None)
        request.GET = asked  # type: ignore[assignment]
        try:
            return self.get_changelist_instance(request).get_queryset(request).order_by("pk")
        except IncorrectLookupParameters:
            return self.get_queryset(request).order_by("pk")

    def _exchange_address(self, page: str, *parts: Any) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}", args=parts)

    def _page(self, request: HttpRequest, page: str, title: str, context: Any) -> HttpResponse:
        shown = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "media": self.media + context["form"].media,
            "import_address": self._exchange_address("import"),
            **context,
        }
        return TemplateResponse(request, f"admin/editorial/exchange/{page}.html", shown)
