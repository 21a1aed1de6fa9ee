"""Pick two tools, and read them side by side."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from comparisons.addresses import pair_url, possible_pairs, readings
from comparisons.forms import PickForm
from comparisons.reading import load_pair_lines, load_pair_page
from comparisons.scorecards import ToolRecord, find_tools
from tools.models import Tool


@require_safe
def compare_pick(request: HttpRequest) -> HttpResponse:
    """The form, and its answer: two known tools redirect to their comparison, anything else says what is wrong."""
    form = PickForm(request.GET) if request.GET.keys() & {"a", "b"} else PickForm()
    if form.is_bound and form.is_valid():
        return redirect(pair_url(form.cleaned_data["a"].slug, form.cleaned_data["b"].slug))
    context = {"form": form, "pairs": load_pair_lines(12), "names": Tool.objects.published().names()}
    return render(request, "comparisons/compare_pick.html", context)


@require_safe
def compare(request: HttpRequest, address: str) -> HttpResponse:
    """One pair. The other order redirects for good; what cannot be resolved gives a 404 that helps."""
    slugs = {address.lower(), *(slug for pair in possible_pairs(address.lower()) for slug in pair)}
    tools = find_tools(slugs)
    found = readings(address.lower(), list(tools))
    if not found or found[0][0] == found[0][1]:
        return _cannot_compare(request, address.lower(), tools)
    first, second = found[0]
    if pair_url(first, second) != request.path:
        return redirect(pair_url(first, second), permanent=True)
    loaded = load_pair_page(tools[first], tools[second])
    return render(request, "comparisons/compare.html", {"page": loaded, "pair": loaded.pair, "nearby": loaded.nearby})


def _cannot_compare(request: HttpRequest, address: str, tools: dict[str, ToolRecord]) -> HttpResponse:
    """Say which half is missing, and offer the picker with the known half filled in."""
    pairs = possible_pairs(address)
    half_known = [pair for pair in pairs if pair[0] in tools or pair[1] in tools]
    first, second = (half_known or pairs or [(address, "")])[0]
    context = {
        "same": tools.get(first) if first == second else None,
        "known": tools.get(first) or tools.get(second),
        "unknown": [slug for slug in dict.fromkeys((first, second)) if slug and slug not in tools],
        "names": Tool.objects.published().names(),
        "form": PickForm(),
    }
    return render(request, "comparisons/cannot_compare.html", context, status=404)
