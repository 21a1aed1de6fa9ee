"""Pages of one piece beside its form. An app may add some to the pieces of an app below, which knows none of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy


@dataclass(frozen=True, slots=True)
class DeskPage:
    """`name` is the last part of its address, `short` what the list calls it; `is_for` says who finds the way there."""

    name: str
    label: Promise
    short: Promise
    view: Callable[[HttpRequest, str], HttpResponse]
    is_for: Callable[[HttpRequest], bool]


class MorePages(admin.ModelAdmin):  # type: ignore[type-arg]
    """Each page has an address, a link above the form, and one in the list."""

    pages: ClassVar[list[DeskPage]] = []

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                f"<path:object_id>/{page.name}/",
                self.admin_site.admin_view(page.view),
                name=f"{self.opts.app_label}_{self.opts.model_name}_{page.name}",
            )
            for page in self.pages
        ]
        return [*own, *super().get_urls()]

    def get_list_display(self, request: HttpRequest) -> Any:
        shown = super().get_list_display(request)
        return [*shown, "more_pages"] if any(page.is_for(request) for page in self.pages) else shown

    @admin.display(description=gettext_lazy("pages"))
    def more_pages(self, piece: Any) -> str:
        links = ((self.address_of(page, piece), page.short) for page in self.pages if not piece.is_closed)
        return format_html_join(" ", '<a href="{}">{}</a>', links)

    def address_of(self, page: DeskPage, piece: Any) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{page.name}", args=[piece.pk])

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **options: Any) -> HttpResponse:
        piece = context["original"]
        found = [page for page in self.pages if piece and not piece.is_closed and page.is_for(request)]
        context["desk_pages"] = [(page.label, self.address_of(page, piece)) for page in found]
        return super().render_change_form(request, context, *args, **options)
