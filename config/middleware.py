"""Small layers every answer passes: health checks before anything else, and the headers Django does not set."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csp import csp_override

_HEALTH_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'",
    "X-Content-Type-Options": "nosniff",
}
_PREFLIGHT = {
    "Allow": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Methods": "GET, HEAD",
    "Access-Control-Allow-Headers": "If-None-Match",
    "Access-Control-Max-Age": "86400",
}
_CSRF_SECRET = re.compile("[a-zA-Z0-9]{32}|[a-zA-Z0-9]{64}")
GetResponse = Callable[[HttpRequest], HttpResponse]

_NO_DEVICES = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "autoplay",
        "browsing-topics",
        "camera",
        "display-capture",
        "encrypted-media",
        "geolocation",
        "gyroscope",
        "hid",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "screen-wake-lock",
        "serial",
        "usb",
        "xr-spatial-tracking",
    )
)


def health(get_response: GetResponse) -> GetResponse:
    """Answer /livez and /readyz before anything else: no host check, no session; /livez asks no database either."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path == "/livez":
            return _plain("ok")
        if request.path == "/readyz":
            return _plain("ok") if _database_answers() else _plain("the database does not answer", status=503)
        return get_response(request)

    return middleware


def isolation_headers(get_response: GetResponse) -> GetResponse:
    """Permissions-Policy, CORP and COEP, on error pages too."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Permissions-Policy", _NO_DEVICES)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Cross-Origin-Embedder-Policy", "require-corp")
        return response

    return middleware


def open_doors(get_response: GetResponse) -> GetResponse:
    """What is below these paths may be read by any page of any site: it is public and nobody's own.

    A browser that asks first (OPTIONS) is told so whatever the address; errors and redirects say it, too.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path == "/data/" or not request.path.startswith(("/api/", "/data/")):
            return get_response(request)
        response = (
            HttpResponse(status=204, headers=_PREFLIGHT) if request.method == "OPTIONS" else get_response(request)
        )
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Expose-Headers"] = "ETag, Link"
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response

    return middleware


def admin_policy(get_response: GetResponse) -> GetResponse:
    """The admin answers under its own content security policy, sign-in page and errors included."""
    get_admin_response = csp_override(settings.ADMIN_CSP)(get_response)

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path.startswith("/admin/"):
            return get_admin_response(request)
        return get_response(request)

    return middleware


def well_formed_csrf_cookie(get_response: GetResponse) -> GetResponse:
    """Leave out a csrf cookie that we cannot have made.

    Django would answer it with a new one on whatever page, public pages included, which must set no cookie.
    """
    name = settings.CSRF_COOKIE_NAME

    def middleware(request: HttpRequest) -> HttpResponse:
        if not _CSRF_SECRET.fullmatch(request.COOKIES.get(name, "a" * 32)):
            del request.COOKIES[name]
        return get_response(request)

    return middleware


def is_local(request: HttpRequest) -> bool:
    """Who may open the local mailbox: anybody at this machine, in a local run only."""
    return bool(settings.LOCAL) and request.META.get("REMOTE_ADDR") in ("127.0.0.1", "::1")


def _plain(text: str, status: int = 200) -> HttpResponse:
    return HttpResponse(text + "\n", status=status, content_type="text/plain", headers=_HEALTH_HEADERS)


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True
