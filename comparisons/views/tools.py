"""Browse all tools, those of a category, and read one."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from comparisons.browsing import load_browse, load_category
from comparisons.reading import load_tool_page
from comparisons.receipts.days import PARAMETER
from comparisons.receipts.gone import find_gone
from comparisons.scorecards import find_tools
from comparisons.views.as_of import tool_as_of
from tools.models import Category
from tools.renames import current_slug, follows_renames


@require_safe
def tool_list(request: HttpRequest) -> HttpResponse:
    return render(request, "comparisons/tool_list.html", {"browse": load_browse(request.GET)})


@require_safe
def category_detail(request: HttpRequest, slug: str) -> HttpResponse:
    category = get_object_or_404(Category, slug=slug)
    context = {"category": category, "browse": load_category(category, request.GET)}
    return render(request, "comparisons/category.html", context)


@require_safe
@follows_renames()
def tool_detail(request: HttpRequest, slug: str) -> HttpResponse:
    if PARAMETER in request.GET:
        return tool_as_of(request, slug)
    tool = find_tools([slug]).get(slug)
    if tool is None:
        gone = find_gone([slug])
        if gone and not (gone[slug].is_merged and current_slug(slug)):
            notice = {"gone": list(gone.values()), "here": []}
            return render(request, "comparisons/withdrawn.html", notice, status=410)
        raise Http404
    loaded = load_tool_page(tool, request.GET)
    if loaded.weighing.leads_back:
        return redirect(tool.url)
    context = {"tool": tool, "card": loaded.card, "seats": loaded.seats, "nearby": loaded.nearby, "tide": loaded.tide}
    context["weighing"] = loaded.weighing
    return render(request, "comparisons/tool.html", context)
