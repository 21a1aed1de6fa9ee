"""How pages that know their reader answer."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import get_callable
from django.utils import timezone
from django.views.decorators.cache import never_cache

from accounts.network import client_address
from votes.network import tags_of

View = Callable[..., HttpResponse]


def private(view: View) -> View:
    """No cache keeps the answer, no robot lists it, and no other site learns its address.

    Not `no-referrer`: a form of such a page would be sent with `Origin: null`, which the token's check refuses.
    """

    @never_cache
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    return answer


def page(request: HttpRequest, template: str, /, status: int = 200, **names: Any) -> HttpResponse:
    return render(request, f"newsletter/{template}.html", names, status=status)


def refuse(request: HttpRequest) -> HttpResponse:
    """The same words as for a form without its token."""
    answer: HttpResponse = get_callable(settings.CSRF_FAILURE_VIEW)(request)
    return answer


def network_tag(request: HttpRequest) -> bytes:
    return tags_of(client_address(request), timezone.now()).host
