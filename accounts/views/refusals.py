from __future__ import annotations

import math

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

WAIT_SECONDS = 600  # the window that is met first


def too_many_requests(request: HttpRequest, *, seconds: int = WAIT_SECONDS) -> HttpResponse:
    response = render(request, "429.html", {"minutes": math.ceil(seconds / 60)}, status=429)
    response["Retry-After"] = str(seconds)
    return response
