"""What a reader sees when there is no page, or when we broke one."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "comparisons/not_found.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Asks neither the database nor the session: it must work when they do not."""
    return render(request, "comparisons/server_error.html", status=500)
