"""Pages an editor writes about the publication."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from editorial.pages import page_at


@require_safe
def page_detail(request: HttpRequest, slug: str) -> HttpResponse:
    return render(request, "comparisons/page.html", {"page": page_at(slug)})
