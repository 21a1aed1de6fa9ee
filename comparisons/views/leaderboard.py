"""What readers would ship, best first, and where panel and readers part."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from comparisons.boards import load_divisive, load_leaderboard, load_overruled


@require_safe
def leaderboard(request: HttpRequest) -> HttpResponse:
    page, lines = load_leaderboard(request.GET.get("page"))
    context = {
        "page": page,
        "ranked": [line for line in lines if line.rank],
        "early": [line for line in lines if not line.rank],
    }
    return render(request, "comparisons/leaderboard.html", context)


@require_safe
def divisive(request: HttpRequest) -> HttpResponse:
    page, lines = load_divisive(request.GET.get("page"))
    return render(request, "comparisons/divisive.html", {"page": page, "lines": lines})


@require_safe
def overruled(request: HttpRequest) -> HttpResponse:
    page, lines = load_overruled(request.GET.get("page"))
    return render(request, "comparisons/overruled.html", {"page": page, "lines": lines})
