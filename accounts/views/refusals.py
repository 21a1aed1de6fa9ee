from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

WAIT_SECONDS = 600  # the window that is met first


def too_many_requests(request: HttpRequest) -> HttpResponse:
    response = render(request, "429.html", {"minutes": WAIT_SECONDS // 60}, status=429)
    response["Retry-After"] = str(WAIT_SECONDS)
    return response
