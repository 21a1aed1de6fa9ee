"""Pages of a day gone by, rebuilt from receipts alone."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from comparisons.addresses import pair_url
from comparisons.receipts.days import PARAMETER, NoSuchPageError, load_past, past_tools


def tool_as_of(request: HttpRequest, slug: str) -> HttpResponse:
    try:
        past = load_past(request.GET[PARAMETER], slug)
    except NoSuchPageError as reason:
        return _no_such_page(request, reason)
    if past is None:
        raise Http404
    (card,) = past.cards
    context = {"past": past, "card": card, "tool": card.tool, "seats": past.rebuilt.seats}
    return render(request, "comparisons/tool_as_of.html", context)


def comparison_as_of(request: HttpRequest, address: str) -> HttpResponse:
    try:
        slugs = past_tools(address)
        if slugs and pair_url(*slugs) != request.path:
            return redirect(f"{pair_url(*slugs)}?{request.GET.urlencode()}")
        past = load_past(request.GET[PARAMETER], *slugs) if slugs else None
    except NoSuchPageError as reason:
        return _no_such_page(request, reason)
    if past is None:
        raise Http404
    if len(past.cards) > 2:
        return render(request, "comparisons/fleet_as_of.html", {"past": past, "fleet": past.fleet})
    pair = past.pair
    context = {"past": past, "pair": pair, "first": pair.first, "second": pair.second}
    return render(request, "comparisons/compare_as_of.html", context)


def _no_such_page(request: HttpRequest, reason: NoSuchPageError) -> HttpResponse:
    context = {"reason": str(reason), "day": reason.day, "plain": request.path}
    return render(request, "comparisons/no_such_day.html", context, status=404)
