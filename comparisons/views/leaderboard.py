"""What readers would ship, best first."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from comparisons.reading import load_leaderboard


@require_safe
def leaderboard(request: HttpRequest) -> HttpResponse:
    page, lines = load_leaderboard(request.GET.get("page"))
    context = {
        "page": page,
        "ranked": [line for line in lines if line.rank],
        "early": [line for line in lines if not line.rank],
    }
    return render(request, "comparisons/leaderboard.html", context)
