"""Old addresses lead on for good: a tool that was renamed is found wherever its page, vote or picture was."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.urls import reverse

from tools.models import FormerSlug

View = Callable[..., HttpResponse]


def current_slug(slug: str) -> str | None:
    """Where the tool that has left this address is now; None for an address that no published tool has left."""
    return FormerSlug.objects.current([slug]).get(slug)


def follows_renames(parameter: str = "slug", now: Callable[[str], str | None] = current_slug) -> Callable[[View], View]:
    """Redirect where the view finds nothing and `now` knows what its parameter is today; the query comes along.

    What was posted is posted again: the redirect keeps the method.
    """

    def follow(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, **named: Any) -> HttpResponse:
            try:
                response = view(request, **named)
            except Http404:
                if moved := _moved(request, parameter, now(named[parameter])):
                    return moved
                raise
            if response.status_code == 404 and (moved := _moved(request, parameter, now(named[parameter]))):
                return moved
            return response

        return answer

    return follow


def _moved(request: HttpRequest, parameter: str, today: str | None) -> HttpResponse | None:
    match = request.resolver_match
    if today is None or match is None:
        return None
    path = reverse(match.view_name, kwargs={**match.kwargs, parameter: today})
    query = request.META.get("QUERY_STRING", "")
    response = HttpResponsePermanentRedirect(
        f"{path}?{query}" if query else path, preserve_request=request.method not in ("GET", "HEAD")
    )
    response["Cross-Origin-Resource-Policy"] = "cross-origin"  # badges and pictures are shown on other sites
    return response
