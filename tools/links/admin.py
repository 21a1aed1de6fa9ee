"""Links at the desk: what is dead, where it is used, and a button that looks again."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from editorial.cockpit import listed
from editorial.permissions import has_right
from tools.figures import minute
from tools.links import rounds
from tools.models import Fact, Link, Plan, Tool

NAMED = 3


class LinkFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("dead", gettext_lazy("Dead")),
            ("failing", gettext_lazy("Failed lately")),
            ("unchecked", gettext_lazy("Not checked yet")),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        match self.value():
            case "dead":
                return queryset.dead()
            case "failing":
                return queryset.failing()
            case "unchecked":
                return queryset.filter(checked_at=None)
        return queryset


@admin.register(Link)
class LinkAdmin(admin.ModelAdmin):
    """Nobody writes here: links follow what tools name, and checks say the rest."""

    list_display = ("url", "standing", "used_by", "checked")
    list_filter = (LinkFilter,)
    search_fields = ("url",)
    fields = readonly_fields = ("address", "standing", "checked")
    show_full_result_count = False
    change_form_template = "admin/tools/link/look.html"

    class Media:
        css: ClassVar = {"all": ["editorial/desk.css"]}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Link | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Link | None = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Link]:
        """Only what tools use that the person finds at the desk; those name no draft."""
        shown = listed(Tool, request).order_by("name")
        return super().get_queryset(request).prefetch_related(Prefetch("tools", shown, to_attr="shown_tools"))

    @admin.display(description=gettext_lazy("address"))
    def address(self, link: Link) -> str:
        return format_html('<a href="{0}" rel="noopener noreferrer">{0}</a>', link.url)

    @admin.display(description=gettext_lazy("state"), ordering="failing_since")
    def standing(self, link: Link) -> str:
        if link.checked_at is None:
            return _("not checked yet")
        if not link.problem:
            return _("answers")
        since = {"moment": minute(link.failing_since) if link.failing_since else "", "problem": link.problem}
        words = _("DEAD, failing since %(moment)s: %(problem)s") if link.is_dead else _("failing: %(problem)s")
        return words % since

    @admin.display(description=gettext_lazy("used by"))
    def used_by(self, link: Any) -> str:
        names = [tool.name for tool in link.shown_tools]
        return ", ".join([*names[:NAMED], *(["…"] if len(names) > NAMED else [])])

    @admin.display(description=gettext_lazy("checked"), ordering="checked_at")
    def checked(self, link: Link) -> str:
        return minute(link.checked_at) if link.checked_at else ""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.check_view))
        return [path("<path:object_id>/check/", view, name="tools_link_check"), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        link: Any = self.get_object(request, unquote(object_id))
        context = {
            "uses": uses_of(link) if link else [],
            "check_address": reverse("admin:tools_link_check", args=[link.pk])
            if link and has_right(request.user, "change", Link)
            else "",
            **(extra_context or {}),
        }
        return super().change_view(request, object_id, form_url, context)

    def check_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Look again, now; the page waits for it."""
        if not has_right(request.user, "change", Link):
            raise PermissionDenied
        link = self.get_object(request, unquote(object_id))
        if link is None:
            raise Http404
        look = rounds.check_again(link)
        said = _("It answers.") if look.is_alive else look.problem
        self.message_user(request, said, messages.SUCCESS if look.is_alive else messages.ERROR)
        return HttpResponseRedirect(reverse("admin:tools_link_change", args=[link.pk]))


def uses_of(link: Any) -> list[tuple[Tool, list[str]]]:
    """The tools that name a link, each with where it does."""
    tools: dict[int, Tool] = {tool.pk: tool for tool in link.shown_tools}
    places: dict[int, list[str]] = {
        pk: [_("website")] if tool.website == link.url else [] for pk, tool in tools.items()
    }
    for plan in Plan.objects.filter(tool__in=tools, source=link.url):
        places[plan.tool_id].append(_("source of the plan %(name)s") % {"name": plan.name})
    for fact in Fact.objects.filter(tool__in=tools, source=link.url).select_related("criterion"):
        places[fact.tool_id].append(_("source of the fact %(name)s") % {"name": fact.criterion.name})
    return [(tool, places[pk]) for pk, tool in tools.items()]
