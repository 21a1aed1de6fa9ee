"""Lists of readers at the desk: a file comes in after somebody has seen what it would do, and one goes out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.audit import note_export, note_import
from editorial.exchange.waiting import WaitingImport, bring, waiting
from editorial.stepping import reader_of
from newsletter.admin.pages import ReaderDesk
from newsletter.admin.standing import STANDINGS, with_standing
from newsletter.entries import Outcome, Verdict
from newsletter.lists import OPTIONAL, REQUIRED, csv_lines, read_file, read_list
from newsletter.models import Subscriber
from newsletter.services.bringing import LISTS, bring_in, look_over
from tools.figures import number

SHOWN = 200  # lines on a page of the preview
_COLUMNS = (
    *("email", "state", "asked_at", "confirmed_at", "unsubscribed_at", "paused_until", "only_followed"),
    *("categories", "tools", "reviewers"),
)
_KINDS = ("categories", "tools", "reviewers")
_CHUNK = 2_000


class ListForm(forms.Form):
    """A file, read as far as it can be without looking at what is stored."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy(
            "CSV in UTF-8, at most 16 MB and 100,000 lines. You see what it would do before it does."
        ),
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
        error_messages={
            "required": gettext_lazy("Choose a file."),
            "empty": gettext_lazy("This file is empty."),
        },
    )

    def clean_file(self) -> str:
        text = read_file(self.cleaned_data["file"])
        read_list(text)
        return text


class ListsDesk(ReaderDesk):
    """A list of readers that files go out from and come into."""

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        view = self.admin_site.admin_view
        return [
            path("export/", view(self.export_view), name=f"{name}_export"),
            path("import/", view(self.import_view), name=f"{name}_import"),
            path("import/<uuid:key>/", view(self.waiting_view), name=f"{name}_waiting"),
            *super().get_urls(),
        ]

    def may_import(self, request: HttpRequest) -> bool:
        return self.has_add_permission(request) and self.has_change_permission(request)

    def import_view(self, request: HttpRequest) -> HttpResponse:
        if not self.may_import(request):
            raise PermissionDenied
        form = ListForm(request.POST or None, request.FILES or None) if request.method == "POST" else ListForm()
        if request.method == "POST" and form.is_valid():
            content = form.cleaned_data["file"]
            brought = bring(reader_of(request), kind=LISTS, ending="csv", content=content, reason="")
            return HttpResponseRedirect(self.address_of("waiting", brought.pk))
        columns = {"required": REQUIRED, "optional": OPTIONAL}
        return self.show(request, "subscriber/import", _("Import subscribers"), form=form, **columns)

    def waiting_view(self, request: HttpRequest, key: UUID) -> HttpResponse:
        """What would become of each line; and when somebody says yes to exactly that, the import."""
        if not self.may_import(request):
            raise PermissionDenied
        found = waiting(reader_of(request), str(key), [LISTS])
        if found is None:
            self.message_user(request, _("That file is no longer here. Bring it again."), messages.WARNING)
            return HttpResponseRedirect(self.address_of("import"))
        try:
            brought = read_list(found.content)
        except ValidationError:  # read by rules that have changed since
            found.delete()
            return HttpResponseRedirect(self.address_of("import"))
        if request.method != "POST" or "seen" not in request.POST:
            return self._preview(request, look_over(brought))
        outcome = bring_in(brought, seen=request.POST["seen"])
        return (
            self._brought(request, found, outcome) if outcome.is_done else self._preview(request, outcome, moved=True)
        )

    def export_view(self, request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
        """What is in the file, and on a press the file: what the list shows, filters included."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = self._listed(request)
        if request.method != "POST" or "take" not in request.POST:
            names = {"columns": _COLUMNS, "is_filtered": bool(request.GET)}
            return self.show(request, "subscriber/export", _("Export subscribers"), **names)
        note_export(by=reader_of(request), kind=Subscriber, count=rows.order_by().count())
        name = f"drydock-subscribers-{timezone.now():%Y-%m-%d}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        lines = csv_lines(_COLUMNS, _cells(rows))
        return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)

    def _listed(self, request: HttpRequest) -> QuerySet[Subscriber]:
        """What the list shows under the filters of the address."""
        try:
            found: QuerySet[Subscriber] = self.get_changelist_instance(request).get_queryset(request)
        except IncorrectLookupParameters:
            found = self.get_queryset(request)
        return found.order_by("pk")

    def _preview(self, request: HttpRequest, outcome: Outcome, *, moved: bool = False) -> HttpResponse:
        shown = request.GET.get("show", "")
        entries = outcome.of(Verdict(shown)) if shown in list(Verdict) else list(outcome.entries)
        page = request.GET.get("page", "1")
        start = SHOWN * (int(page) - 1) if page.isdecimal() and 0 < int(page[:6]) < 1000 else 0
        names: dict[str, Any] = {
            "outcome": outcome,
            "counts": [(verdict, verdict.label, number(count)) for verdict, count in outcome.counts.items()],
            "entries": entries[start : start + SHOWN],
            "shown": shown if shown in list(Verdict) else "",
            "more": _page(shown, start // SHOWN + 2) if len(entries) > start + SHOWN else "",
            "before": _page(shown, start // SHOWN) if start else "",
            "new": outcome.counts[Verdict.NEW],
            "moved": moved,
            "import_address": self.address_of("import"),
        }
        return self.show(request, "subscriber/preview", _("Import: what would happen"), **names)

    def _brought(self, request: HttpRequest, found: WaitingImport, outcome: Outcome) -> HttpResponse:
        found.delete()
        new, left = outcome.counts[Verdict.NEW], len(outcome.entries) - outcome.counts[Verdict.NEW]
        said = ngettext("%(count)s reader imported.", "%(count)s readers imported.", new) % {"count": number(new)}
        rest = ngettext("%(count)s line left out.", "%(count)s lines left out.", left) % {"count": number(left)}
        note_import(by=reader_of(request), kind=Subscriber, words=f"{said} {rest}")
        self.message_user(request, f"{said} {rest}", messages.SUCCESS)
        return HttpResponseRedirect(self.address_of("changelist"))


def _page(shown: str, page: int) -> str:
    return f"?{urlencode({'show': shown, 'page': page})}"


def _cells(rows: QuerySet[Subscriber]) -> Iterator[list[str]]:
    """So many readers at a time, each with four queries, however many there are."""
    for row in with_standing(rows).prefetch_related(*_KINDS).iterator(_CHUNK):
        moments = [row.asked_at, row.confirmed_at, row.ended_at]
        yield [
            row.address,
            str(STANDINGS[getattr(row, "standing")]),  # noqa: B009
            *(at.isoformat(timespec="seconds") if at else "" for at in moments),
            row.paused_until.isoformat() if row.paused_until else "",
            "true" if row.only_followed else "false",
            *("|".join(sorted(named.slug for named in getattr(row, kind).all())) for kind in _KINDS),
        ]
