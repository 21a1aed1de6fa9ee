"""Search everything, and suggest names while a reader types one."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from comparisons.searching import load_search
from tools.searching import suggest_tools


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    asked = request.GET.get
    found = load_search(asked("q", ""), asked("in", ""), asked("page", ""))
    return render(request, "comparisons/search.html", {"found": found})


@require_safe
def suggest(request: HttpRequest) -> HttpResponse:
    """At most eight published tools for the start of a name; the same for everyone, for a minute."""
    tools = [{"name": name, "slug": slug} for name, slug in suggest_tools(request.GET.get("q", ""))]
    return JsonResponse({"tools": tools}, headers={"Cache-Control": "public, max-age=60"})
