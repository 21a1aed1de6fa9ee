"""What every answer below /accounts/ has in common, refusals and error pages included."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers
from django.utils.csp import CSP
from django.views.decorators.csp import csp_override

GetResponse = Callable[[HttpRequest], HttpResponse]


def private_pages(get_response: GetResponse) -> GetResponse:
    """No cache keeps a page of an account, and its forms may lead on to the providers that are configured.

    Chromium holds `form-action` against the redirect that follows a form, too; without their origins the button of a
    provider would do nothing.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if not request.path.startswith("/accounts/"):
            return get_response(request)
        origins = settings.SOCIAL_ORIGINS.values()
        policy = {**settings.SECURE_CSP, "form-action": [CSP.SELF, *origins]}
        response: HttpResponse = csp_override(policy)(get_response)(request)
        add_never_cache_headers(response)
        return response

    return middleware
