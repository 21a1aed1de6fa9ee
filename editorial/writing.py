"""Markdown at the desk: a plain textarea, to which script adds buttons, a count and a view of what becomes of it."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminTextareaWidget
from django.db.models import Field
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from editorial.markdown import to_html_under_way

# What desk/writing.js says and names its buttons; the ones with a letter have a shortcut, Ctrl or Cmd with it.
_WORDS: dict[str, Promise] = {
    "tools": _("Formatting"),
    "bold": _("Bold"),
    "italic": _("Italic"),
    "heading": _("Heading"),
    "link": _("Link"),
    "list": _("List"),
    "quote": _("Quote"),
    "code": _("Code"),
    "image": _("Insert image"),
    "preview": _("Show as readers see it"),
    "frame": _("As readers see it"),
    "count": _("Words:"),
    "minutes": _("Minutes to read:"),
    "pictures": _("Pictures"),
    "search": _("Search by what they show"),
    "close": _("Close"),
    "none": _("No picture shows that."),
    "failed": _("The library does not answer. Try again in a moment."),
    "upload": _("Upload one"),
}
# The policy of what is shown in the frame, which has no origin and runs nothing (the desk's own page has another).
_POLICY = (
    "default-src 'none'; img-src 'self'; style-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)


class MarkdownWidget(AdminTextareaWidget):
    """A text in Markdown. `top_heading` is the level that its highest heading has on the public page.

    Pictures come from the library: desk/picking.js opens it where desk/writing.js says that one is wanted.
    """

    class Media:
        css: ClassVar = {"all": ["editorial/desk/writing.css"]}
        js: ClassVar = ["editorial/desk/picking.js", "editorial/desk/writing.js"]

    def __init__(self, top_heading: int, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs)
        self.top_heading = top_heading

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"]["attrs"] |= {
            "data-markdown": reverse("desk_markdown"),
            "data-heading": str(self.top_heading),
            "data-picker": reverse("admin:editorial_image_picker"),
            "data-words": json.dumps({name: str(words) for name, words in _WORDS.items()}),
        }
        return context


class MarkdownDesk(admin.ModelAdmin):  # type: ignore[type-arg]
    """`markdown` names the fields that are written in it, each with the level of its highest heading in public."""

    markdown: ClassVar[dict[str, int]] = {}

    def formfield_for_dbfield(
        self, db_field: Field[Any, Any], request: HttpRequest, **options: Any
    ) -> forms.Field | None:
        if db_field.name in self.markdown:
            options["widget"] = MarkdownWidget(self.markdown[db_field.name])
        return super().formfield_for_dbfield(db_field, request, **options)


class _TypedForm(forms.Form):
    """A text under way: nothing in it is wrong, so what cannot be read counts as nothing."""

    text = forms.CharField(required=False, strip=False)
    heading = forms.IntegerField(min_value=2, max_value=6)
    line = forms.IntegerField(min_value=0)


@never_cache
@require_http_methods(["GET", "POST"])
def markdown_preview(request: HttpRequest) -> HttpResponse:
    """What becomes of a text under way, for a frame of the desk: the HTML of the public pages, kept nowhere.

    Whose session has ended reads that in the frame and signs in again in another tab. A GET then tells the page, which
    outlived the session, the token that its forms need now.
    """
    if not admin.site.has_permission(request):
        return _framed(render(request, "admin/editorial/signed_out.html", status=403))
    if request.method == "GET":
        return JsonResponse({"token": get_token(request)})
    form = _TypedForm(request.POST)
    form.is_valid()
    given = form.cleaned_data
    html = to_html_under_way(given.get("text", ""), given.get("heading", 2), given.get("line", 0))
    return _framed(render(request, "admin/editorial/written.html", {"html": html}))


def _framed(response: HttpResponse) -> HttpResponse:
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
