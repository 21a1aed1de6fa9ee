"""Browse all tools, and read one."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from comparisons.reading import load_tool_page, load_tools
from comparisons.scorecards import find_tools


@require_safe
def tool_list(request: HttpRequest) -> HttpResponse:
    page, lines = load_tools(request.GET.get("page"))
    return render(request, "comparisons/tool_list.html", {"page": page, "lines": lines})


@require_safe
def tool_detail(request: HttpRequest, slug: str) -> HttpResponse:
    tool = find_tools([slug]).get(slug)
    if tool is None:
        raise Http404
    loaded = load_tool_page(tool, request.GET)
    if loaded.weighing.leads_back:
        return redirect(tool.url)
    context = {"tool": tool, "card": loaded.card, "seats": loaded.seats, "nearby": loaded.nearby, "tide": loaded.tide}
    context["weighing"] = loaded.weighing
    return render(request, "comparisons/tool.html", context)
