"""The panel, and one reviewer."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from comparisons.records import load_panel, load_reviewer_page
from comparisons.standings import catch_up
from reviews.models import Reviewer


@require_safe
def reviewer_list(request: HttpRequest) -> HttpResponse:
    catch_up(records=True)
    return render(request, "comparisons/reviewer_list.html", {"panel": load_panel()})


@require_safe
def reviewer_detail(request: HttpRequest, slug: str) -> HttpResponse:
    reviewer = get_object_or_404(Reviewer, slug=slug)
    catch_up(records=True)
    loaded = load_reviewer_page(reviewer, request.GET.get("category"), request.GET.get("page"))
    return render(request, "comparisons/reviewer.html", {"shown": loaded, "reviewer": reviewer})
