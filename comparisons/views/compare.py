"""Pick two to four tools, and read them side by side."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from comparisons.addresses import nearest_reading, pair_url, possible_readings, readings
from comparisons.forms import PickForm
from comparisons.reading import load_fleet_page, load_pair_lines, load_pair_page
from comparisons.receipts.days import PARAMETER
from comparisons.receipts.gone import gone_among
from comparisons.renames import current_address, only_tool
from comparisons.scorecards import ToolRecord, find_tools
from comparisons.views.as_of import comparison_as_of
from tools.models import Tool
from tools.renames import follows_renames


@require_safe
def compare_pick(request: HttpRequest) -> HttpResponse:
    """The form, and its answer: known tools redirect to their comparison, anything else says what is wrong."""
    form = PickForm(request.GET) if request.GET.keys() & PickForm.base_fields.keys() else PickForm()
    if form.is_bound and form.is_valid():
        return redirect(pair_url(*form.slugs))
    context = {"form": form, "pairs": load_pair_lines(12), "names": Tool.objects.published().names()}
    return render(request, "comparisons/compare_pick.html", context)


@require_safe
@follows_renames("address", current_address)
def compare(request: HttpRequest, address: str) -> HttpResponse:
    """Two to four tools. Another order redirects for good; what cannot be resolved gives a 404 that helps."""
    if PARAMETER in request.GET:
        return comparison_as_of(request, address)
    address = address.lower()
    tools = find_tools({address, *(slug for reading in possible_readings(address) for slug in reading)})
    best = next(iter(readings(address, tools.keys())), ())
    if len(set(best)) < max(len(best), 2):
        return _withdrawn(request, address, tools) or _cannot_compare(request, address, tools)
    if pair_url(*best) != request.path:
        return redirect(pair_url(*best), permanent=True)
    return _compared(request, [tools[slug] for slug in best])


def _compared(request: HttpRequest, tools: list[ToolRecord]) -> HttpResponse:
    """The page of a pair, or of three or four. Weights that are all alike lead back to the published page."""
    if len(tools) == 2:
        pair_page = load_pair_page(tools[0], tools[1], request.GET)
        context = {"page": pair_page, "pair": pair_page.pair, "nearby": pair_page.nearby}
        weighing, template = pair_page.weighing, "comparisons/compare.html"
    else:
        fleet_page = load_fleet_page(tools, request.GET)
        context = {"page": fleet_page, "fleet": fleet_page.fleet, "nearby": fleet_page.nearby}
        weighing, template = fleet_page.weighing, "comparisons/compare_more.html"
    if weighing.leads_back:
        return redirect(request.path)
    return render(request, template, {**context, "weighing": weighing})


def _withdrawn(request: HttpRequest, address: str, tools: dict[str, ToolRecord]) -> HttpResponse | None:
    """The notice at the address of a comparison whose tools are known, some of them withdrawn."""
    gone = gone_among(address, tools)
    if not gone:
        return None
    if any(tool.is_merged for tool in gone):
        if slug := only_tool(address):
            return redirect("tool", slug, permanent=True)
        if current_address(address):
            raise Http404  # and from there to the comparison with what it became part of
    missing = {tool.slug for tool in gone}
    named = nearest_reading(address, {*tools, *missing})
    here = [tools[slug] for slug in named if slug in tools and slug not in missing]
    context = {"gone": gone, "here": here}
    return render(request, "comparisons/withdrawn.html", context, status=410)


def _cannot_compare(request: HttpRequest, address: str, tools: dict[str, ToolRecord]) -> HttpResponse:
    """Say which part is missing or doubled, and offer the picker with the known parts filled in."""
    best = nearest_reading(address, tools.keys())
    known = [tools[slug] for slug in dict.fromkeys(best) if slug in tools]
    context = {
        "same": next((tools[slug] for slug in best if slug in tools and best.count(slug) > 1), None),
        "known": known,
        "unknown": [slug for slug in dict.fromkeys(best) if slug not in tools],
        "names": Tool.objects.published().names(),
        "form": PickForm(),
    }
    return render(request, "comparisons/cannot_compare.html", context, status=404)
