"""What other sites show of ours: the badge as a picture, the embed as a page in a frame.

Both are the same bytes for everyone, and small. What is shown elsewhere must not break there: an unknown tool answers
404 with a body that can be shown.
"""

from __future__ import annotations

from hashlib import sha256

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_safe

from comparisons.sharing.badges import STYLE, STYLE_HASH, badge_of, no_badge
from comparisons.sharing.plates import load_plate
from tools.renames import follows_renames

_HOUR, _MINUTE = 3600, 60


@require_safe
@follows_renames()
@csp_override({**settings.BADGE_CSP, "style-src": [STYLE_HASH]})
def badge(request: HttpRequest, slug: str) -> HttpResponse:
    plate = load_plate(slug)
    context = {"badge": badge_of(plate) if plate else no_badge(), "style": STYLE}
    kind, status = "image/svg+xml; charset=utf-8", 200 if plate else 404
    return _kept(request, render(request, "comparisons/badge.svg", context, content_type=kind, status=status))


@require_safe
@follows_renames()
@xframe_options_exempt
@csp_override(settings.EMBED_CSP)
def embed(request: HttpRequest, slug: str) -> HttpResponse:
    plate = load_plate(slug)
    return _kept(request, render(request, "comparisons/embed.html", {"plate": plate}, status=200 if plate else 404))


def _kept(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Any cache may keep it for an hour and then ask by its ETag, a digest of what is shown; 404s for a minute.

    The ETag is a weak one, as the same content is sent in several codings.
    """
    is_found = response.status_code == 200
    response["Cache-Control"] = f"public, max-age={_HOUR if is_found else _MINUTE}"
    patch_vary_headers(response, ["Accept-Encoding"])
    if is_found:
        response["ETag"] = etag = f'W/"{sha256(response.content).hexdigest()[:16]}"'
        response = get_conditional_response(request, etag=etag, response=response) or response
    response["Cross-Origin-Resource-Policy"] = "cross-origin"  # it is made to be shown on other sites
    return response
