"""The log of the desk as publishers and superusers read it: a list, an entry, and a file of it for superusers."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import quote
from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.urls import NoReverseMatch, URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.audit import failed_tries, note_export
from accounts.models import AuditEntry, User
from accounts.paging import WITHIN_REACH, NearPaginator

_COLUMNS = ("at", "actor", "action", "kind", "object_id", "name", "words", "changes")


class KindFilter(admin.SimpleListFilter):
    title = gettext_lazy("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        kinds = model_admin.admin_site._registry
        return sorted(((kind._meta.label_lower, kind._meta.verbose_name) for kind in kinds), key=lambda pair: pair[0])

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


class PersonFilter(admin.SimpleListFilter):
    """Who may enter now; of somebody who has left any entry leads to the others."""

    title = gettext_lazy("person")
    parameter_name = "person"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        people = User.objects.filter(is_staff=True).order_by("name", "pk")[:200]
        return [(str(person.pk), person.name or _nameless(person.pk)) for person in people]

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        asked = self.value() or ""
        return queryset.filter(actor=int(asked)) if asked.isdecimal() and len(asked) < 19 else queryset


class DayFilter(admin.SimpleListFilter):
    """The last two weeks by day; any other day by its address: ?day=2026-11-26."""

    title = gettext_lazy("day (UTC)")
    parameter_name = "day"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        today = datetime.now(UTC).date()
        days = [(today - timedelta(days=back)).isoformat() for back in range(14)]
        asked = self.used_parameters.get(self.parameter_name, days[0])
        return [(day, day) for day in (days if asked in days else [asked, *days])]

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        try:
            day = date.fromisoformat(self.value() or "")
        except ValueError:
            return queryset
        start = datetime.combine(day, time(), UTC)
        return queryset.filter(at__gte=start, at__lte=datetime.combine(day, time.max, UTC))


@admin.register(AuditEntry)
class AuditEntryAdmin(admin.ModelAdmin):
    """To look at, and nothing else."""

    list_display = ("moment", "who", "action", "thing", "said")
    list_display_links = ("moment",)
    list_filter = ("action", KindFilter, PersonFilter, DayFilter)
    search_fields = ("name",)
    search_help_text = gettext_lazy("Part of a name, or a number")
    fields = readonly_fields = ("moment", "who", "action", "thing", "said", "fields_changed")
    sortable_by: ClassVar[tuple[str, ...]] = ()
    paginator = NearPaginator
    list_per_page = 100
    show_full_result_count = False
    actions = None
    show_facets = admin.ShowFacets.NEVER  # each would be a count of all rows
    change_list_template = "admin/accounts/auditentry/change_list.html"

    class Media:
        css: ClassVar = {"all": ["accounts/desk.css"]}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEntry]:
        """With who did it: looked up apart, because the entries of those who left must not fall out of a join."""
        entries: QuerySet[AuditEntry] = super().get_queryset(request)
        return entries.prefetch_related("actor")

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> Any:
        term = search_term.strip()
        if not term:
            return queryset, False
        return queryset.filter(Q(name__icontains=term) | Q(object_id=term)), False

    @admin.display(description=gettext_lazy("when (UTC)"))
    def moment(self, entry: AuditEntry) -> str:
        return f"{entry.at:%Y-%m-%d %H:%M:%S}"

    @admin.display(description=gettext_lazy("who"))
    def who(self, entry: AuditEntry) -> str:
        """Never by email: several people read the log."""
        if entry.actor_id is None:
            return _("a command at the server")
        return format_html('<a href="?person={}">{}</a>', entry.actor_id, _called(entry))

    @admin.display(description=gettext_lazy("which"))
    def thing(self, entry: AuditEntry) -> str:
        """Its name at the time, leading to its history."""
        if not entry.kind:
            return "-"
        name = entry.name or _("account %(number)s") % {"number": entry.object_id}
        named = name if entry.object_id else ""
        kind = self.kinds.get(entry.kind, entry.kind)
        return format_html("{} {}", kind, _link(entry, named))

    @property
    def kinds(self) -> dict[str, Any]:
        return {kind._meta.label_lower: kind._meta.verbose_name for kind in self.admin_site._registry}

    @admin.display(description=gettext_lazy("in words"))
    def said(self, entry: AuditEntry) -> str:
        return LogEntry(change_message=entry.words).get_change_message() if entry.words else "-"

    @admin.display(description=gettext_lazy("fields"))
    def fields_changed(self, entry: AuditEntry) -> str:
        if not entry.changes:
            return "-"
        rows = [(name, *(pair or (_("not kept"), _("changed")))) for name, pair in entry.changes.items()]
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{}: {} → {}</li>", rows))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        context = {
            "title": str(self.opts.verbose_name_plural).capitalize(),
            "failures": _failures() if self.has_view_permission(request) else [],
            "reach": WITHIN_REACH,
            "may_export": request.user.is_superuser,
            "asked": request.GET.urlencode(),
        }
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def get_urls(self) -> list[URLPattern]:
        own = path("export/", self.admin_site.admin_view(self.export_view), name="accounts_auditentry_export")
        return [own, *super().get_urls()]

    def export_view(self, request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
        """The list as it is filtered, all of it, as a file; that it was taken is an entry, too."""
        if not (isinstance(request.user, User) and request.user.is_superuser):
            raise PermissionDenied
        if request.method != "GET":
            return HttpResponseRedirect(reverse("admin:accounts_auditentry_changelist"))
        entries = self.get_changelist_instance(request).get_queryset(request)
        note_export(by=request.user, kind=AuditEntry, count=entries.order_by().count())
        headers = {"Content-Disposition": 'attachment; filename="drydock-desk-log.csv"'}
        return StreamingHttpResponse(_lines(entries), content_type="text/csv; charset=utf-8", headers=headers)


class _Echo:
    def write(self, line: str) -> str:
        return line


def _lines(entries: QuerySet[AuditEntry]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield writer.writerow(_COLUMNS)
    for row in entries.prefetch_related(None).values_list("at", "actor_id", *_COLUMNS[2:]).iterator(2000):
        yield writer.writerow([row[0].isoformat(), *(_plain(value) for value in row[1:])])


def _plain(value: Any) -> str:
    """Nothing that a spreadsheet would run: a formula begins with one of these."""
    text = "" if value in (None, {}) else str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _called(entry: AuditEntry) -> str:
    person = entry.actor
    if person is None:
        return _("an editor who left, no. %(number)s") % {"number": entry.actor_id}
    return person.name or _nameless(person.pk)


def _nameless(number: int) -> str:
    return _("account %(number)s") % {"number": number}


def _link(entry: AuditEntry, name: str) -> str:
    if entry.action == AuditEntry.Action.DELETED or not name:
        return name
    try:
        address = reverse(f"admin:{entry.kind.replace('.', '_')}_history", args=[quote(entry.object_id)])
    except NoReverseMatch:
        return name
    return format_html('<a href="{}">{}</a>', address, name)


def _failures() -> list[dict[str, Any]]:
    counts = failed_tries()
    people = User.objects.in_bulk({count.account for count in counts} - {0})
    return [
        {
            "day": f"{count.day:%Y-%m-%d}",
            "door": count.get_door_display(),
            "tries": count.tries,
            "whose": _whose(count.account, people),
        }
        for count in counts
    ]


def _whose(account: int, people: dict[int, User]) -> str:
    if not account:
        return _("nobody of the desk")
    person = people.get(account)
    return (person and person.name) or _nameless(account)
